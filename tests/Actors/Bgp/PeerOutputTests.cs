using System.Buffers;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>A peer that reads slowly or not at all: the RIB is told what has left, and a peer that never reads is given up.</summary>
public sealed class PeerOutputTests : IDisposable
{
    private const int MessageSize = 23;
    private const int Limit = 40 * MessageSize;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = TestSystem.WithVirtualTime(new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });
    private readonly Line _line = new();
    private readonly Recorder _rib = new();
    private readonly IActorRef _peer;

    public PeerOutputTests()
    {
        var rib = _system.ActorOf(Props.Create(() => new Recorder.Actor(_rib)), "rib");
        var spec = new PeerSpec
        {
            Name = "tor",
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = 64512,
                RouterId = 1,
                PeerAs = 65001,
                PeerAddress = IpAddr.Parse("10.0.0.1"),
                Passive = true,
                HoldTime = TimeSpan.Zero,
                SendHoldTime = TimeSpan.FromSeconds(40),
                OutputQueueLimit = Limit,
            },
        };
        _peer = _system.ActorOf(BgpPeerActor.For(spec, rib, rib, new NoTransport(), TimeProvider.System, new Random(1)), "tor");
        _peer.Tell(new PeerProtocol.Start(false), ActorRefs.NoSender);
        _peer.Tell(new PeerProtocol.Accepted(_line), ActorRefs.NoSender);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public async Task The_rib_is_told_what_has_left_once_a_quarter_of_the_limit_waits_still()
    {
        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        Transmit(up.Incarnation, 20);
        Transmit(up.Incarnation, 19);
        Transmit(up.Incarnation, 1);

        var full = await DescribeAsync();
        Assert.Equal((40L * MessageSize, 40L), (full.QueuedBytes, full.Counters.Sent.Update));
        _line.Drain(Limit / 4 + 1);
        await DescribeAsync();
        _line.Drain(Limit / 4);
        Assert.Equal(new RibProtocol.Sent("tor", up.Incarnation, 30 * MessageSize), await _rib.NextAsync<RibProtocol.Sent>());

        // One who reads fast has nothing waiting: the RIB is told as soon as it would count half of the limit.
        _line.Drain(0);
        Transmit(up.Incarnation, 10);
        await DescribeAsync();
        _line.Drain(0);
        Transmit(up.Incarnation, 1);
        Assert.Equal(new RibProtocol.Sent("tor", up.Incarnation, 20 * MessageSize), await _rib.NextAsync<RibProtocol.Sent>());
    }

    [Fact]
    public async Task A_peer_that_the_rib_holds_back_shows_it_until_the_rib_goes_on_however_little_waits()
    {
        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        Transmit(up.Incarnation, 30);
        Assert.False((await DescribeAsync()).IsBlocked);

        // The kernel takes most of it late, when the RIB has written the rest of what may be under way.
        _line.Drain(Limit / 4);
        await _rib.NextAsync<RibProtocol.Sent>();
        Transmit(up.Incarnation, 10, isHeldBack: true);
        var held = await DescribeAsync();
        Assert.Equal((true, 20L * MessageSize), (held.IsBlocked, held.QueuedBytes));

        Transmit(up.Incarnation, 0);
        Assert.False((await DescribeAsync()).IsBlocked);
        Transmit(up.Incarnation, 0, isHeldBack: true);
        Assert.True((await DescribeAsync()).IsBlocked);
        Transmit(up.Incarnation - 1, 0);
        Assert.True((await DescribeAsync()).IsBlocked);
        _peer.Tell(new PeerProtocol.Reset(BgpErrors.Cease(CeaseSubcode.AdministrativeReset)), ActorRefs.NoSender);
        Assert.False((await DescribeAsync()).IsBlocked);
    }

    [Fact]
    public async Task A_connection_for_which_more_waits_than_ever_may_is_given_up()
    {
        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        var most = (Limit + BgpPeerActor.OutputSlack) / MessageSize;
        Transmit(up.Incarnation, most);
        Assert.Equal("Established", (await DescribeAsync()).Phase);
        Transmit(up.Incarnation, 1);

        await _rib.NextAsync<RibProtocol.PeerDown>();
        Assert.Equal("Socket: the peer does not read", (await DescribeAsync()).LastError);
    }

    [Fact]
    public async Task A_peer_that_never_reads_is_given_up_after_the_send_hold_time()
    {
        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        var scheduler = Assert.IsType<TestScheduler>(_system.Scheduler);
        Transmit(up.Incarnation, 5);
        await DescribeAsync();
        for (var part = 0; part < 4; part++)
        {
            if (part == 0) _line.Drain(100);                                  // a few bytes leave in the first part
            Assert.Equal("Established", (await DescribeAsync()).Phase);
            scheduler.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal("Established", (await DescribeAsync()).Phase);
        scheduler.Advance(TimeSpan.FromSeconds(10));

        var down = await _rib.NextAsync<RibProtocol.PeerDown>();
        Assert.Null(down.KeepFor);
        var description = await DescribeAsync();
        Assert.Equal("BGP Error: Send hold timer expired", description.LastError);
        Assert.Equal((1, 1, "BGP Error: Send hold timer expired"), (description.Counters.Established, description.Counters.Lost, description.Counters.LastLoss));
    }

    [Fact]
    public async Task A_peer_with_too_many_prefixes_is_told_so_and_rests_until_it_is_reset()
    {
        var up = await _rib.NextAsync<RibProtocol.PeerUp>();

        _peer.Tell(new PeerProtocol.PrefixLimitExceeded(up.Incarnation - 1, IpFamily.V4, new PrefixLimit(10)), ActorRefs.NoSender);
        Assert.Equal("Established", (await DescribeAsync()).Phase);
        _peer.Tell(new PeerProtocol.PrefixLimitExceeded(up.Incarnation, IpFamily.V4, new PrefixLimit(10)), ActorRefs.NoSender);

        await _rib.NextAsync<RibProtocol.PeerDown>();
        var resting = await DescribeAsync();
        Assert.Equal(("Idle", "BGP Error: Maximum number of prefixes reached"), (resting.Phase, resting.LastError));
        Assert.Equal([6, 1, 0, 1, 1, 0, 0, 0, 10], _line.Sent[^9..]);
        _peer.Tell(new PeerProtocol.Reset(BgpErrors.Cease(CeaseSubcode.AdministrativeReset)), ActorRefs.NoSender);
        Assert.Equal("Passive", (await DescribeAsync()).Phase);
    }

    [Fact]
    public async Task A_peer_describes_what_was_negotiated_and_how_it_fares()
    {
        await _rib.NextAsync<RibProtocol.PeerUp>();
        var description = await DescribeAsync();

        Assert.Equal(64512u, description.Offered.OfType<Capability.FourOctetAs>().Single().Asn);
        Assert.Empty(description.Received);
        Assert.Equal((65001u, TimeSpan.Zero), (description.Terms?.PeerAs, description.Terms?.HoldTime));
        Assert.Equal(new SessionCounters(new(1, 0, 0, 1, 0), new(1, 0, 0, 1, 0), 0, 1, 0, ""), description.Counters);
        Assert.Equal((48, "tor", 1), (description.ReceivedBytes, description.Spec.Name, description.Connections.Length));
    }

    /// <summary>From the RIB: so many of the shortest UPDATEs, in one buffer.</summary>
    private void Transmit(int incarnation, int messages, bool isHeldBack = false)
    {
        byte[] message = [.. Enumerable.Repeat((byte)0xff, 16), 0, MessageSize, 2, 0, 0, 0, 0];
        byte[] buffer = [.. Enumerable.Repeat(message, messages).SelectMany(each => each)];
        _peer.Tell(new PeerProtocol.Transmit(incarnation, [buffer]) { IsHeldBack = isHeldBack }, ActorRefs.NoSender);
    }

    private async Task<PeerProtocol.Description> DescribeAsync() =>
        Assert.IsType<PeerProtocol.Description>(await _peer.Ask<object>(Describe.Instance, Patience));

    private sealed class NoTransport : IBgpTransport
    {
        public Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation) =>
            throw new InvalidOperationException("a passive peer is not dialed");

        public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted) =>
            throw new InvalidOperationException("a peer does not listen");
    }

    /// <summary>A connection whose peer says OPEN and KEEPALIVE, and reads only what the test lets it.</summary>
    private sealed class Line : IBgpConnection
    {
        private readonly Lock _gate = new();
        private readonly Queue<byte[]> _script = new(
        [
            [.. Enumerable.Repeat((byte)0xff, 16), 0, 29, 1, 4, 0xfd, 0xe9, 0, 0, 10, 0, 0, 1, 0],
            [.. Enumerable.Repeat((byte)0xff, 16), 0, 19, 4],
        ]);

        private readonly List<byte> _sent = [];
        private (TaskCompletionSource Done, long Most)? _drain;
        private long _left;
        private bool _counts;

        public byte[] Sent
        {
            get { lock (_gate) return [.. _sent]; }
        }

        public IpAddr RemoteAddress { get; } = IpAddr.Parse("10.0.0.1");

        public IpAddr LocalAddress { get; } = IpAddr.Parse("10.0.0.10");

        public long QueuedBytes
        {
            get { lock (_gate) return _left; }
        }

        public long SentBytes
        {
            get { lock (_gate) return _sent.Count - _left; }
        }

        public Task DrainedAsync(long queuedBytes)
        {
            lock (_gate)
            {
                if (_left <= queuedBytes) return Task.CompletedTask;
                _drain = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), queuedBytes);
                return _drain.Value.Done.Task;
            }
        }

        /// <summary>The peer reads until so much is left.</summary>
        public void Drain(long left)
        {
            lock (_gate)
            {
                _left = left;
                if (_drain is not { } drain || left > drain.Most) return;
                drain.Done.SetResult();
                _drain = null;
            }
        }

        public void Admit(SessionSettings session, TcpMd5Key? password) => throw new InvalidOperationException("the peer set admits");

        public void SetPassword(TcpMd5Key password) => throw new InvalidOperationException("there is no password");

        public Task<ReceivedBytes> ReceiveAsync()
        {
            lock (_gate)
            {
                // What is sent before the session is established is read at once.
                _counts = _script.Count == 0;
                if (!_script.TryDequeue(out var bytes)) return new TaskCompletionSource<ReceivedBytes>().Task;
                var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
                bytes.CopyTo(rented, 0);
                return Task.FromResult(new ReceivedBytes(rented, bytes.Length));
            }
        }

        public void Send(ReadOnlyMemory<byte> bytes)
        {
            lock (_gate)
            {
                _sent.AddRange(bytes.ToArray());
                if (_counts) _left += bytes.Length;
            }
        }

        public void CloseGracefully()
        {
        }

        public void Dispose()
        {
        }
    }
}
