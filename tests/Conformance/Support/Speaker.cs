using System.Collections.Immutable;
using System.Text;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Lab.Tests.Support;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Runtime.Hosting;
using Programmer = Agent.Actors.Routing.RouteProtocol;

namespace Agent.Conformance.Tests.Support;

/// <summary>The agent's BGP on a machine of the lab: the real actors of peers and RIB over real TCP, without a kernel to program.</summary>
internal sealed class Speaker : IDisposable
{
    private readonly ActorSystem _system;
    private readonly IActorRef _rib;
    private readonly IActorRef _peers;
    private readonly NetworkNamespace? _netns;

    /// <summary>Starts on a machine that has 10.0.0.HOST and fd00::HOST.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="routesKept">True to start as a restarted node does, whose kernel has kept its routes.</param>
    /// <param name="host">The machine's number.</param>
    public Speaker(LabNetwork lab, string machine, bool routesKept = false, int host = 10)
        : this(
            NetworkNamespace.Open(NetworkNamespace.PathOf(lab.Netns(machine))),
            new ConnectedState
            {
                Networks = [new(IpPrefix.Parse("10.0.0.0/24"), 2), new(IpPrefix.Parse("fd00::/64"), 2)],
                OwnAddresses = [IpAddr.Parse($"10.0.0.{host}"), IpAddr.Parse($"fd00::{host}")],
            },
            routesKept,
            new PeerSetProtocol.SetListen(null, 179))
    {
    }

    /// <summary>Starts on the test's own machine, on an address of the loopback device; routes are by way of 10.0.0.0/24.</summary>
    public Speaker(string address, ushort port)
        : this(
            null,
            new ConnectedState { Networks = [new(IpPrefix.Parse("10.0.0.0/24"), 2)], OwnAddresses = [IpAddr.Parse(address)] },
            routesKept: false,
            new PeerSetProtocol.SetListen(IpAddr.Parse(address), port))
    {
    }

