using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Actors.Routing;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>The node's RIB: takes news of peers and whole sets of the planner, tells the programmer and the peers what
/// came of it.</summary>
/// <remarks>
/// Inputs only mark prefixes. After the first input the actor sends itself a <c>Flush</c>, which stands in the mailbox
/// behind everything that was queued by then: so a burst is decided once, and peers that keep the mailbox full cannot
/// put the flush off. Routes that come to an idle RIB are passed on at once, the first of them. Work is done in slices,
/// so that the loss of a large peer does not hold up the others.
/// </remarks>
public sealed partial class RibActor : UntypedActor, IWithTimers, IWithStash
{
    /// <summary>How long stale routes of an earlier run are kept for peers that do not come back, or longer where a
    /// peer keeps ours longer.</summary>
    public static readonly TimeSpan RestartDeadline = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan ListingTime = TimeSpan.FromSeconds(10);

    private const int DecisionsPerSlice = 20_000;
    private const int DecisionsAtOnce = 500;
    private const int RoutesPerDump = 50_000;

    private readonly Rib _rib = new();
    private readonly SortedDictionary<string, (IActorRef Ref, int Incarnation)> _peers = new(StringComparer.Ordinal);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private RibPolicy? _policy;
    private RibProtocol.SetServices? _services;
    private ImmutableArray<LocalRoute>? _blocks;
    private readonly List<IActorRef> _settling = [];
    private ImmutableArray<LocalRoute> _workloads = [];
    private IActorRef _programmer = ActorRefs.Nobody;
    private IActorRef _peerSet = ActorRefs.Nobody;
    private bool _flushQueued;
    private bool _isIdle;
    private bool _restartTold;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of an empty RIB; the route programmer and the peer set introduce themselves.</summary>
    public static Props For() => Props.Create(() => new RibActor());

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (PutOff(message)) return;
        switch (message)
        {
            case RibProtocol.Updates updates: OnUpdates(updates); break;
            case RibProtocol.Flush:
                _flushQueued = false;
                Flush(DecisionsPerSlice);
                _isIdle = !_flushQueued;
                return;
            case RibProtocol.Freeze: Become(Frozen); return;
            case RibProtocol.PeerUp up: OnPeerUp(up); break;
            case RibProtocol.PeerDown down: OnPeerDown(down); break;
            case RibProtocol.RefreshRequested refresh:
                if (IsCurrent(refresh.Peer, refresh.Incarnation)) _rib.RefreshRequested(refresh.Peer, refresh.Family);
                Sender.Tell(PeerProtocol.Credit.Instance, Self);
                break;
            case RibProtocol.RefreshBegun refresh:
                if (IsCurrent(refresh.Peer, refresh.Incarnation)) _rib.RefreshBegun(refresh.Peer, refresh.Family);
                Sender.Tell(PeerProtocol.Credit.Instance, Self);
                break;
            case RibProtocol.RefreshEnded refresh:
                if (IsCurrent(refresh.Peer, refresh.Incarnation)) OnRefreshEnded(refresh);
                Sender.Tell(PeerProtocol.Credit.Instance, Self);
                break;
            case RibProtocol.SetPolicy set:
                _policy = set.Policy;
                SetPolicy();
                break;
            case RibProtocol.SetServices set:
                _services = set;
                SetPolicy();
                SetOriginated();
                break;
            case RibProtocol.SetBlocks set:
                _blocks = set.Routes;
                SetOriginated();
                break;
            case RibProtocol.SetWorkloads set:
                _workloads = set.Routes;
                SetOriginated();
                break;
            case RibProtocol.Sent sent:
                if (IsCurrent(sent.Peer, sent.Incarnation)) _rib.Sent(sent.Peer, sent.Bytes);
                break;
            case RibProtocol.IntervalOver(var peer, var incarnation):
                if (_peers.TryGetValue(peer, out var paced) && paced.Incarnation == incarnation) _rib.Resume(peer);
                break;
            case RibProtocol.Settle: _settling.Add(Sender); break;
            case RibProtocol.SetPeerPolicy set:
                _rib.SetPeerPolicy(set.Peer, set.Policy);
                HeedLimits();
                break;
            case RibProtocol.SetConnected set: OnConnected(set.Connected); break;
            case RibProtocol.BeginRestart begin: OnBeginRestart(begin); break;
            case RibProtocol.StaleExpired expired: OnStaleExpired(expired); break;
            case RibProtocol.LongLivedExpired(var peer, var family): _rib.LongLivedExpired(peer, family); break;
            case RibProtocol.RestartExpired: _rib.EndRestart(); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case RibProtocol.Resend(var peer):
                foreach (var family in (ReadOnlySpan<IpFamily>)[IpFamily.V4, IpFamily.V6])
                    _rib.RefreshRequested(peer, family);
                Sender.Tell(Done.Instance, Self);
                break;
            case RibProtocol.EndListings: _rib.EndListings(); return;
            default:
                if (Answer(message) is { } answer) Sender.Tell(answer, Self);
                else Unhandled(message);
                if (_rib.HasListings)
                    Timers.StartSingleTimer("listings", RibProtocol.EndListings.Instance, ListingTime);
                return;
        }

