using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cluster;

/// <summary>One node's part in the membership: holds its lease, watches those of others, takes over those that were
/// left to expire, and tells subscribers and regions what it sees.</summary>
/// <remarks>
/// This file is the life of the membership and what is told of it; <c>.Lease</c> is the work with the store. A node
/// that has lost its lease comes back by itself, as another incarnation. Of the store's failures the first is logged,
/// and the recovery. A node that is no member looks too, less often, as long as somebody here wants to know: so that
/// its regions find the owners. Whoever comes or goes has the others look at once.
/// </remarks>
internal sealed partial class ClusterDaemon(Cluster cluster) : UntypedActor, IWithTimers
{
    private enum Phase
    {
        Out,
        Joining,
        Up,
        Leaving,
    }

    private readonly ClusterSubscriptions _subscriptions = cluster.Subscriptions;
    private readonly MembershipView _view = new(cluster.Setup.TimeToLive);
    private readonly List<IActorRef> _joining = [];
    private readonly List<IActorRef> _leaving = [];
    private readonly HashSet<IActorRef> _toHandOver = [];
    private readonly HashSet<Address> _told = [];
    private Phase _phase;
    private TimeSpan _upSince;
    private ImmutableArray<KnownMember> _known = [];

    public ITimerScheduler Timers { get; set; } = null!;

    private UniqueAddress SelfUnique => new(cluster.SelfAddress, _uid);

    private ILoggingAdapter Log => cluster.System.Log;

    protected override void PreStart()
    {
        // After a failure of this actor, too: whoever was to be a member is to be one again.
        if (cluster.WantsMembership)
            Join();
        else
            Observe();
    }

