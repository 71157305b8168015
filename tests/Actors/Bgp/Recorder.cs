using System.Threading.Channels;

namespace Agent.Actors.Tests.Bgp;

/// <summary>What an actor was told, for the test to await.</summary>
internal sealed class Recorder
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<object> _told = Channel.CreateUnbounded<object>();

    /// <summary>The next message of this type; others before it are passed over.</summary>
    public async Task<T> NextAsync<T>()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
            if (await _told.Reader.ReadAsync(patience.Token) is T found) return found;
    }

    /// <summary>Records all that it is told.</summary>
    internal sealed class Actor(Recorder recorder) : UntypedActor
    {
        protected override void OnReceive(object message) => recorder._told.Writer.TryWrite(message);
    }
}
