using System.Buffers;
using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Routing;

/// <summary>The node's kernel routes: keeps what the RIB and the workloads want equal to what the kernel has.</summary>
/// <remarks>
/// One <see cref="DeltaTracker{TKey, TValue}"/> holds both sides. While the <see cref="RouteWriterActor"/> has one
/// batch in the kernel the next one waits for it; a change counts as done when its batch is handed over, and as not
/// done again when it failed. A kernel event (somebody deleted a route, a link came up) changes the actual side and so
/// starts the next batch; a full dump follows an overrun, a lost link, a failure, and every
/// <see cref="ResyncInterval"/>, never beside a batch. After a start the
/// kernel's routes are left alone until the RIB says that the restart is complete: only what is missing is added (RFC
/// 4724 §4.1). Routes survive the actor: stopping deletes nothing.
/// </remarks>
public sealed class RouteProgrammerActor : UntypedActor, IWithTimers
{
    /// <summary>How often the kernel is compared as a whole, whatever the events said (spec calico-bgp 9.4).</summary>
    public static readonly TimeSpan ResyncInterval = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private const int MostInBatch = 2_000;
    private const int MostBatches = 2;

    private readonly IKernel _kernel;
    private readonly IActorRef _rib;
    private readonly IActorRef _peers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly DeltaTracker<RouteKey, RouteForm> _routes = new();
    private readonly IActorRef _writer;
    private readonly RouteForms _forms = new();
    private readonly KernelView _view = new();
    private readonly List<KernelNews> _newsDuringDump = [];
    private readonly List<IActorRef> _settling = [];
    private readonly Dictionary<IpPrefix, uint> _metrics = [];
    private RouteProtocol.SetOptions _options = RouteProtocol.SetOptions.None;
    private ImmutableArray<RouteProtocol.PodRoute> _pods = [];
    private ImmutableArray<string> _failures = [];
    private ConnectedState? _connected;
    private IDisposable? _watch;
    private bool _restarting = true;
    private bool _synced;
    private bool _dumping;
    private bool _dumpWanted;
    private int _underWay;

    /// <summary>A programmer of this kernel.</summary>
    public RouteProgrammerActor(IKernel kernel, IActorRef rib, IActorRef peers)
    {
        (_kernel, _rib, _peers) = (kernel, rib, peers);
        _writer = Context.ActorOf(RouteWriterActor.For(kernel), "writer");
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a programmer.</summary>
    /// <param name="kernel">The kernel whose main table it keeps.</param>
    /// <param name="rib">Who is told what next hops can be resolved against.</param>
    /// <param name="peers">Who is told, once, that the kernel is known.</param>
    public static Props For(IKernel kernel, IActorRef rib, IActorRef peers) =>
        Props.Create(() => new RouteProgrammerActor(kernel, rib, peers));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var self = Self;
        _watch = _kernel.Watch(news => self.Tell(new RouteProtocol.News(news), ActorRefs.NoSender));
        Timers.StartPeriodicTimer("resync", RouteProtocol.Resync.Instance, ResyncInterval);
        Dump();
    }

