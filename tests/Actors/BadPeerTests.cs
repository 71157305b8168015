using System.Net;
using System.Net.Sockets;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Node;
using Agent.Actors.Routing;
using Agent.Bgp.Wire;
using Agent.Datastore;
using Agent.Netlink;
using Agent.Planning;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests;

/// <summary>Peers that misbehave, over real sockets: each hears the right NOTIFICATION, and the session comes up once the peer behaves.</summary>
public sealed class BadPeerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Marker = [.. Enumerable.Repeat((byte)0xff, 16)];

    private readonly LoopbackPeer _peer = new();
    private readonly int _port = FreePort();
    private ActorSystem? _system;

    public void Dispose()
    {
        _system?.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public Task Garbage_is_answered_with_connection_not_synchronized() =>
        AnswersAsync("1/1", peer => peer.SendBytesAsync([.. Enumerable.Repeat((byte)'G', 200)]));

    [Fact]
    public Task A_wrong_AS_is_answered_with_bad_peer_AS() => AnswersAsync(
        "2/2",
        peer => peer.SendAsync(new BgpMessage.Open(LoopbackPeer.GoodOpen with
        {
            Asn = 65001,
            Capabilities = [new Capability.FourOctetAs(65001)],
        })));

    [Fact]
    public Task A_hold_time_of_one_second_is_answered_with_unacceptable_hold_time() =>
        AnswersAsync("2/6", peer => peer.SendAsync(new BgpMessage.Open(LoopbackPeer.GoodOpen with { HoldSeconds = 1 })));

    [Fact]
    public Task An_update_of_impossible_length_is_answered_with_bad_message_length() => AnswersAsync(
        "1/2",
        async peer =>
        {
            await peer.EstablishAsync();
            await peer.SendBytesAsync([.. Marker, 0, 20, 2, 0]);
        });

    [Fact]
    public Task An_update_whose_lengths_contradict_each_other_is_answered_with_malformed_attribute_list() => AnswersAsync(
        "3/1",
        async peer =>
        {
            await peer.EstablishAsync();
            await peer.SendBytesAsync([.. Marker, 0, 23, 2, 0, 200, 0, 0]);
        });

    [Fact]
    public async Task A_silent_peer_is_told_that_the_hold_timer_expired()
    {
        var scheduler = await StartAsync(isVirtual: true);
        using (var silent = await _peer.AcceptAsync())
        {
            await silent.EstablishAsync(holdTime: 3);
            await BarrierAsync();
            scheduler!.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal("4/0", await silent.ReadNotificationAsync());
        }

        await BarrierAsync();
        scheduler.Advance(TimeSpan.FromSeconds(60));
        using var good = await _peer.AcceptAsync();
        await good.EstablishAsync();
        await AssertEstablishedAsync();
    }

    [Fact]
    public async Task A_connection_from_an_unknown_address_is_closed_without_a_word()
    {
        await StartAsync();
        using (var session = await _peer.AcceptAsync()) await session.EstablishAsync();
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        stranger.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
        using var limit = new CancellationTokenSource(Patience);
        await stranger.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), limit.Token);

        Assert.Equal(0, await stranger.ReceiveAsync(new byte[100], limit.Token));
    }

    private async Task AnswersAsync(string expected, Func<LoopbackPeer.Conversation, Task> misbehave)
    {
        await StartAsync();
        using (var bad = await _peer.AcceptAsync())
        {
            await misbehave(bad);
            Assert.Equal(expected, await bad.ReadNotificationAsync());
        }

        using var good = await _peer.AcceptAsync();
        await good.EstablishAsync();
        await AssertEstablishedAsync();
    }

    private async Task AssertEstablishedAsync()
    {
        var description = Assert.IsType<PeerProtocol.Description>(await BarrierAsync());
        Assert.Equal("Established", description.Phase);
    }

    /// <summary>The peer's actor answers behind everything that it was told before.</summary>
    private Task<object> BarrierAsync() =>
        _system!.ActorSelection($"/user/{NodeActor.Name}/bgp/Global_127_0_0_2_port_{_peer.Port}").Ask<object>(Describe.Instance, Patience);

    private async Task<TestScheduler?> StartAsync(bool isVirtual = false)
    {
        var datastore = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var manifests = string.Join(
            "\n---\n",
            SimulatedCluster.Calico("Node", "a", "{bgp: {ipv4Address: 127.0.0.1/8}}"),
            SimulatedCluster.Calico("BGPConfiguration", "default", $"{{listenPort: {_port}}}"),
            SimulatedCluster.Calico("BGPPeer", "peer", $"{{peerIP: '127.0.0.2:{_peer.Port}', asNumber: {LoopbackPeer.AsNumber}}}"));
        foreach (var resource in ManifestReader.Read(manifests).Resources) await datastore.CreateAsync(resource);
        var setup = new RuntimeSetup { Persistence = PersistenceSetup.InMemory() };
        _system = isVirtual ? TestSystem.WithVirtualTime(setup) : RuntimeSystem.Create("a", setup);
        _system.ActorOf(
            NodeActor.For(
                new NodeIdentity("a", "journal", PlanOptions.Default),
                new NodePorts
                {
                    Datastore = datastore,
                    Kernel = new InMemoryKernel(),
                    Transport = new TcpBgpTransport(),
                    Nftables = new NoRuleset(),
                    Time = TimeProvider.System,
                    Random = new Random(1),
                }),
            NodeActor.Name);
        return _system.Scheduler as TestScheduler;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed class NoRuleset : INftables
    {
        public Task ApplyAsync(string ruleset) => Task.CompletedTask;
    }
}
