using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Tests.Bgp;

/// <summary>Passwords and GTSM on real sockets over loopback: who can connect to whom, and what passes.</summary>
public sealed class TcpBgpTransportTests : IDisposable
{
    private static readonly IpAddr Server = IpAddr.Parse("127.0.0.2");
    private static readonly IpAddr Client = IpAddr.Parse("127.0.0.3");
    private static readonly IpAddr Other = IpAddr.Parse("127.0.0.4");
    private static readonly TcpMd5Key Swordfish = new("swordfish"u8);
    private static readonly TcpMd5Key Tuna = new("tuna"u8);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpBgpTransport _transport = new();
    private readonly Channel<IBgpConnection> _accepted = Channel.CreateUnbounded<IBgpConnection>();
    private readonly List<IDisposable> _open = [];
    private readonly ushort _port = FreePort();
    private readonly IBgpListener _listener;

    public TcpBgpTransportTests()
    {
        _listener = _transport.Listen(Server, _port, connection => _accepted.Writer.TryWrite(connection));
        _open.Add(_listener);
    }

    [Fact]
    public async Task The_same_password_on_both_ends_connects()
    {
        SetPasswords((Client, Swordfish));

        Assert.Equal("hello", await ExchangeAsync(Client, Swordfish));
    }

    [Fact]
    public async Task Another_password_or_none_is_not_answered()
    {
        SetPasswords((Client, Swordfish));

        Assert.Equal("Connection timed out", await RefusalAsync(Client, Tuna));
        Assert.Equal("Connection timed out", await RefusalAsync(Client, null));
    }

    [Fact]
    public async Task A_password_concerns_its_peer_alone()
    {
        SetPasswords((Client, Swordfish));

        Assert.Equal("hello", await ExchangeAsync(Other, null));
        Assert.Equal("Connection timed out", await RefusalAsync(Other, Swordfish));
    }

    [Fact]
    public async Task Passwords_change_and_go_on_the_live_listener_and_leave_connections_alone()
    {
        SetPasswords((Client, Swordfish));
        var (first, firstAccepted) = await ConnectAsync(Client, Swordfish);

        SetPasswords((Client, Tuna), (Other, Swordfish));
        Assert.Equal("hello", await ExchangeAsync(Client, Tuna));
        Assert.Equal("Connection timed out", await RefusalAsync(Client, Swordfish));
        SetPasswords((Other, Swordfish));
        Assert.Equal("hello", await ExchangeAsync(Client, null));
        SetPasswords();
        Assert.Equal("hello", await ExchangeAsync(Other, null));

        Assert.Equal("hello", await PassAsync(first, firstAccepted));
    }

    [Fact]
    public async Task A_connection_that_was_accepted_before_its_password_was_set_is_cut_off_by_it()
    {
        var (dialed, accepted) = await ConnectAsync(Client, null);
        Assert.Equal("hello", await PassAsync(dialed, accepted));

        accepted.Admit(Session(Client), Swordfish);
        dialed.Send("forged"u8.ToArray());
        var (next, nextAccepted) = await ConnectAsync(Client, null);
        Assert.Equal("hello", await PassAsync(next, nextAccepted));

        Assert.False(accepted.ReceiveAsync().IsCompleted);
    }

    [Fact]
    public async Task With_GTSM_on_both_ends_a_connection_passes()
    {
        var (dialed, accepted) = await ConnectAsync(Client, null, hops: 1);

        accepted.Admit(Session(Client, hops: 1), null);

        Assert.Equal("hello", await PassAsync(dialed, accepted));
        Assert.Equal("hello", await PassAsync(accepted, dialed));
    }

    [Fact]
    public async Task With_GTSM_the_answer_of_a_listener_with_a_lower_TTL_is_not_heard()
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Ttl = 64 };
        far.Bind(new IPEndPoint(Other.ToIPAddress(), 0));
        far.Listen();
        var session = Session(Client, hops: 1) with { PeerAddress = Other, PeerPort = (ushort)((IPEndPoint)far.LocalEndPoint!).Port };

        Assert.Equal("Connection timed out", await RefusalAsync(session, null));
    }

    [Fact]
    public async Task With_GTSM_an_accepted_connection_hears_nothing_with_a_lower_TTL()
    {
        var (dialed, accepted) = await ConnectAsync(Client, null);

        accepted.Admit(Session(Client, hops: 1), null);
        dialed.Send("from afar"u8.ToArray());
        var (next, nextAccepted) = await ConnectAsync(Client, null);
        Assert.Equal("hello", await PassAsync(next, nextAccepted));

        Assert.False(accepted.ReceiveAsync().IsCompleted);
    }

    [Fact]
    public void An_address_of_nobody_here_cannot_be_listened_on() => Assert.Equal(
        "cannot listen for BGP on 192.0.2.1 port 179: Cannot assign requested address; is the node's BGP address on one of its interfaces?",
        Assert.Throws<BgpTransportException>(() => _transport.Listen(IpAddr.Parse("192.0.2.1"), 179, _ => { })).Message);

    [Fact]
    public void A_listener_that_was_closed_leaves_its_port_to_the_next()
    {
        _listener.Dispose();

        using var every = _transport.Listen(null, _port, _ => { });
        every.Dispose();
        using var one = _transport.Listen(Server, _port, _ => { });
        Assert.Empty(one.SetPasswords(new Dictionary<IpAddr, TcpMd5Key> { [Client] = Swordfish }));
    }

    public void Dispose()
    {
        foreach (var each in _open) each.Dispose();
        while (_accepted.Reader.TryRead(out var connection)) connection.Dispose();
    }

    private static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Server.ToIPAddress(), 0));
        return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void SetPasswords(params (IpAddr Peer, TcpMd5Key Key)[] passwords) =>
        Assert.Empty(_listener.SetPasswords(passwords.ToDictionary(each => each.Peer, each => each.Key)));

    private SessionSettings Session(IpAddr local, byte? hops = null) => new()
    {
        LocalAs = 64512,
        RouterId = 1,
        PeerAs = 65001,
        PeerAddress = Server,
        PeerPort = _port,
        LocalAddress = local,
        TtlSecurity = hops,
    };

    private async Task<(IBgpConnection Dialed, IBgpConnection Accepted)> ConnectAsync(IpAddr from, TcpMd5Key? password, byte? hops = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        var dialed = await _transport.DialAsync(Session(from, hops), password, patience.Token);
        _open.Add(dialed);
        var accepted = await _accepted.Reader.ReadAsync(patience.Token);
        _open.Add(accepted);
        return (dialed, accepted);
    }

    private async Task<string> ExchangeAsync(IpAddr from, TcpMd5Key? password)
    {
        var (dialed, accepted) = await ConnectAsync(from, password);
        return await PassAsync(dialed, accepted);
    }

    private static async Task<string> PassAsync(IBgpConnection from, IBgpConnection to)
    {
        from.Send("hello"u8.ToArray());
        using var received = await to.ReceiveAsync().WaitAsync(Patience);
        return Encoding.ASCII.GetString(received.Bytes.Span);
    }

    /// <summary>What a dial gives that is not answered: the kernel goes on sending SYNs until the session gives it up, here after a second.</summary>
    private Task<string> RefusalAsync(IpAddr from, TcpMd5Key? password) => RefusalAsync(Session(from), password);

    private async Task<string> RefusalAsync(SessionSettings session, TcpMd5Key? password)
    {
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(1.2));
        var error = await Assert.ThrowsAsync<BgpTransportException>(() => _transport.DialAsync(session, password, giveUp.Token));
        return error.Message;
    }
}
