using System.Buffers;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Primitives;
using Passwords = System.Collections.Immutable.ImmutableSortedDictionary<string, Agent.Actors.Bgp.TcpMd5Key?>;

namespace Agent.Actors.Tests.Bgp;

/// <summary>What the peer set does with passwords, GTSM and the listener; the transport tells the test all that it is asked for, in order.</summary>
public sealed class PeerPasswordTests : TestKit
{
    private const string Ref = "kube-system/bgp/tor";

    private static readonly IpAddr Tor = IpAddr.Parse("10.0.0.1");
    private static readonly IpAddr Stranger = IpAddr.Parse("10.0.0.9");
    private static readonly TcpMd5Key Swordfish = new("swordfish"u8);
    private static readonly TcpMd5Key Tuna = new("tuna"u8);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestProbe _transport;
    private readonly IActorRef _peers;

    public PeerPasswordTests()
    {
        _transport = CreateTestProbe("transport");
        _peers = Sys.ActorOf(PeerSetActor.For(CreateTestProbe("rib").Ref, new Transport(_transport.Ref), TimeProvider.System, new Random(1)));
        _peers.Tell(new PeerSetProtocol.SetListen(null, 179), ActorRefs.NoSender);
        _peers.Tell(new PeerSetProtocol.KernelReady(false), ActorRefs.NoSender);
    }

