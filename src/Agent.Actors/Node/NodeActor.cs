using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Actors.Routing;
using Agent.Actors.Services;
using Agent.Actors.Workloads;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Node;

/// <summary>The root of a node: makes the other actors and introduces them to each other.</summary>
/// <remarks>
/// One supervision policy: cores do not throw on bad input, so an exception is a bug or lost I/O. All actors restart
/// together and are told the whole of what they should do again; the kernel's routes stay as they are meanwhile. The
/// block owner, whose journal may be away for a while, comes back after a pause that grows. More than ten failures
/// within a minute are no accident: the actors stop, and with them the system, so that the process ends and whoever
/// runs it begins anew.
/// </remarks>
public sealed class NodeActor : UntypedActor
{
    /// <summary>The name of the root below <c>/user</c>.</summary>
    public const string Name = "node";

    private const int MostFailures = 10;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly NodeIdentity _node;
    private readonly NodePorts _ports;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>The root of this node.</summary>
    public NodeActor(NodeIdentity node, NodePorts ports) => (_node, _ports) = (node, ports);

    /// <summary>Props of the root of a node.</summary>
    public static Props For(NodeIdentity node, NodePorts ports) => Props.Create(() => new NodeActor(node, ports));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new AllForOneStrategy(MostFailures, Window, _ => Directive.Restart);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var rib = Start(RibActor.For(), "rib");
        var peers = Start(
            PeerSetActor.For(
                rib, _ports.Transport, _ports.Time, NewRandom(), _ports.Recordings, _ports.BgpLog), "bgp");
        var passwords = Start(PasswordActor.For(_ports.Datastore, peers), "passwords");
        var routes = Start(RouteProgrammerActor.For(_ports.Kernel, rib, peers), "routes");
        var services = Start(ServiceWatchActor.For(_node.Name, _node.Options, rib), "services");
        var nat = Start(NatActor.For(_ports.Nftables), "nat");

        var owner = new BlockOwner(_node.Name, _node.JournalId, _node.Incarnation);
        var claims = new BlockClaims(_ports.Datastore, owner, _ports.Time, NewRandom());
        var ipam = Start(
            BackoffSupervisor.Props(Backoff.OnStop(
                BlockOwnerActor.For(owner, claims, _ports.Time, _ports.Pools, PodAddressesAsync), "owner", FirstPause,
                LongestPause,
                randomFactor: 0.2, maxNrOfRetries: -1)),
            "ipam");
        var localPeers = Start(LocalPeersActor.For(_ports.Datastore, _ports.Kernel), "local-peers");
        var pods = Start(
            PodsActor.For(new WorkloadPorts(_node.Name, _ports.Kernel, _ports.Datastore, ipam, routes, rib, localPeers,
                _ports.Time)), "pods");

        var planner = Start(
            PlannerActor.For(_node.Name, _node.Options,
                new PlanTargets(rib, routes, services, peers, passwords, ipam, pods, localPeers, nat)),
            "planner");
        Start(ResourceWatchActor.For(_node.Name, _ports.Datastore, PlannerActor.Kinds, planner), "resources");
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                _log.Error("{0} failed too often and was stopped: the agent ends; the kernel keeps its routes",
                    terminated.ActorRef.Path.Name);
                Context.System.Terminate();
                break;
            case Describe:
                Sender.Tell(new Description(
                    _node.Name, _node.JournalId, [.. Context.GetChildren().Select(child => child.Path.Name)]), Self);
                break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Node">The node's name.</param>
    /// <param name="JournalId">The id of its journal.</param>
    /// <param name="Actors">The names of the actors below.</param>
    public sealed record Description(string Node, string JournalId, ImmutableArray<string> Actors);

    private static IActorRef Start(Props props, string name) => Context.Watch(Context.ActorOf(props, name));

    /// <summary>The addresses to which the kernel has a pod's route.</summary>
    private async Task<ImmutableArray<IpAddr>> PodAddressesAsync()
    {
        var links = (await _ports.Kernel.DumpLinksAsync()).ToDictionary(link => link.Index, link => link.Name);
        return
        [
            .. from route in await _ports.Kernel.DumpRoutesAsync()
               where route.NextHops.Count == 1
                   && RouteOwner.Of(route, links.GetValueOrDefault(route.NextHops[0].Interface)) == RouteOwnership.Pod
               select route.Destination.Address,
        ];
    }

    private Random NewRandom() => new(_ports.Random.Next());
}
