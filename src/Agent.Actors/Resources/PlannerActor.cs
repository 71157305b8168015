using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Actors.Routing;
using Agent.Actors.Services;
using Agent.Actors.Workloads;
using Agent.Datastore;
using Agent.Planning;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>Where the planner's plans go.</summary>
public sealed record PlanTargets(
    IActorRef Rib, IActorRef Services, IActorRef Peers, IActorRef Passwords, IActorRef Ipam, IActorRef Pods,
    IActorRef Nat);

/// <summary>Folds the cluster's resources into a snapshot and tells everybody the whole of what they should
/// do.</summary>
/// <remarks>
/// Nothing is planned before every kind is known (or the journal's copy stands in for it). A burst of changes is
/// planned once: the request to plan stands in the mailbox behind what was queued by then. Targets compare what they
/// are told with what they have.
/// </remarks>
public sealed class PlannerActor : UntypedActor
{
    private readonly string _node;
    private readonly PlanOptions _options;
    private readonly PlanTargets _to;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private ImmutableSortedSet<string> _problems = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private string? _stale;
    private bool _ready;
    private bool _queued;

    /// <summary>The planner of a node.</summary>
    public PlannerActor(string node, PlanOptions options, PlanTargets to) =>
        (_node, _options, _to) = (node, options, to);

    /// <summary>Props of the planner of a node.</summary>
    public static Props For(string node, PlanOptions options, PlanTargets to) =>
        Props.Create(() => new PlannerActor(node, options, to));

    /// <summary>The kinds that plans stand on.</summary>
    public static IReadOnlyList<ResourceKind> Kinds { get; } =
    [
        Agent.Resources.Kinds.IPPool, Agent.Resources.Kinds.IPReservation, Agent.Resources.Kinds.IPAMConfiguration,
        Agent.Resources.Kinds.BGPConfiguration, Agent.Resources.Kinds.BGPPeer, Agent.Resources.Kinds.BGPFilter,
        Agent.Resources.Kinds.Node,
        Agent.Resources.Kinds.BlockAffinity, Agent.Resources.Kinds.KubeNode, Agent.Resources.Kinds.Namespace,
        Agent.Resources.Kinds.Service,
        Agent.Resources.Kinds.EndpointSlice,
    ];

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ResourceProtocol.Changed changed: OnChanged(changed); break;
            case ResourceProtocol.Listed listed: OnListed(listed); break;
            case ResourceProtocol.Synced:
                (_ready, _stale) = (true, null);
                break;
            case ResourceProtocol.Stale stale:
                foreach (var resource in stale.Items) _snapshot = _snapshot.Put(resource);
                (_ready, _stale) = (true, stale.Reason);
                break;
            case PlannerProtocol.Plan:
                _queued = false;
                Plan();
                return;
            case Describe: Sender.Tell(Description(), Self); return;
            default: Unhandled(message); return;
        }

        if (!_ready || _queued) return;
        _queued = true;
        Self.Tell(PlannerProtocol.Plan.Instance, ActorRefs.NoSender);
    }

    private void OnListed(ResourceProtocol.Listed listed)
    {
        var there = listed.Items.Select(item => item.Key).ToImmutableSortedSet();
        foreach (var key in _snapshot.Keys(listed.Kind))
            if (!there.Contains(key)) _snapshot = _snapshot.Remove(key);
        foreach (var resource in listed.Items) _snapshot = _snapshot.Put(resource);
    }

    private void OnChanged(ResourceProtocol.Changed changed)
    {
        foreach (var happened in changed.Events)
        {
            if (happened is WatchEvent.Put(var resource)) _snapshot = _snapshot.Put(resource);
            else if (happened is WatchEvent.Deleted(var last)) _snapshot = _snapshot.Remove(last.Key);
        }
    }

    private void Plan()
    {
        var peers = PeerPlan.For(_snapshot, _node, _options);
        var pools = PoolPlan.For(_snapshot, _node);
        Report(peers.Problems);

        _to.Rib.Tell(new RibProtocol.SetPolicy(RibPlan.PolicyOf(pools, CommunityPlan.For(_snapshot, _node))), Self);
        _to.Rib.Tell(new RibProtocol.SetBlocks(RibPlan.BlackholesOf(pools)), Self);
        _to.Services.Tell(new ServiceProtocol.SetSnapshot(_snapshot), Self);
        if (ListenPlan.For(_snapshot, _node) is { } listen)
            _to.Peers.Tell(new PeerSetProtocol.SetListen(listen.Address, listen.Port) { Second = listen.Second },
                Self);
        _to.Peers.Tell(new PeerSetProtocol.SetPeers(peers.Peers), Self);
        _to.Passwords.Tell(new PasswordProtocol.Use(PasswordRefs(peers)), Self);
        _to.Ipam.Tell(IpamPools.For(_snapshot, _node), Self);
        _to.Pods.Tell(new PodProtocol.SetSnapshot(_snapshot), Self);
        _to.Nat.Tell(new NatProtocol.SetRuleset(NatPlan.For(_snapshot)), Self);
    }

    private static ImmutableSortedSet<string> PasswordRefs(PeerPlan peers) =>
        peers.Peers.Select(peer => peer.Session.PasswordRef).OfType<string>()
        .ToImmutableSortedSet(StringComparer.Ordinal);

    private void Report(IReadOnlyList<string> ofPeers)
    {
        var now = _snapshot.Problems.Values.Concat(ofPeers).ToImmutableSortedSet(StringComparer.Ordinal);
        foreach (var problem in now.Except(_problems)) _log.Warning("{0}", problem);
        _problems = now;
    }

    private PlannerProtocol.Description Description() => new(
        _ready,
        _stale,
        [.. _problems]);
}
