using Agent.Actors.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Tests.Support;

/// <summary>Listens where another listener was closed just before.</summary>
internal static class FreedPort
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Tries until the port is free: a process that another test starts meanwhile has a copy of the socket until it runs its program.</summary>
    public static async Task<IBgpListener> ListenAgainAsync(
        this TcpBgpTransport transport, IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            try
            {
                return transport.Listen(address, port, onAccepted);
            }
            catch (BgpTransportException refused) when (refused.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
    }
}