    protected override void PostStop() => cluster.Tenure.End();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterMessages.Tick: Look(); break;
            case ClusterMessages.Refresh: List(); break;
            case ClusterMessages.Acquired acquired: OnAcquired(acquired); break;
            case ClusterMessages.Renewed renewed: OnRenewed(renewed); break;
            case ClusterMessages.Listed listed: OnListed(listed); break;
            case ClusterMessages.TookOver took: OnTookOver(took); break;
            case ClusterMessages.Released released: OnReleased(released); break;
            case ClusterMessages.Join: OnJoin(); break;
            case ClusterMessages.Leave: OnLeave(); break;
            case ClusterMessages.HandedOver: OnHandedOver(Sender); break;
            case ClusterMessages.RegisterRegion(var region): OnRegisterRegion(region); break;
            case ClusterMessages.RunAt at: OnRunAt(at); break;
            case ClusterMessages.Subscribe subscribe: OnSubscribe(subscribe); break;
            case ClusterMessages.Unsubscribe unsubscribe:
                _subscriptions.Remove(unsubscribe.Subscriber, unsubscribe.To);
                break;
            case ClusterMessages.SendState(var receiver): receiver.Tell(cluster.State, Self); break;
            case Terminated ended: OnTerminated(ended.ActorRef); break;
            default: Unhandled(message); break;
        }
    }

    private void OnJoin()
    {
        if (_phase is Phase.Up)
            Sender.Tell(Done.Instance, Self);
        else
            _joining.Add(Sender);
        Join();
    }

    private void Join()
    {
        cluster.WantsMembership = true;
        if (_phase is not Phase.Out)
            return;
        _phase = Phase.Joining;
        Publish();
        Timers.StartPeriodicTimer("tick", new ClusterMessages.Tick(),
            cluster.Setup.HoldsLease ? cluster.Setup.TimeToLive / 3 : cluster.Setup.ObserveInterval);
        Look();
    }

    /// <summary>Looks now and then, where somebody here wants to know and the node is no member.</summary>
    private void Observe()
    {
        if (_phase is not Phase.Out || _subscriptions.IsEmpty || Timers.IsTimerActive("tick"))
            return;
        Timers.StartPeriodicTimer("tick", new ClusterMessages.Tick(), cluster.Setup.ObserveInterval);
        Look();
    }

    private void GoUp()
    {
        _phase = Phase.Up;
        _told.Clear();
        _upSince = cluster.Now;
        Publish();
        foreach (var waiting in _joining)
            waiting.Tell(Done.Instance, Self);
        _joining.Clear();
        _subscriptions.Run(MemberStatus.Up, Log);
        List();
    }

    private void OnLeave()
    {
        if (_phase is Phase.Out)
        {
            Sender.Tell(Done.Instance, Self);
            return;
        }

        _leaving.Add(Sender);
        cluster.WantsMembership = false;
        if (_phase is Phase.Leaving)
            return;
        _phase = Phase.Leaving;
        Publish();
        foreach (var region in _subscriptions.Regions)
        {
            _toHandOver.Add(region);
            region.Tell(new ClusterMessages.HandOver(), Self);
        }

        if (_toHandOver.Count == 0)
            Release();
    }

    private void OnHandedOver(IActorRef region)
    {
        if (_toHandOver.Remove(region) && _toHandOver.Count == 0 && _phase is Phase.Leaving)
            Release();
    }

    private void GoOut()
    {
        _phase = Phase.Out;
        _uid = 0;
        _failing &= ~StoreWays.Writes;                      // who is out writes nothing that could show it
        Timers.Cancel("tick");
        Publish();
        foreach (var waiting in _leaving)
            waiting.Tell(Done.Instance, Self);
        _leaving.Clear();
        _subscriptions.Run(MemberStatus.Removed, Log);
        Log.Info("Cluster: this node has left");
        if (cluster.WantsMembership)
            Join();
        else
            Observe();
    }

    private void OnRegisterRegion(IActorRef region)
    {
        if (!_subscriptions.Regions.Contains(region))
            _subscriptions.Regions.Add(region);
        Context.Watch(region);
        region.Tell(View(), Self);
        Observe();
    }

    private void OnRunAt(ClusterMessages.RunAt at)
    {
        _subscriptions.Add(at);
        if (at.Status is MemberStatus.Up ? _phase is Phase.Up : _phase is Phase.Out && cluster.HasLeft)
            _subscriptions.Run(at.Status, Log);
    }

    private void OnSubscribe(ClusterMessages.Subscribe subscribe)
    {
        Context.Watch(subscribe.Subscriber);
        _subscriptions.Add(subscribe);
        Observe();
        if (subscribe.Mode is ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot)
        {
            subscribe.Subscriber.Tell(cluster.State, Self);
            return;
        }

        foreach (var change in MembershipChanges.Between([], _known, _view))
        {
            if (ClusterSubscriptions.Matches(subscribe.To, change))
                subscribe.Subscriber.Tell(change, Self);
        }
    }

    private void OnTerminated(IActorRef ended)
    {
        _subscriptions.Remove(ended, null);
        if (_subscriptions.Regions.Remove(ended))
            OnHandedOver(ended);
    }

    // A node that is told to leave while it joins was no member.
    private bool IsMember => _phase is Phase.Up || (_phase is Phase.Leaving && _uid != 0);

    private ClusterView View() => new(_known, _phase is Phase.Up && cluster.Setup.HoldsLease ? _uid : 0);

    /// <summary>Compares what is known with what was told, and tells the difference.</summary>
    private void Publish()
    {
        var before = (_known, cluster.SelfMember.Status);
        var others = _view.Others(cluster.SelfAddress);
        var self = new Member(SelfUnique, StatusOf(_phase), cluster.Setup.Roles);
        _known = IsMember
            ? [.. others.Append(new KnownMember(self, _upSince, false)).OrderBy(k => k.Member)]
            : [.. others];
        var changes = MembershipChanges.Between(before._known, _known, _view);
        cluster.Show(self, MembershipChanges.State(_known));
        foreach (var change in changes)
        {
            if (change is not ClusterEvent.LeaderChanged)
                Log.Info("Cluster: {0}", change);
            _subscriptions.Publish(change, Self);
        }

        if (changes.Count == 0 && before.Status == self.Status)
            return;
        foreach (var region in _subscriptions.Regions)
            region.Tell(View(), Self);
    }

    private static MemberStatus StatusOf(Phase phase) => phase switch
    {
        Phase.Joining => MemberStatus.Joining,
        Phase.Up => MemberStatus.Up,
        Phase.Leaving => MemberStatus.Leaving,
        _ => MemberStatus.Removed,
    };
}