    private Speaker(NetworkNamespace? netns, ConnectedState connected, bool routesKept, PeerSetProtocol.SetListen listen)
    {
        _netns = netns;
        Recordings = new MemoryRecordings();
        _system = RuntimeSystem.Create("speaker", new RuntimeSetup { LogLevel = LogLevel.InfoLevel, LogSink = Keep });
        _rib = _system.ActorOf(RibActor.For(), "rib");
        _peers = _system.ActorOf(
            PeerSetActor.For(
                _rib, netns is null ? new TcpBgpTransport() : new NamespaceTransport(netns), TimeProvider.System, new Random(1), Recordings), "bgp");
        _system.ActorOf(Props.Create(() => new KernelLess(_rib, _peers, connected, routesKept)), "routes");
        _rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new(IpPrefix.Parse("0.0.0.0/0")), new(IpPrefix.Parse("::/0"))] }));
        _rib.Tell(new RibProtocol.SetBlocks([]));
        Announce();
        _peers.Tell(listen);
    }

    /// <summary>Recordings of its sessions.</summary>
    public MemoryRecordings Recordings { get; }

    /// <summary>What it logged.</summary>
    public StringBuilder Log { get; } = new();

    /// <summary>Announces exactly these prefixes.</summary>
    public void Announce(params string[] prefixes) =>
        _rib.Tell(new RibProtocol.SetServices([.. prefixes.Select(IpPrefix.Parse)], [], []));

    /// <summary>Has exactly these peers.</summary>
    public void Peer(params PeerSpec[] peers) => _peers.Tell(new PeerSetProtocol.SetPeers([.. peers]));

    /// <summary>Sets the password of all references in use.</summary>
    public void Passwords(params (string Reference, string Password)[] passwords) => _peers.Tell(new PeerSetProtocol.SetPasswords(
        passwords.ToImmutableSortedDictionary(each => each.Reference, each => (TcpMd5Key?)new TcpMd5Key(Encoding.UTF8.GetBytes(each.Password)), StringComparer.Ordinal)));

    /// <summary>The column INFO of <c>node status</c> for a session; empty for none.</summary>
    public async Task<string> StateAsync(string peer) =>
        (await _peers.Ask<PeerSetProtocol.Status>(PeerSetProtocol.GetStatus.Instance, Eventually.Patience))
        .Peers.FirstOrDefault(row => row.Name == peer)?.Text ?? "";

    /// <summary>Waits until a session has been begun, whatever its state.</summary>
    public Task BegunAsync(string peer) =>
        Eventually.BecomesAsync($"the session {peer} has begun", () => StateAsync(peer), state => state.Length > 0);

    /// <summary>Waits for a session.</summary>
    public Task EstablishedAsync(string peer) =>
        Eventually.BecomesAsync($"the session {peer} is established", () => StateAsync(peer), state => state == "Established");

    /// <summary>What the session negotiated and counted.</summary>
    public async Task<PeerProtocol.Description> DescribeAsync(string peer) =>
        await _system.ActorSelection($"/user/bgp/{peer}").Ask<PeerProtocol.Description>(Describe.Instance, Eventually.Patience);

    /// <summary>What it learned: each path of a prefix as <c>PREFIX via NEXTHOP from PEER</c>, stale ones marked, sorted.</summary>
    public async Task<string[]> RoutesAsync() =>
    [
        .. (await ViewsAsync()).SelectMany(route => route.Paths.Where(path => path.Peer is not null && path.Import == ImportVerdict.Accepted).Select(path =>
            $"{route.Prefix} via {path.Attributes!.NextHop} from {path.Peer}{(path.Stale ? " stale" : "")}")).Order(StringComparer.Ordinal),
    ];

    /// <summary>What it tells a peer.</summary>
    public async Task<IReadOnlyList<AdvertisedRoute>> AdvertisedAsync(string peer) =>
        (await _rib.Ask<RoutePage<AdvertisedRoute>>(new RibProtocol.GetAdvertised(peer, RouteRange.All), Eventually.Patience)).Items;

    /// <summary>Everything in its RIB.</summary>
    public async Task<IReadOnlyList<RouteView>> ViewsAsync() =>
        (await _rib.Ask<RibProtocol.Routes>(new RibProtocol.GetRoutes(), Eventually.Patience)).Items;

    /// <summary>Asks what an operator may ask of the set of peers.</summary>
    public Task<T> AskAsync<T>(object question) => _peers.Ask<T>(question, Eventually.Patience);

    /// <summary>Asks what an operator may ask of the RIB.</summary>
    public Task<T> AskRibAsync<T>(object question) => _rib.Ask<T>(question, Eventually.Patience);

    /// <summary>The lines that it logged and that say this.</summary>
    public string[] LinesWith(string text)
    {
        lock (Log)
            return [.. Log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains(text, StringComparison.Ordinal))];
    }

    /// <summary>Says what an operator may say to the set of peers.</summary>
    public void Tell(object message) => _peers.Tell(message);

    /// <summary>Stops as before a restart: no NOTIFICATION, TCP closes.</summary>
    public async Task StopForRestartAsync()
    {
        await _peers.Ask<PeerSetProtocol.Stopped>(PeerSetProtocol.StopForRestart.Instance, Eventually.Patience);
        Dispose();
    }

    public void Dispose()
    {
        _system.Dispose();
        _netns?.Dispose();
    }

    private void Keep(LogEntry entry)
    {
        lock (Log) Log.Append(entry.Level).Append(' ').Append(entry.Message).Append(' ').Append(entry.Exception).Append('\n');
    }

    /// <summary>Stands where a node has its route programmer: tells what is connected and takes every route without a word.</summary>
    private sealed class KernelLess : UntypedActor
    {
        private readonly IActorRef _rib;
        private readonly IActorRef _peers;
        private readonly ConnectedState _connected;
        private readonly bool _routesKept;

        public KernelLess(IActorRef rib, IActorRef peers, ConnectedState connected, bool routesKept) =>
            (_rib, _peers, _connected, _routesKept) = (rib, peers, connected, routesKept);

        protected override void PreStart()
        {
            _rib.Tell(new RibProtocol.SetConnected(_connected), Self);
            _peers.Tell(new PeerSetProtocol.KernelReady(_routesKept), Self);
        }

        protected override void OnReceive(object message)
        {
            if (message is not (Programmer.Merge or Programmer.RestartComplete)) Unhandled(message);
        }
    }
}
