using Agent.Actors.Bgp;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Actors.Routing;
using Agent.Actors.Services;
using Agent.Actors.Workloads;

namespace Agent.Actors.Node;

/// <summary>The root of a node: makes the other actors and introduces them to each other.</summary>
/// <remarks>
/// One supervision policy: cores do not throw on bad input, so an exception is a bug or lost I/O. All actors restart together and are told the
/// whole of what they should do again; the kernel's routes stay as they are meanwhile. The block owner, whose journal may be away for a while,
/// comes back after a pause that grows. More than ten failures within a minute are no accident: the failure goes up, and the process ends.
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
        var rib = Context.ActorOf(RibActor.For(), "rib");
        var peers = Context.ActorOf(PeerSetActor.For(rib, _ports.Transport, _ports.Time, NewRandom()), "bgp");
        var passwords = Context.ActorOf(PasswordActor.For(_ports.Datastore, peers), "passwords");
        var routes = Context.ActorOf(RouteProgrammerActor.For(_ports.Kernel, rib, peers), "routes");
        var services = Context.ActorOf(ServiceWatchActor.For(_node.Name, _node.Options, rib), "services");
        var nat = Context.ActorOf(NatActor.For(_ports.Nftables), "nat");

        var owner = new BlockOwner(_node.Name, _node.JournalId);
        var claims = new BlockClaims(_ports.Datastore, owner, _ports.Time, NewRandom());
        var ipam = Context.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(
                BlockOwnerActor.For(owner, claims, _ports.Time), "owner", FirstPause, LongestPause, randomFactor: 0.2, maxNrOfRetries: -1)),
            "ipam");
        var pods = Context.ActorOf(
            PodsActor.For(new WorkloadPorts(_node.Name, _ports.Kernel, _ports.Datastore, ipam, routes, rib, _ports.Time)), "pods");

        var planner = Context.ActorOf(
            PlannerActor.For(_node.Name, _node.Options, new PlanTargets(rib, services, peers, passwords, ipam, pods, nat)), "planner");
        Context.ActorOf(ResourceWatchActor.For(_node.Name, _ports.Datastore, PlannerActor.Kinds, planner), "resources");
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message) => Unhandled(message);

    private Random NewRandom() => new(_ports.Random.Next());
}
