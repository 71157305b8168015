using System.Net;
using System.Net.Sockets;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Routing;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>Many peers that dial at the same moment, over real sockets: bench/storm has two thousand of them, here are enough to see
/// that each is heard.</summary>
public sealed class PeerStormTests : IDisposable
{
    private const int Senders = 20;
    private const int Routes = 8;
    private const uint As = 64512;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly IpAddr Speaker = IpAddr.Parse("127.0.0.1");
    private static readonly UpdateFormat Format = new(IpFamily.V4, AddPath: false, FourByteAs: true);

    private readonly ActorSystem _system = RuntimeSystem.Create("storm", new RuntimeSetup());
    private readonly List<LoopbackPeer.Conversation> _peers = [];

    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
        _system.Dispose();
    }

    [Fact]
    public async Task Twenty_peers_that_dial_at_once_come_up_and_a_client_hears_all_their_routes_come_and_go()
    {
        var port = await ListenAsync();

        _peers.AddRange(await Task.WhenAll(Enumerable.Range(0, Senders + 1).Select(each => DialAsync(each, port))));

        var observer = _peers[Senders];
        var held = new SortedSet<IpPrefix>();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(each => _peers[each].SendBytesAsync(Update(each, announces: true))));
        await ReadUntilAsync(observer, held, Senders * Routes);
        Assert.Equal(Enumerable.Range(0, Senders).SelectMany(Prefixes), held);

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(each => _peers[each].SendBytesAsync(Update(each, announces: false))));
        await ReadUntilAsync(observer, held, 0);
        Assert.Empty(held);
    }

    /// <summary>Starts the speaker's actors; the answer to its status says that it listens.</summary>
    private async Task<ushort> ListenAsync()
    {
        var port = FreePort();
        var rib = _system.ActorOf(RibActor.For(), "rib");
        var peers = _system.ActorOf(PeerSetActor.For(rib, new TcpBgpTransport(), TimeProvider.System, new Random(1)), "bgp");
        var programmer = _system.ActorOf(Props.Create(() => new NoProgrammer()), "routes");
        rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("0.0.0.0/0"))] }), programmer);
        rib.Tell(new RibProtocol.SetBlocks([]), programmer);
        rib.Tell(new RibProtocol.SetServices([], [], []), programmer);
        rib.Tell(
            new RibProtocol.SetConnected(new ConnectedState
            {
                Networks = [new ConnectedNetwork(IpPrefix.Parse("10.9.0.0/16"), 1)],
                OwnAddresses = [Speaker],
            }),
            programmer);
        peers.Tell(new PeerSetProtocol.KernelReady(RoutesKept: false), programmer);
        peers.Tell(new PeerSetProtocol.SetPeers([.. Enumerable.Range(0, Senders + 1).Select(Spec)]), programmer);
        peers.Tell(new PeerSetProtocol.SetListen(Speaker, port), programmer);
        await peers.Ask<object>(Describe.Instance, Patience);
        return port;
    }

    private static PeerSpec Spec(int peer) => new()
    {
        Name = $"peer{peer}",
        Type = PeerType.Global,
        Session = new SessionSettings
        {
            LocalAs = As,
            PeerAs = As,
            RouterId = Speaker.V4Value,
            PeerAddress = AddressOf(peer),
            LocalAddress = Speaker,
            Passive = true,
        },
        Policy = new PeerPolicy { ClientClusterId = peer == Senders ? Speaker.V4Value : null },
    };

    /// <summary>Dials and opens; done when the speaker has answered OPEN with KEEPALIVE.</summary>
    private static async Task<LoopbackPeer.Conversation> DialAsync(int peer, int port)
    {
        using var limit = new CancellationTokenSource(Patience);
        var client = new TcpClient(new IPEndPoint(AddressOf(peer).ToIPAddress(), 0));
        await client.ConnectAsync(new IPEndPoint(Speaker.ToIPAddress(), port), limit.Token);
        var conversation = new LoopbackPeer.Conversation(client);
        await conversation.SendAsync(
            new BgpMessage.Open(new OpenMessage(
                As, 90, AddressOf(peer).V4Value, [new Capability.MultiProtocol(IpFamily.V4), new Capability.FourOctetAs(As)])),
            BgpMessage.KeepAlive.Instance);
        while ((await conversation.ReadAsync()).Type != BgpMessageType.KeepAlive)
        {
            // The OPEN comes first.
        }

        return conversation;
    }

    /// <summary>Keeps what the observer is told until it holds so many routes.</summary>
    private static async Task ReadUntilAsync(LoopbackPeer.Conversation observer, SortedSet<IpPrefix> held, int count)
    {
        var decoder = new UpdateDecoder(new UpdateContext(true, true, IpFamily.V4));
        while (held.Count != count)
        {
            var (type, body) = await observer.ReadAsync();
            if (type != BgpMessageType.Update) continue;
            using var batch = new UpdateBatch();
            Assert.True(decoder.TryDecode(body, batch, out var error), $"{error}");
            foreach (ref readonly var operation in batch.Operations)
            {
                if (operation.Kind == RouteOperationKind.Announce) held.Add(operation.Nlri.Prefix);
                else if (operation.Kind == RouteOperationKind.Withdraw) held.Remove(operation.Nlri.Prefix);
            }
        }
    }

    private static byte[] Update(int sender, bool announces)
    {
        Span<byte> message = stackalloc byte[MessageCodec.MaxMessageSize];
        Nlri[] nlri = [.. Prefixes(sender).Select(prefix => new Nlri(prefix))];
        // A next hop on the loopback network would be malformed (RFC 7606 §7.3).
        var attributes = new PathAttributes { AsPath = AsPath.Empty, NextHop = IpAddr.Parse($"10.9.0.{sender + 1}"), LocalPref = 100 };
        var size = announces
            ? UpdateCodec.WriteAnnouncement(message, attributes, Format, nlri, out var taken)
            : UpdateCodec.WriteWithdrawal(message, Format, nlri, out taken);
        Assert.Equal(Routes, taken);
        return message[..size].ToArray();
    }

    private static IEnumerable<IpPrefix> Prefixes(int sender) =>
        Enumerable.Range(0, Routes).Select(each => IpPrefix.Parse($"20.0.{sender}.{each * 16}/28"));

    private static IpAddr AddressOf(int peer) => IpAddr.Parse($"127.0.0.{10 + peer}");

    private static ushort FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (ushort)((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Stands where a node has its route programmer.</summary>
    private sealed class NoProgrammer : UntypedActor
    {
        protected override void OnReceive(object message) => (message as RouteProtocol.Merge)?.Dispose();
    }
}
