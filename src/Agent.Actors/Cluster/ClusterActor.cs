using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Datastore;
using Agent.Planning.Coordination;

namespace Agent.Actors.Cluster;

/// <summary>A node's part in the cluster: shows that its agent lives, sees which others do, and joins or leaves the
/// coordinators as the choice falls on it.</summary>
/// <remarks>
/// Who is ready is known by presence leases, renewed every <see cref="ClusterPorts.Beat"/>; who coordinates is
/// <see cref="CoordinatorChoice"/>'s. Only coordinators hold membership leases and own shards; those are the runtime's
/// affair. A node that is chosen joins at once; one that is chosen no more leaves after a beat, so that a short doubt
/// moves no shard. An agent that finds another one under its node's name takes no part until that one is gone. What is
/// asked of the cluster is answered in <c>.Queries</c>.
/// </remarks>
public sealed partial class ClusterActor : UntypedActor, IWithTimers
{
    /// <summary>The name below <c>/user</c>.</summary>
    public const string Name = "cluster";

    private const int BeatsToExpire = 3;
    private const int EmptyLooksBeforeDoubt = 2;

    private readonly ClusterPorts _ports;
    private readonly ActorCluster _cluster = ActorCluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PresenceView _view;
    private readonly long _origin;
    private ImmutableSortedSet<string> _chosen = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private NodePresence _self;
    private Lease? _lease;
    private TimeSpan? _unchosenSince;
    private string? _problem;
    private string? _showError;
    private string? _seeError;
    private int _emptyLooks;
    private bool _joined;
    private bool _stopping;
    private bool _taking;
    private bool _listing;
    private bool _overdue;