    [Fact]
    public async Task A_peer_waits_until_its_password_is_known()
    {
        SetPeers(Ref);
        Expect(new Listening(null, 179), Keys(), Keys());
        var waiting = await _peers.Ask<PeerSetProtocol.Status>(PeerSetProtocol.GetStatus.Instance, Patience);
        Assert.Equal([("start", "Idle Error: Password not known yet")], waiting.Peers.Select(peer => (peer.State, peer.Text)));

        SetPasswords(Swordfish);

        Expect(Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));
        await AwaitAssertAsync(async () => Assert.Equal("Connect", (await StatusAsync()).Text));
    }

    [Fact]
    public void A_missing_password_is_none_and_the_session_begins_anew_when_it_appears()
    {
        SetPeers(Ref);
        SetPasswords(null);
        Expect(new Listening(null, 179), Keys(), Keys(), Keys(), new Dialed(Tor, null, null));

        SetPasswords(Swordfish);

        Expect(Keys((Tor, Swordfish)), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));
    }

    [Fact]
    public void With_a_changed_password_the_peer_is_dialed_anew_and_with_the_same_one_it_is_not()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        Expect(new Listening(null, 179), Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));

        SetPasswords(new TcpMd5Key("swordfish"u8));
        SetPasswords(Tuna);

        Expect(Keys((Tor, Swordfish)), Keys((Tor, Tuna)), new Dialed(Tor, null, Tuna));
    }

    [Fact]
    public async Task An_established_session_goes_on_with_a_changed_password()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));
        listening.Accept!(new Connection(Tor, _transport.Ref) { Script = new Queue<byte[]>([PeerOpen, KeepAlive]) });
        Expect(new Admitted(Tor, null, Swordfish), new Receiving(Tor), new Receiving(Tor), new Receiving(Tor));
        var before = await StatusAsync();

        SetPasswords(Tuna);

        Expect(Keys((Tor, Tuna)), new Signed(Tor, Tuna));
        Assert.Equal("Established", before.Text);
        Assert.Equal(before, await StatusAsync());
    }

    [Fact]
    public void A_session_whose_new_password_the_kernel_refuses_is_sought_again()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));
        listening.Accept!(new Connection(Tor, _transport.Ref)
        {
            Script = new Queue<byte[]>([PeerOpen, KeepAlive]),
            SigningRefusal = "Kernel MD5 auth failed",
        });
        Expect(new Admitted(Tor, null, Swordfish), new Receiving(Tor), new Receiving(Tor), new Receiving(Tor));

        SetPasswords(Tuna);

        Expect(Keys((Tor, Tuna)), new Disposed(Tor), new Dialed(Tor, null, Tuna));
    }

    [Fact]
    public void Ten_thousand_connections_of_strangers_are_closed_and_told_in_one_line()
    {
        SetPeers(Ref);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys());

        EventFilter.Info(start: "refused").ExpectOne(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                var stranger = IpAddr.FromV4(0x0b000000 + (uint)i);
                listening.Accept!(new Connection(stranger, _transport.Ref));
                if (i % 100 == 0) Assert.Equal(new Disposed(stranger), _transport.FishForMessage<Disposed>(disposed => disposed.Peer == stranger));
            }
        });
    }

    [Fact]
    public void A_password_that_is_looked_up_again_leaves_the_session_alone_meanwhile()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        Expect(new Listening(null, 179), Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));

        _peers.Tell(new PeerSetProtocol.SetPasswords(Passwords.Empty), ActorRefs.NoSender);
        SetPeers(Ref);

        Expect(Keys((Tor, Swordfish)), Keys((Tor, Swordfish)));
    }

    [Fact]
    public void Another_port_is_listened_on_without_touching_sessions()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        Expect(new Listening(null, 179), Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));

        _peers.Tell(new PeerSetProtocol.SetListen(IpAddr.Parse("10.0.0.10"), 1790), ActorRefs.NoSender);
        SetPeers(Ref);

        Expect(new Closed(179), new Listening(IpAddr.Parse("10.0.0.10"), 1790), Keys((Tor, Swordfish)), Keys((Tor, Swordfish)));
    }

    [Fact]
    public void An_accepted_connection_gets_the_password_and_the_hops_of_its_peer()
    {
        SetPeers(Ref, hops: 2);
        SetPasswords(Swordfish);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, 2, Swordfish));

        listening.Accept!(new Connection(Tor, _transport.Ref));

        Expect(new Admitted(Tor, 2, Swordfish), new Receiving(Tor));
    }

    [Fact]
    public void A_connection_that_the_kernel_does_not_protect_is_refused()
    {
        SetPeers(Ref);
        SetPasswords(Swordfish);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys(), Keys((Tor, Swordfish)), new Dialed(Tor, null, Swordfish));

        EventFilter.Warning("refused a BGP connection from 10.0.0.1: Kernel MD5 auth failed").ExpectOne(
            () => listening.Accept!(new Connection(Tor, _transport.Ref) { Refusal = "Kernel MD5 auth failed" }));

        Expect(new Disposed(Tor));
    }

    [Fact]
    public void A_peer_that_waits_for_its_password_is_refused_but_no_stranger()
    {
        SetPeers(Ref);
        var listening = _transport.ExpectMsg<Listening>();
        Expect(Keys(), Keys());

        EventFilter.Info(start: "refused a BGP connection from 10.0.0.9, which is no peer").ExpectOne(() =>
            EventFilter.Info(start: "refused a BGP connection from 10.0.0.1").Expect(0, () =>
            {
                listening.Accept!(new Connection(Tor, _transport.Ref));
                listening.Accept!(new Connection(Stranger, _transport.Ref));
                Expect(new Disposed(Tor), new Disposed(Stranger));
            }));
    }

    private static readonly byte[] KeepAlive = [.. Enumerable.Repeat((byte)0xff, 16), 0, 19, 4];

    // Version 4, AS 65001, hold time 90 s, identifier 10.0.0.1, no capabilities.
    private static readonly byte[] PeerOpen =
        [.. Enumerable.Repeat((byte)0xff, 16), 0, 29, 1, 4, 0xfd, 0xe9, 0, 90, 10, 0, 0, 1, 0];

    private async Task<PeerSetProtocol.PeerStatus> StatusAsync() => Assert.Single(
        (await _peers.Ask<PeerSetProtocol.Status>(PeerSetProtocol.GetStatus.Instance, Patience)).Peers);

    private static ListenerKeys Keys(params (IpAddr Peer, TcpMd5Key Key)[] keys) =>
        new(string.Join(", ", keys.Select(each => Described(each.Peer, each.Key))));

    // A key prints nothing of itself, so the tests compare by the names of the two that they use.
    private static string Described(IpAddr peer, TcpMd5Key key) => $"{peer} {(key.Equals(Swordfish) ? "swordfish" : "tuna")}";

    private void Expect(params object[] events) =>
        Assert.Equal(events, events.Select(_ => _transport.ExpectMsg<object>()).Select(each => each is Listening at ? at with { Accept = null } : each));

    private void SetPeers(string passwordRef, byte? hops = null) => _peers.Tell(
        new PeerSetProtocol.SetPeers(
        [
            new PeerSpec
            {
                Name = "Global_10_0_0_1",
                Type = PeerType.Global,
                Session = new SessionSettings
                {
                    LocalAs = 64512,
                    RouterId = 1,
                    PeerAs = 65001,
                    PeerAddress = Tor,
                    PasswordRef = passwordRef,
                    TtlSecurity = hops,
                },
            },
        ]),
        ActorRefs.NoSender);

    private void SetPasswords(TcpMd5Key? key) =>
        _peers.Tell(new PeerSetProtocol.SetPasswords(Passwords.Empty.Add(Ref, key)), ActorRefs.NoSender);

    private sealed record Listening(IpAddr? Address, ushort Port)
    {
        public Action<IBgpConnection>? Accept { get; init; }
    }

    private sealed record Closed(ushort Port);

    private sealed record ListenerKeys(string Keys);

    private sealed record Dialed(IpAddr Peer, byte? Hops, TcpMd5Key? Password);

    private sealed record Admitted(IpAddr Peer, byte? Hops, TcpMd5Key? Password);

    private sealed record Receiving(IpAddr Peer);

    private sealed record Signed(IpAddr Peer, TcpMd5Key Password);

    private sealed record Disposed(IpAddr Peer);

    /// <summary>Dials never come through.</summary>
    private sealed class Transport(IActorRef test) : IBgpTransport
    {
        public Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation)
        {
            test.Tell(new Dialed(session.PeerAddress, session.TtlSecurity, password), ActorRefs.NoSender);
            return new TaskCompletionSource<IBgpConnection>().Task;
        }

        public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
        {
            test.Tell(new Listening(address, port) { Accept = onAccepted }, ActorRefs.NoSender);
            return new Listener(test, port);
        }
    }

    private sealed class Listener(IActorRef test, ushort port) : IBgpListener
    {
        public IReadOnlyList<(IpAddr Peer, string Reason)> SetPasswords(IReadOnlyDictionary<IpAddr, TcpMd5Key> passwords)
        {
            test.Tell(Keys([.. passwords.Select(each => (each.Key, each.Value))]), ActorRefs.NoSender);
            return [];
        }

        public void Dispose() => test.Tell(new Closed(port), ActorRefs.NoSender);
    }

    private sealed class Connection(IpAddr peer, IActorRef test) : IBgpConnection
    {
        public string? Refusal { get; init; }

        public string? SigningRefusal { get; init; }

        /// <summary>What the peer sends, one read each; then it is silent.</summary>
        public Queue<byte[]> Script { get; init; } = [];

        public IpAddr RemoteAddress => peer;

        public IpAddr LocalAddress { get; } = IpAddr.Parse("10.0.0.10");

        public long QueuedBytes => 0;

        public long SentBytes => 0;

        public Task DrainedAsync(long queuedBytes) => Task.CompletedTask;

        public void Admit(SessionSettings session, TcpMd5Key? password)
        {
            if (Refusal is { } reason) throw new BgpTransportException(reason);
            test.Tell(new Admitted(peer, session.TtlSecurity, password), ActorRefs.NoSender);
        }

        public void SetPassword(TcpMd5Key password)
        {
            if (SigningRefusal is { } reason) throw new BgpTransportException(reason);
            test.Tell(new Signed(peer, password), ActorRefs.NoSender);
        }

        public Task<ReceivedBytes> ReceiveAsync()
        {
            test.Tell(new Receiving(peer), ActorRefs.NoSender);
            if (Script.TryDequeue(out var bytes))
            {
                var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
                bytes.CopyTo(rented, 0);
                return Task.FromResult(new ReceivedBytes(rented, bytes.Length));
            }

            return new TaskCompletionSource<ReceivedBytes>().Task;
        }

        public void Send(ReadOnlyMemory<byte> bytes)
        {
        }

        public void CloseGracefully()
        {
        }

        public void Dispose() => test.Tell(new Disposed(peer), ActorRefs.NoSender);
    }
}
