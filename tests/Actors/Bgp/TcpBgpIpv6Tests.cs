using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Tests.Bgp;

/// <summary>Passwords and GTSM over IPv6, on real sockets over loopback.</summary>
public sealed class TcpBgpIpv6Tests : IDisposable
{
    private static readonly IpAddr Loopback = IpAddr.Parse("::1");
    private static readonly TcpMd5Key Swordfish = new("swordfish"u8);
    private static readonly TcpMd5Key Tuna = new("tuna"u8);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpBgpTransport _transport = new();
    private readonly Channel<IBgpConnection> _accepted = Channel.CreateUnbounded<IBgpConnection>();
    private readonly List<IDisposable> _open = [];
    private readonly ushort _port = FreePort();
    private readonly IBgpListener _listener;

    public TcpBgpIpv6Tests()
    {
        _listener = _transport.Listen(Loopback, _port, connection => _accepted.Writer.TryWrite(connection));
        _open.Add(_listener);
    }

    [Fact]
    public async Task The_same_password_connects_another_is_not_answered_and_a_live_change_keeps_the_connection()
    {
        SetPassword(Swordfish);
        var (dialed, accepted) = await ConnectAsync(Swordfish);
        Assert.Equal("hello", await PassAsync(dialed, accepted));
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(1.2));
        await Assert.ThrowsAsync<BgpTransportException>(() => _transport.DialAsync(Session(), Tuna, giveUp.Token));

        SetPassword(Tuna);
        dialed.SetPassword(Tuna);
        accepted.SetPassword(Tuna);

        Assert.Equal("hello", await PassAsync(accepted, dialed));
    }

    [Fact]
    public async Task With_GTSM_on_both_ends_a_connection_passes()
    {
        var (dialed, accepted) = await ConnectAsync(null, hops: 1);

        accepted.Admit(Session(hops: 1), null);

        Assert.Equal("hello", await PassAsync(dialed, accepted));
        Assert.Equal("hello", await PassAsync(accepted, dialed));
    }

    [Fact]
    public async Task With_GTSM_an_accepted_connection_hears_nothing_with_a_lower_hop_limit()
    {
        var (dialed, accepted) = await ConnectAsync(null);

        accepted.Admit(Session(hops: 1), null);
        dialed.Send("from afar"u8.ToArray());
        var (next, nextAccepted) = await ConnectAsync(null);
        Assert.Equal("hello", await PassAsync(next, nextAccepted));

        Assert.False(accepted.ReceiveAsync().IsCompleted);
    }

    [Fact]
    public async Task A_listener_on_every_address_takes_both_families()
    {
        _listener.Dispose();
        using var every = await _transport.ListenAgainAsync(null, _port, connection => _accepted.Writer.TryWrite(connection));
        Assert.Empty(every.SetPasswords(new Dictionary<IpAddr, TcpMd5Key> { [Loopback] = Swordfish }));

        var (v6, v6Accepted) = await ConnectAsync(Swordfish);
        Assert.Equal("hello", await PassAsync(v6, v6Accepted));
        var v4 = IpAddr.Parse("127.0.0.2");
        var dialed = await _transport.DialAsync(Session() with { PeerAddress = v4, LocalAddress = v4 }, null, CancellationToken.None);
        _open.Add(dialed);
        using var accepted = await _accepted.Reader.ReadAsync();
        Assert.Equal(v4, accepted.RemoteAddress);
    }

    public void Dispose()
    {
        foreach (var each in _open) each.Dispose();
        while (_accepted.Reader.TryRead(out var connection)) connection.Dispose();
    }

    private static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void SetPassword(TcpMd5Key key) =>
        Assert.Empty(_listener.SetPasswords(new Dictionary<IpAddr, TcpMd5Key> { [Loopback] = key }));

    private SessionSettings Session(byte? hops = null) => new()
    {
        LocalAs = 64512,
        RouterId = 1,
        PeerAs = 65001,
        PeerAddress = Loopback,
        PeerPort = _port,
        LocalAddress = Loopback,
        TtlSecurity = hops,
    };

    private async Task<(IBgpConnection Dialed, IBgpConnection Accepted)> ConnectAsync(TcpMd5Key? password, byte? hops = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        var dialed = await _transport.DialAsync(Session(hops), password, patience.Token);
        _open.Add(dialed);
        var accepted = await _accepted.Reader.ReadAsync(patience.Token);
        _open.Add(accepted);
        return (dialed, accepted);
    }

    private static async Task<string> PassAsync(IBgpConnection from, IBgpConnection to)
    {
        from.Send("hello"u8.ToArray());
        using var received = await to.ReceiveAsync().WaitAsync(Patience);
        return Encoding.ASCII.GetString(received.Bytes.Span);
    }
}
