using System.Globalization;
using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Bench.Storm;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>The bench's load in small, on the agent's actors over TCP: peers have loopback addresses of their own.</summary>
public sealed class StormTests : IDisposable
{
    private const int Senders = 20;
    private const int Observers = 3;

    // A network of its own for each process, so that two runs do not share addresses.
    private static readonly IpAddr Speaker = IpAddr.FromV4(0x7f40_0001 + (uint)(Environment.ProcessId & 0x1fff) * 256);

    private readonly ActorSystem _system =
        RuntimeSystem.Create("storm", new RuntimeSetup { LogLevel = LogLevel.ErrorLevel });

    public void Dispose() => _system.Dispose();

    [Fact]
    public async Task Twenty_peers_come_up_at_once_and_three_observers_hear_and_lose_every_route()
    {
        using var load = new Load(Options(["--withdraw"]));
        Start(Options([]));

        var result = await load.RunAsync();

        Assert.Equal(Senders + Observers, result.Up);
        Assert.False(double.IsNaN(result.AnnounceSeconds), "not every observer had every route");
        Assert.False(double.IsNaN(result.WithdrawSeconds), "not every observer lost every route");
        Assert.Equal(0, result.Lost);
    }

    [Fact]
    public void An_option_that_is_not_known_is_named()
    {
        Assert.False(LoadOptions.TryParse(["--speaker", "10.0.0.1", "--loud", "1"], out _, out var complaint));
        Assert.Equal("--loud '1' is not understood", complaint);
    }

    private static LoadOptions Options(string[] more)
    {
        string[] args =
        [
            "--speaker", Speaker.ToString(), "--from", IpAddr.FromV4(Speaker.V4Value + 1).ToString(), "--port", "1790",
            "--senders", Senders.ToString(CultureInfo.InvariantCulture), "--observers", Observers.ToString(CultureInfo.InvariantCulture),
            "--routes", "8", "--timeout", "120", .. more,
        ];
        Assert.True(LoadOptions.TryParse(args, out var options, out var complaint), complaint);
        return options;
    }

    private void Start(LoadOptions load)
    {
        var rib = _system.ActorOf(RibActor.For());
        var peers = _system.ActorOf(PeerSetActor.For(rib, new TcpBgpTransport(), TimeProvider.System, new Random(1)));
        rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("0.0.0.0/0"))] }));
        rib.Tell(new RibProtocol.SetBlocks([]));
        rib.Tell(new RibProtocol.SetServices([], [], []));
        _system.ActorOf(Props.Create(() => new Connected(rib, peers)));
        peers.Tell(new PeerSetProtocol.SetPeers([.. Enumerable.Range(0, load.Peers).Select(peer => new PeerSpec
        {
            Name = $"Global_{peer}",
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = load.SpeakerAs,
                RouterId = Speaker.V4Value,
                PeerAs = load.PeerAs,
                PeerAddress = load.AddressOf(peer),
                LocalAddress = Speaker,
                Passive = true,
            },
            Policy = new PeerPolicy { ClientClusterId = peer < load.Senders ? null : Speaker.V4Value },
        })]));
        peers.Tell(new PeerSetProtocol.SetListen(Speaker, (ushort)load.Port));
    }

    /// <summary>Stands for the route programmer: all of loopback is connected, and no route is programmed.</summary>
    private sealed class Connected(IActorRef rib, IActorRef peers) : UntypedActor
    {
        protected override void PreStart()
        {
            rib.Tell(new RibProtocol.SetConnected(new ConnectedState
            {
                Networks = [new ConnectedNetwork(IpPrefix.Parse("127.0.0.0/8"), 1)],
                OwnAddresses = [Speaker],
            }), Self);
            peers.Tell(new PeerSetProtocol.KernelReady(RoutesKept: false), Self);
        }

        protected override void OnReceive(object message)
        {
            if (message is RouteProtocol.Merge merge) merge.Dispose();
            else if (message is not RouteProtocol.RestartComplete) Unhandled(message);
        }
    }
}
