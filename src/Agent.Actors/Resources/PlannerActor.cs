using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Actors.Routing;
using Agent.Actors.Services;
using Agent.Actors.Workloads;
using Agent.Datastore;
using Agent.Planning;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>Where the planner's plans go.</summary>
public sealed record PlanTargets(
    IActorRef Rib, IActorRef Routes, IActorRef Services, IActorRef Peers, IActorRef Passwords, IActorRef Ipam,
    IActorRef Pods, IActorRef LocalPeers, IActorRef Nat);

/// <summary>Folds the cluster's resources into a snapshot and tells everybody the whole of what they should
/// do.</summary>
/// <remarks>
/// Nothing is planned before every kind is known (or the journal's copy stands in for it). A burst of changes is
/// planned once: the request to plan stands in the mailbox behind what was queued by then. A set that is equal to the
/// last one is not told again.
/// </remarks>
public sealed class PlannerActor : UntypedActor
{
    private readonly string _node;
    private readonly PlanOptions _options;
    private readonly PlanTargets _to;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private ImmutableSortedSet<string> _problems = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private readonly SortedDictionary<string, object> _told = new(StringComparer.Ordinal);
    private ImmutableArray<IpPrefix> _ownBlocks = [];
    private ImmutableSortedSet<IpPrefix> _withdrawn = [];
    private ImmutableArray<LocalWorkload> _workloads = [];
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
            case IpamProtocol.OwnBlocks own:
                var isSame = own.Blocks.AsSpan().SequenceEqual(_ownBlocks.AsSpan());
                var isBack = own.Blocks.Any(_withdrawn.Contains);
                (_ownBlocks, _withdrawn) = (own.Blocks, _withdrawn.Except(own.Blocks));
                if (!isBack && (isSame || _stale is null)) return;
                break;
            case IpamProtocol.Withdraw withdraw:
                _withdrawn = _withdrawn.Add(withdraw.Block);
                if (_ready) Plan();
                _to.Rib.Tell(RibProtocol.Settle.Instance, Sender);
                return;
            case PlannerProtocol.SetWorkloads set: _workloads = set.Workloads; break;
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
        var peers = PeerPlan.For(_snapshot, _node, _options, _workloads);
        var pools = PoolPlan.For(_snapshot, _node);
        pools = pools with { OwnBlocks = [.. pools.OwnBlocks.Where(block => IsOwned(block.Cidr))] };
        Report(peers.Problems);

        var priorities = PriorityPlan.For(_snapshot, _options);
        Tell(_to.Rib,
            new RibProtocol.SetPolicy(RibPlan.PolicyOf(pools, CommunityPlan.For(_snapshot, _node), priorities)));
        Tell(_to.Rib, new RibProtocol.SetBlocks(RibPlan.StaticsOf(pools, ReachabilityPlan.For(_snapshot, _node))));
        Tell(_to.Routes, new RouteProtocol.SetOptions([.. _snapshot.DefaultBgp.IgnoredInterfaces],
            priorities.AsMetric ? priorities.NormalV4 : 0, priorities.AsMetric ? priorities.NormalV6 : 0));
        Tell(_to.Services, new ServiceProtocol.SetSnapshot(_snapshot));
        if (ListenPlan.For(_snapshot, _node) is { } listen)
            Tell(_to.Peers, new PeerSetProtocol.SetListen(listen.Address, listen.Port) { Second = listen.Second });
        Tell(_to.Peers, new PeerSetProtocol.SetLogSeverity(LogPlan.For(_snapshot, _node)));
        Tell(_to.Peers, new PeerSetProtocol.SetPeers(peers.Peers));
        Tell(_to.Passwords, new PasswordProtocol.Use(PasswordRefs(peers)));
        Tell(_to.Pods, new PodProtocol.SetSnapshot(_snapshot));
        Tell(_to.LocalPeers,
            new LocalPeersProtocol.Arrange(PeerPlan.NeedsWorkloads(_snapshot), peers.HostAddresses));
        Tell(_to.Nat, new NatProtocol.SetRuleset(NatPlan.For(_snapshot)));

        // The block owner comes back by itself after a failure of its journal, and then knows nothing: told each time.
        _to.Ipam.Tell(IpamPools.For(_snapshot, _node), Self);
    }

    /// <summary>A row of this node may have been given back since and be another's now: its deletion is heard of late,
    /// and an old copy does not know of it. The block owner knows. That its journal knows nothing of a block is no
    /// reason to withdraw it: the file may be lost.</summary>
    private bool IsOwned(IpPrefix block) =>
        !_withdrawn.Contains(block) && (_stale is null || _ownBlocks.Contains(block));

    /// <summary>Tells a target a whole set, unless it is equal to the last one of its kind: all targets but the block
    /// owner begin and end with the planner.</summary>
    private void Tell<T>(IActorRef target, T set)
        where T : class, IEquatable<T>
    {
        if (_told.TryGetValue(typeof(T).FullName!, out var last) && set.Equals(last as T)) return;
        _told[typeof(T).FullName!] = set;
        target.Tell(set, Self);
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