    /// <summary>The part of a node.</summary>
    public ClusterActor(ClusterPorts ports)
    {
        (_ports, _self, _origin) = (ports, ports.Self, ports.Time.GetTimestamp());
        _view = new PresenceView(ports.Beat * BeatsToExpire);
        _joined = _cluster.SelfMember.Status is not MemberStatus.Removed;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Why the datastore cannot be written, or else not read: it may be the one and not the other.</summary>
    private string? StoreError => _showError ?? _seeError;

    private TimeSpan Now => _ports.Time.GetElapsedTime(_origin);

    private bool IsWilling => _self.IsWilling && _problem is null && !_stopping;

    /// <summary>Starts the actor. Before the system ends it says that the node goes.</summary>
    public static IActorRef Start(ActorSystem system, ClusterPorts ports)
    {
        ArgumentNullException.ThrowIfNull(system);
        var actor = system.ActorOf(Props.Create(() => new ClusterActor(ports)), Name);
        CoordinatedShutdown.Get(system).AddTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown, "give-presence-back",
            () => actor.Ask<Done>(ClusterProtocol.Stop.Instance));
        return actor;
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("beat", ClusterProtocol.Beat.Instance, _ports.Beat);
        _cluster.Subscribe(Self, typeof(ClusterEvent.MemberUp));
        OnBeat();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterProtocol.Beat: OnBeat(); break;
            case ClusterProtocol.PresenceTaken(var result): OnTaken(result); break;
            case ClusterProtocol.PresenceListed listed: OnListed(listed); break;
            case ClusterProtocol.PresenceNotTaken(var cause):
                OnFailed(() => (_taking, _showError) = (false, cause.Message));
                break;
            case ClusterProtocol.PresenceNotListed(var cause):
                OnFailed(() => (_listing, _seeError) = (false, cause.Message));
                break;
            // Where a new member is reached stands in its presence.
            case ClusterEvent.MemberUp: List(); break;
            case ClusterEvent.CurrentClusterState: break;
            case ClusterProtocol.Stop: OnStop(); break;
            case ClusterProtocol.Leave leave: OnLeave(leave); break;
            case ClusterProtocol.Down(var node): OnDown(node); break;
            case ClusterProtocol.ListRegions: TellRegions(Sender); break;
            case ClusterProtocol.GetRegionStats(var region): TellRegionStats(region, Sender); break;
            case ClusterProtocol.GetView or Describe: Sender.Tell(View(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnBeat()
    {
        if (_stopping) return;
        // What was asked a beat ago and is not answered is lost; should it be answered after all, that does no harm.
        if (_overdue) _taking = _listing = false;
        _overdue = _taking || _listing;
        if (!_taking) Take(_lease is null ? _view.ExpiredVersion(_self.Node) : null);
        List();
    }

    private void Take(long? overtaking)
    {
        _taking = true;
        var taken = _lease is { } held && held.Holder == _self.Holder
            ? _ports.Leases.RenewAsync(held)
            : _ports.Leases.AcquireAsync(
                _self.Lease, _self.Holder, _ports.Beat * BeatsToExpire, overtaking ?? _lease?.Version);
        taken.PipeTo(
            Self, Self, result => new ClusterProtocol.PresenceTaken(result),
            cause => new ClusterProtocol.PresenceNotTaken(cause));
    }

    private void OnTaken(LeaseResult result)
    {
        _taking = false;
        OnAnswer(() => _showError = null);
        switch (result)
        {
            case LeaseResult.Held(var lease):
                _lease = lease;
                if (_problem is not null) _log.Info("node {0} takes part in the cluster again", _self.Node);
                _problem = null;
                break;
            case LeaseResult.HeldBy(var lease):
                _lease = null;
                // An earlier run of this very agent said something else of itself.
                if (NodePresence.Read(lease.Name, lease.Holder)?.Agent == _self.Agent) Take(lease.Version);
                break;
            case LeaseResult.Lost:
                _lease = null;
                Take(null);
                break;
        }
    }

    private void List()
    {
        if (_listing || _stopping) return;
        _listing = true;
        var asked = Now;
        _ports.Leases.ListAsync(NodePresence.LeasePrefix).PipeTo(
            Self, Self, leases => new ClusterProtocol.PresenceListed(asked, leases),
            cause => new ClusterProtocol.PresenceNotListed(cause));
    }

    private void OnListed(ClusterProtocol.PresenceListed listed)
    {
        _listing = false;
        OnAnswer(() => _seeError = null);
        _view.Take(listed.Leases.Select(lease => (lease.Name, lease.Holder, lease.Version)), listed.Asked);
        _ports.Directory.Set(_view.Nodes.ToImmutableSortedDictionary(
            node => node.Presence.Node, node => node.Presence.Endpoint, StringComparer.Ordinal));
        CheckName();
        Choose();
    }

    private void CheckName()
    {
        if (_view.Nodes.FirstOrDefault(node => node.Presence.Node == _self.Node) is not { IsProved: true } own
            || own.Presence.Agent == _self.Agent) return;
        var problem = $"another agent runs as node {_self.Node}, at {own.Presence.Endpoint}: this one takes no part in "
            + "the cluster. Give one of the two another nodeName (NODENAME), or stop it";
        if (_problem is null) _log.Error("{0}", problem);
        _problem = problem;
    }

    private void Choose()
    {
        // This node knows of itself that it is ready, whatever has become of its lease.
        var others = _view.Nodes.Where(node => node.Presence.Node != _self.Node);
        KnownNode[] self = IsWilling ? [new KnownNode(_self, true, true)] : [];
        _emptyLooks = _cluster.State.Members.Count == 0 ? _emptyLooks + 1 : 0;
        var chosen = CoordinatorChoice.Choose(
            _ports.Cluster, _ports.Coordinators, others.Concat(self), _emptyLooks > EmptyLooksBeforeDoubt);
        if (!chosen.SetEquals(_chosen))
            _log.Info("coordinators of cluster {0} should be: {1}", _ports.Cluster,
                chosen.IsEmpty ? "none, as no node is willing and ready" : string.Join(", ", chosen));
        _chosen = chosen;
        if (_chosen.Contains(_self.Node)) Join();
        else if (_problem is not null || _stopping || !_self.IsWilling || HasBeenUnchosen()) LeaveMembers();
    }

    private bool HasBeenUnchosen() => Now - (_unchosenSince ??= Now) >= _ports.Beat;

    private void Join()
    {
        _unchosenSince = null;
        if (_joined) return;
        _joined = true;
        _log.Info("node {0} becomes a coordinator", _self.Node);
        _cluster.Join(_cluster.SelfAddress);
    }

    private void LeaveMembers()
    {
        if (!_joined) return;
        _joined = false;
        _log.Info("node {0} is a coordinator no more: it hands its shards over", _self.Node);
        _cluster.Leave(_cluster.SelfAddress);
    }

    private void OnFailed(Action note)
    {
        var before = StoreError;
        note();
        if (StoreError is { } error && error != before)
            _log.Warning("the presence of node {0} cannot be shown, nor that of others seen: {1}; trying again every "
                + "{2} s: see to the datastore", _self.Node, error, _ports.Beat.TotalSeconds);
    }

    private void OnAnswer(Action note)
    {
        var before = StoreError;
        note();
        if (before is not null && StoreError is null)
            _log.Info("the leases of the datastore can be read and written again");
    }

    private void OnStop()
    {
        _stopping = true;
        Timers.Cancel("beat");
        if (_lease is null)
        {
            Sender.Tell(Done.Instance, Self);
            return;
        }

        var (asker, self) = (Sender, Self);
        _ports.Leases.ReleaseAsync(_lease).PipeTo(
            asker, self, () => Done.Instance, cause => new Status.Failure(cause));
    }
}