        QueueFlush();
    }

    private void Frozen(object message)
    {
        if (message is RibProtocol.Updates updates) updates.Batch.Dispose();
        else if (Answer(message) is { } answer) Sender.Tell(answer, Self);
    }

    private void OnUpdates(RibProtocol.Updates updates)
    {
        using (updates.Batch)
            if (IsCurrent(updates.Peer, updates.Incarnation)) _rib.Apply(updates.Peer, updates.Batch);
        HeedLimits();
        Sender.Tell(PeerProtocol.Credit.Instance, Self);
        if (!_isIdle) return;
        _isIdle = false;
        Flush(DecisionsAtOnce);
    }

    private void OnPeerUp(RibProtocol.PeerUp up)
    {
        if (_peers.TryGetValue(up.Spec.Name, out var before) && !before.Ref.Equals(Sender)) Context.Unwatch(before.Ref);
        _peers[up.Spec.Name] = (Sender, up.Incarnation);
        Context.Watch(Sender);
        _rib.PeerUp(up.Spec, up.Terms);

        // It is back, and has as long as this to tell its routes again.
        if (Timers.IsTimerActive(up.Spec.Name))
            Timers.StartSingleTimer(up.Spec.Name, new RibProtocol.StaleExpired(up.Spec.Name, []), RestartDeadline);
    }

    /// <summary>The restart time is over: long-lived families go on from here (RFC 9494 §4.2).</summary>
    private void OnStaleExpired(RibProtocol.StaleExpired expired)
    {
        _rib.StaleExpired(expired.Peer, [.. expired.LongLived.Select(stale => stale.Family)]);
        foreach (var stale in expired.LongLived)
        {
            _log.Info("routes of {0} ({1}) are kept for {2} as the least preferred ones", expired.Peer, stale.Family,
                stale.StaleTime);
            Timers.StartSingleTimer((expired.Peer, stale.Family),
                new RibProtocol.LongLivedExpired(expired.Peer, stale.Family), stale.StaleTime);
        }
    }

    private void HeedLimits()
    {
        // An array's enumerator by its interface is compiled when it is first used: not in front of the first route.
        if (_rib.TakePrefixLimits() is not { Count: > 0 } news) return;
        foreach (var (name, family, limit, exceeded) in news)
        {
            if (!_peers.TryGetValue(name, out var peer)) continue;
            if (exceeded)
                peer.Ref.Tell(new PeerProtocol.PrefixLimitExceeded(peer.Incarnation, family, limit), Self);
            else
                _log.Warning("{0} has announced {1} % of the {2} prefixes of {3} that it may", name,
                    limit.WarningPercent, limit.Most, family);
        }
    }

    private void OnPeerDown(RibProtocol.PeerDown down)
    {
        if (!IsCurrent(down.Peer, down.Incarnation)) return;
        _peers.Remove(down.Peer);
        Context.Unwatch(Sender);
        _rib.PeerDown(down.Peer, down.KeepFor is not null);
        if (down.KeepFor is { } time)
            Timers.StartSingleTimer(down.Peer, new RibProtocol.StaleExpired(down.Peer, down.LongLived), time);
    }

    /// <summary>A peer's actor that dies without a word takes its session with it.</summary>
    private void OnTerminated(IActorRef actor)
    {
        foreach (var (name, peer) in _peers)
        {
            if (!peer.Ref.Equals(actor)) continue;
            _peers.Remove(name);
            _rib.PeerDown(name, keepStale: false);
            return;
        }
    }

    private void OnConnected(ConnectedState connected)
    {
        if (!Sender.Equals(_programmer))
        {
            _programmer = Sender;
            _restartTold = false;
        }

        _rib.SetConnected(connected);
    }

    private void OnBeginRestart(RibProtocol.BeginRestart begin)
    {
        _peerSet = Sender;
        _rib.BeginRestart(begin.Expected);
        if (_rib.RestartComplete) return;
        var deadline = begin.LongestRestartTime > RestartDeadline ? begin.LongestRestartTime : RestartDeadline;
        Timers.StartSingleTimer("restart", RibProtocol.RestartExpired.Instance, deadline);
    }

    private void SetPolicy()
    {
        if (_policy is not { } policy || _services is not { } services) return;
        _rib.SetPolicy(policy with
        {
            ServicePrefixes = services.Prefixes,
            KernelRejects = services.KernelRejects,
            ReflectorServices = services.ReflectorServices,
        });
    }

    private void SetOriginated()
    {
        if (_blocks is not { } blocks || _services is not { } services) return;
        _rib.SetOriginated(
            [.. blocks, .. services.Prefixes.Select(prefix => new LocalRoute(prefix, LocalRouteKind.Service)),
                .. _workloads]);
    }

    private bool IsCurrent(string peer, int incarnation) =>
        _peers.TryGetValue(peer, out var current) && current.Incarnation == incarnation && current.Ref.Equals(Sender);

    private void QueueFlush()
    {
        if (_flushQueued) return;
        _flushQueued = true;
        Self.Tell(RibProtocol.Flush.Instance, ActorRefs.NoSender);
    }

    private void Flush(int decisions)
    {
        // Nothing is told before policy, blocks and services are all known: a first advertisement without them would be
        // taken back.
        if (_policy is null || _blocks is null || _services is null) return;
        _rib.Work(decisions);
        GoOnWithSwept();
        // Before the programmer has introduced itself there is nobody to tell: the RIB keeps the changes.
        while (!_programmer.IsNobody() && RouteProtocol.Merge.TakeFrom(_rib) is { } merge)
            _programmer.Tell(merge, Self);
        foreach (var output in _rib.TakeOutput(RoutesPerDump))
            if (_peers.TryGetValue(output.Peer, out var peer)) Transmit(output, peer.Ref, peer.Incarnation);

        TellRestartComplete();
        TellSettled();
        if (_rib.HasWork || _rib.HasOutput) QueueFlush();
    }

    private void Transmit(PeerOutput output, IActorRef peer, int incarnation)
    {
        peer.Tell(new PeerProtocol.Transmit(incarnation, output.Buffers) { IsHeldBack = output.IsHeldBack }, Self);
        if (output.Interval is not { } interval) return;
        _rib.Pause(output.Peer);
        Timers.StartSingleTimer(
            ("interval", output.Peer), new RibProtocol.IntervalOver(output.Peer, incarnation), interval);
    }

    private void TellRestartComplete()
    {
        if (_restartTold || _peerSet.IsNobody() || _programmer.IsNobody() || !_rib.RestartComplete || _rib.HasWork)
            return;
        _restartTold = true;
        Timers.Cancel("restart");
        _log.Debug("every expected peer has told its routes");
        _programmer.Tell(RouteProtocol.RestartComplete.Instance, Self);
        _peerSet.Tell(PeerSetProtocol.RestartComplete.Instance, Self);
    }

    private void TellSettled()
    {
        if (_settling.Count == 0 || _programmer.IsNobody() || _rib.HasWork) return;
        foreach (var asking in _settling) _programmer.Tell(RouteProtocol.Settle.Instance, asking);
        _settling.Clear();
    }

    /// <summary>Inspection, which changes nothing; null for what is no question.</summary>
    private object? Answer(object message) => message switch
    {
        RibProtocol.GetRoutes(null) => new RibProtocol.Routes(_rib.Routes()),
        RibProtocol.GetRoutes({ } prefix) => new RibProtocol.Routes(_rib.Route(prefix) is { } route ? [route] : []),
        RibProtocol.GetRoutePage(var range) => _rib.Routes(range),
        RibProtocol.GetReceived(var peer, var range) => _rib.Received(peer, range),
        RibProtocol.GetAdvertised(var peer, var range) => _rib.Advertised(peer, range),
        RibProtocol.Lookup(var address) => new RibProtocol.Routes(_rib.Lookup(address) is { } route ? [route] : []),
        RibProtocol.GetCounts => new RibProtocol.Counts(_rib.Counts()),
        RibProtocol.Explain(var prefix) => new RibProtocol.Explanation(_rib.Explain(prefix)),
        Describe => Description(),
        _ => null,
    };

    private RibProtocol.Description Description() =>
        new(_rib.PrefixCount, _rib.PathCount, [.. _peers.Keys], _rib.RestartComplete);
}