    /// <inheritdoc/>
    protected override void PostStop() => _watch?.Dispose();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteProtocol.Merge merge: OnMerge(merge); break;
            case RouteProtocol.SetPods pods: OnPods(pods.Pods); break;
            case RouteProtocol.SetOptions options: OnOptions(options); break;
            case RouteProtocol.RestartComplete: OnRestartComplete(); break;
            case RouteProtocol.Settle: _settling.Add(Sender); break;
            case RouteProtocol.News news: OnNews(news.What); break;
            case RouteProtocol.Dumped dumped: OnDumped(dumped); break;
            case RouteProtocol.Applied applied: OnApplied(applied); break;
            case RouteProtocol.DumpFailed failed: OnDumpFailed(failed); break;
            case RouteProtocol.ApplyFailed failed: OnApplyFailed(failed); break;
            case RouteProtocol.Resync: Dump(); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }

        TellSettled();
    }

    private void TellSettled()
    {
        if (_settling.Count == 0 || !_synced || _dumping || _dumpWanted || _underWay > 0) return;
        foreach (var asking in _settling) asking.Tell(RouteProtocol.Settled.Instance, Self);
        _settling.Clear();
    }

    private void OnMerge(RouteProtocol.Merge merge)
    {
        using (merge)
            foreach (ref readonly var change in merge.Changes) Desire(change.Prefix, change.Route);
        Apply();
    }

    private void OnPods(ImmutableArray<RouteProtocol.PodRoute> pods)
    {
        foreach (var pod in _pods) _routes.RemoveDesired(RouteTo(pod, 0).Key);
        _pods = pods;
        DesirePods();
        Apply();
    }

    private void OnOptions(RouteProtocol.SetOptions options)
    {
        foreach (var pod in _pods) _routes.RemoveDesired(RouteTo(pod, 0).Key);
        _options = options;
        _view.Ignore(options.IgnoredInterfaces);
        TellConnected();
        OnPods(_pods);
    }

    private KernelRoute RouteTo(RouteProtocol.PodRoute pod, int link) => (KernelRoute.ToPod(pod.Address, link) with
    {
        Priority = _options.PodMetric(pod.Address.Family),
    }).AsInstalled();

    private void OnRestartComplete()
    {
        if (!_restarting) return;
        _restarting = false;
        _log.Info("restart complete: routes that nobody announces any more are removed");
        Apply();
    }

    private void OnNews(KernelNews news)
    {
        if (_dumping) _newsDuringDump.Add(news);
        switch (news)
        {
            case KernelNews.RouteChanged(var route): Found(route); break;
            case KernelNews.RouteDeleted(var route): Lost(route); break;
            case KernelNews.LinkChanged(var link):
                if (_view.LosesCarrier(link)) Dump();
                _view.Set(link);
                if (!link.IsUp) LoseRoutesOf(link);
                DesirePods();
                break;
            case KernelNews.LinkDeleted(var link):
                LoseRoutesOf(link);
                _view.Remove(link);
                DesirePods();
                break;
            case KernelNews.AddressAdded(var address): _view.Set(address); break;
            case KernelNews.AddressDeleted(var address):
                _view.Remove(address);
                Dump();
                break;
            case KernelNews.NextHopDeleted:
                _log.Warning("somebody deleted a next hop of our routes, and so the routes; comparing everything");
                Dump();
                break;
            case KernelNews.Overrun:
                _log.Warning("the kernel reported changes faster than they were read; comparing everything");
                Dump();
                break;
        }

        TellConnected();
        Apply();
    }

    /// <summary>Linux does not report the routes that go with their link: they are struck off here, and a dump has the
    /// last word.</summary>
    private void LoseRoutesOf(KernelLink link)
    {
        RouteKey[] lost =
            [.. _routes.Actual.Where(route => route.Value.NextHops.Any(hop => hop.Interface == link.Index))
                .Select(route => route.Key)];
        foreach (var key in lost) _routes.RemoveActual(key);
        if (!link.Name.StartsWith(RouteOwner.InterfacePrefix, StringComparison.Ordinal)) Dump();
    }

    private void Found(KernelRoute route)
    {
        if (_view.OwnerOf(route) == RouteOwnership.Foreign)
        {
            _view.SetForeign(route);
            _routes.RemoveActual(route.Key);
        }
        else
        {
            _view.RemoveForeign(route.Key);
            _routes.SetActual(route.Key, _forms.Of(route));
        }
    }

    private void Lost(KernelRoute route)
    {
        if (_view.OwnerOf(route) == RouteOwnership.Foreign) _view.RemoveForeign(route.Key);
        else _routes.RemoveActual(route.Key);
    }

    private void Dump()
    {
        _dumpWanted = true;
        if (_dumping || _underWay > 0) return;
        _dumpWanted = false;
        _dumping = true;
        _newsDuringDump.Clear();
        DumpAllAsync(_kernel)
            .PipeTo(Self, success: dumped => dumped, failure: cause => new RouteProtocol.DumpFailed(cause));
    }

    private static async Task<RouteProtocol.Dumped> DumpAllAsync(IKernel kernel) =>
        new(await kernel.DumpRoutesAsync(), await kernel.DumpLinksAsync(), await kernel.DumpAddressesAsync());

    private void OnDumped(RouteProtocol.Dumped dumped)
    {
        _dumping = false;
        _view.Replace(dumped.Links, dumped.Addresses);
        var ours = new List<KeyValuePair<RouteKey, RouteForm>>();
        foreach (var route in dumped.Routes)
        {
            if (_view.OwnerOf(route) == RouteOwnership.Foreign) _view.SetForeign(route);
            else ours.Add(new(route.Key, _forms.Of(route)));
        }

        _routes.ReplaceActual(ours);
        _failures = [];
        KernelNews[] missed = [.. _newsDuringDump];
        foreach (var news in missed) OnNews(news);
        DesirePods();
        if (!_synced)
        {
            _synced = true;
            _peers.Tell(new PeerSetProtocol.KernelReady(
                ours.Exists(route => route.Value.Protocol == RouteOwner.BgpProtocol)), Self);
        }

        TellConnected();
        if (_dumpWanted) Dump();
        Apply();
    }

    private void OnDumpFailed(RouteProtocol.DumpFailed failed)
    {
        _dumping = false;
        _log.Error(failed.Cause, "the kernel's routes cannot be read; trying again in {0} s",
            RetryInterval.TotalSeconds);
        Timers.StartSingleTimer("dump", RouteProtocol.Resync.Instance, RetryInterval);
    }

    private void Desire(IpPrefix prefix, in RibRoute route)
    {
        ForgetMetric(prefix, route.Metric);
        var key = RouteKey.AsInstalled(prefix, route.Metric);
        if (route.Kind == RibRouteKind.None) _routes.RemoveDesired(key);
        else _routes.SetDesired(key, _forms.Of(route));
    }

    /// <summary>A route of another metric is another route to the kernel: the one before goes.</summary>
    private void ForgetMetric(IpPrefix prefix, uint metric)
    {
        var before = _metrics.GetValueOrDefault(prefix);
        if (before == metric) return;
        _routes.RemoveDesired(RouteKey.AsInstalled(prefix, before));
        if (metric == 0) _metrics.Remove(prefix);
        else _metrics[prefix] = metric;
    }

    /// <summary>A pod's route is wanted as soon as its link is there; until then its wiring is under way or its pod is
    /// gone.</summary>
    private void DesirePods()
    {
        foreach (var pod in _pods)
        {
            var route = RouteTo(pod, _view.IndexOf(pod.Device));
            if (route.OutInterface != 0) _routes.SetDesired(route.Key, _forms.Of(route));
            else _routes.RemoveDesired(route.Key);
        }
    }

    private void TellConnected()
    {
        if (!_synced) return;
        var connected = _view.Connected();
        if (_connected is not null && Same(connected, _connected)) return;
        _connected = connected;
        _rib.Tell(new RibProtocol.SetConnected(connected), Self);
    }

    private static bool Same(ConnectedState left, ConnectedState right) =>
        left.Networks.AsSpan().SequenceEqual(right.Networks.AsSpan())
        && left.Links.AsSpan().SequenceEqual(right.Links.AsSpan())
        && left.OwnAddresses.AsSpan().SequenceEqual(right.OwnAddresses.AsSpan())
        && left.Foreign.AsSpan().SequenceEqual(right.Foreign.AsSpan());

    private void Apply()
    {
        while (_synced && !_dumping && !_dumpWanted && _underWay < MostBatches && !_routes.IsSettled)
        {
            var room = ArrayPool<RouteChange>.Shared.Rent(MostInBatch);
            var count = RouteBatchPlan.Take(_routes, _view, _restarting, _options, room.AsSpan(0, MostInBatch));
            if (count == 0)
            {
                ArrayPool<RouteChange>.Shared.Return(room);
                return;
            }

            _underWay++;
            _writer.Tell(new RouteProtocol.Write(room, count), Self);
        }
    }

    private void OnApplied(RouteProtocol.Applied applied)
    {
        if (!applied.Result.Succeeded)
            _failures = [.. applied.Result.Failures.Select(failure => failure.ToString())];
        foreach (var failure in applied.Result.Failures)
        {
            var route = failure.Change.Route;
            if (failure.Change.Action == RouteAction.Delete) _routes.SetActual(route.Key, _forms.Of(route));
            else _routes.RemoveActual(route.Key);
            _log.Warning("the kernel refused a route: {0}", failure);
        }

        End(applied.Batch);
        if (applied.Result.Succeeded) Apply();
        else Timers.StartSingleTimer("retry", RouteProtocol.Resync.Instance, RetryInterval);
    }

    private void OnApplyFailed(RouteProtocol.ApplyFailed failed)
    {
        _log.Error(failed.Cause, "it is not known what the kernel did with a batch of routes; comparing everything");
        End(failed.Batch);
        Timers.StartSingleTimer("retry", RouteProtocol.Resync.Instance, RetryInterval);
    }

    private void End(RouteProtocol.Write batch)
    {
        ArrayPool<RouteChange>.Shared.Return(batch.Room);
        _underWay--;
        if (_dumpWanted) Dump();
    }

    private RouteProtocol.Description Description() => new(
        _routes.DesiredCount,
        _routes.ActualCount,
        [.. _routes.Pending().Select(change =>
            $"{(change.HasDesired ? "set" : "delete")} {(change.Desired ?? change.Actual)!.For(change.Key)}")],
        _failures,
        _restarting);
}
