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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpBgpTransport _transport = new() { LongestLinger = Patience };
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
    public async Task A_password_that_both_ends_change_one_after_the_other_keeps_the_connection()
    {
        SetPasswords((Client, Swordfish));
        var (dialed, accepted) = await ConnectAsync(Client, Swordfish);
        Assert.Equal("hello", await PassAsync(dialed, accepted));

        dialed.SetPassword(Tuna);
        dialed.Send("signed anew"u8.ToArray());
        var received = accepted.ReceiveAsync();
        SetPasswords((Client, Tuna));
        Assert.Equal("hello", await ExchangeAsync(Client, Tuna));
        Assert.False(received.IsCompleted);
        accepted.SetPassword(Tuna);

        using var bytes = await received.WaitAsync(Patience);
        Assert.Equal("signed anew", Encoding.ASCII.GetString(bytes.Bytes.Span));
        Assert.Equal("hello", await PassAsync(accepted, dialed));
    }

    [Fact]
    public async Task Connections_that_nobody_has_decided_on_are_followed_by_a_bounded_number_of_others()
    {
        var dialed = new List<IBgpConnection>();
        for (var i = 0; i < 300; i++) dialed.Add(await _transport.DialAsync(Session(Client), null, CancellationToken.None));
        _open.AddRange(dialed);
        using var patience = new CancellationTokenSource(Patience);
        var undecided = new List<IBgpConnection>();
        while (undecided.Count < 256) undecided.Add(await _accepted.Reader.ReadAsync(patience.Token));
        Assert.False(_accepted.Reader.TryRead(out _));

        foreach (var connection in undecided) connection.Dispose();

        for (var i = 256; i < 300; i++) (await _accepted.Reader.ReadAsync(patience.Token)).Dispose();
    }

    [Fact]
    public async Task What_waits_for_a_peer_is_counted_and_its_leaving_is_told()
    {
        var (reader, writer) = await ConnectAsync(Client, null);
        writer.Send(new byte[32 * 1024 * 1024]);
        Assert.InRange(writer.QueuedBytes, 16 * 1024 * 1024, 32 * 1024 * 1024);
        var drained = writer.DrainedAsync(0);
        Assert.False(drained.IsCompleted);

        for (var total = 0; total < 32 * 1024 * 1024;)
        {
            using var received = await reader.ReceiveAsync().WaitAsync(Patience);
            total += received.Bytes.Length;
        }

        await drained.WaitAsync(Patience);
        Assert.Equal((0, 32 * 1024 * 1024), (writer.QueuedBytes, writer.SentBytes));
        await writer.DrainedAsync(0).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_connection_that_closes_ends_the_wait_for_what_it_has_queued()
    {
        var (_, writer) = await ConnectAsync(Client, null);
        writer.Send(new byte[32 * 1024 * 1024]);
        var drained = writer.DrainedAsync(0);

        writer.Dispose();

        await drained.WaitAsync(Patience);
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
    public async Task A_NOTIFICATION_behind_much_else_reaches_a_peer_whose_own_bytes_nobody_reads_any_more()
    {
        var (peer, closing) = await ConnectAsync(Client, null);
        byte[] notification = [.. Enumerable.Repeat((byte)0xff, 16), 0, 21, 3, 6, 2];
        byte[] updates = new byte[512 * 1024];
        peer.Send(new byte[32 * 1024]);

        // More than the peer's window takes: the NOTIFICATION waits in our kernel, where a reset would drop it.
        closing.Send(updates);
        closing.Send(notification);
        closing.CloseGracefully();

        var rest = await RestAsync(peer);
        byte[] expected = [.. updates, .. notification];
        Assert.Equal(expected, rest);
    }

    [Fact]
    public async Task A_connection_that_closes_sends_what_was_queued_and_nothing_after()
    {
        var (peer, closing) = await ConnectAsync(Client, null);
        closing.Send("first "u8.ToArray());
        closing.Send("second"u8.ToArray());

        closing.CloseGracefully();
        closing.Send("late"u8.ToArray());
        closing.CloseGracefully();

        Assert.Equal("first second", Encoding.ASCII.GetString(await RestAsync(peer)));
    }

    [Fact]
    public void An_address_of_nobody_here_cannot_be_listened_on() => Assert.Equal(
        "cannot listen for BGP on 192.0.2.1 port 179: Cannot assign requested address; is the node's BGP address on one of its interfaces?",
        Assert.Throws<BgpTransportException>(() => _transport.Listen(IpAddr.Parse("192.0.2.1"), 179, _ => { })).Message);

    [Fact]
    public async Task A_listener_that_was_closed_leaves_its_port_to_the_next()
    {
        _listener.Dispose();

        using var every = await _transport.ListenAgainAsync(null, _port, _ => { });
        every.Dispose();
        using var one = await _transport.ListenAgainAsync(Server, _port, _ => { });
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

    /// <summary>All that comes until the other end closes; a reset is an exception.</summary>
    private static async Task<byte[]> RestAsync(IBgpConnection connection)
    {
        var rest = new List<byte>();
        while (true)
        {
            using var received = await connection.ReceiveAsync().WaitAsync(Patience);
            if (received.IsEnd) return [.. rest];
            rest.AddRange(received.Bytes.Span);
        }
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
