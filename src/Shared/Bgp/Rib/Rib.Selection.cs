using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    private readonly ValueList<int> _dirty = new();
    private readonly ValueList<int> _changed = new();
    private readonly ValueList<int> _kernelChanged = new();
    private readonly ValueList<int> _unused = new();
    private RouteCandidate[] _candidates = new RouteCandidate[4];
    private RouteVerdict[] _verdicts = new RouteVerdict[4];
    private int[] _candidatePaths = new int[4];
    private readonly NextHop[] _hops = new NextHop[RibRoute.MaxNextHops + 1];
    private int _dirtyCursor;
    private int _kernelCursor;
    private int _unusedCursor;
    private int _sweepCursor;
    private int _sweepHigh;
    private int _sweepLeft;
    private int _recheckLeft;

    /// <summary>True while <see cref="Work"/> has something to do.</summary>
    public bool HasWork => _dirtyCursor < _dirty.Count || _sweepLeft > 0 || _unused.Count > 0;

    /// <summary>Decides prefixes that wait, at most <paramref name="budget"/> of them; true when some are
    /// left.</summary>
    public bool Work(int budget = int.MaxValue)
    {
        for (; budget > 0 && HasWork; budget--)
        {
            if (_dirtyCursor < _dirty.Count) Decide(_dirty[_dirtyCursor++]);
            else if (_sweepLeft > 0) SweepOne();
            else RemoveOneUnused();
            if (_dirtyCursor < _dirty.Count) continue;
            _dirty.Clear();
            _dirtyCursor = 0;
        }

        return HasWork;
    }

    /// <summary>Takes what has changed for the kernel since the last call, each prefix once, with the route it should
    /// have now.</summary>
    /// <param name="into">Receives the changes.</param>
    /// <returns>How many were taken. Call again until it is 0.</returns>
    public int TakeRouteChanges(Span<RibChange> into)
    {
        var count = Math.Min(into.Length, _kernelChanged.Count - _kernelCursor);
        for (var i = 0; i < count; i++)
        {
            var prefix = _kernelChanged[_kernelCursor++];
            ref var entry = ref _table.Prefix(prefix);
            entry.Marks &= ~PrefixMarks.KernelChanged;
            into[i] = new RibChange(_table.ToPrefix(entry), _kernel[entry.Kernel]);
            NoteIfUnused(prefix);
        }

        if (_kernelCursor < _kernelChanged.Count) return count;
        _kernelChanged.Clear();
        _kernelCursor = 0;
        return count;
    }

    private void MarkDirty(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (entry.Has(PrefixMarks.Dirty)) return;
        entry.Marks |= PrefixMarks.Dirty;
        _dirty.Add(prefix);
    }

    // Goes once over the table: paths of dead sessions are taken out.
    private void Sweep()
    {
        _sweepHigh = _table.High;
        _sweepLeft = _sweepHigh;
        if (_sweepLeft == 0) EndSweep();
    }

    // The same, and every prefix is decided anew.
    private void Recheck()
    {
        Sweep();
        _recheckLeft = _sweepLeft;
    }

    private void SweepOne()
    {
        // Numbers given meanwhile lie at the end: the round has become longer by as many.
        var grown = _table.High - _sweepHigh;
        _sweepHigh += grown;
        _sweepLeft += grown - 1;
        if (_recheckLeft > 0) _recheckLeft += grown;
        if (_sweepCursor >= _sweepHigh) _sweepCursor = 0;
        var prefix = _sweepCursor++;
        var recheck = _recheckLeft > 0;
        if (recheck) _recheckLeft--;
        ref var entry = ref _table.Prefix(prefix);
        if (entry.Has(PrefixMarks.Used))
        {
            for (var at = entry.FirstPath; at != PrefixEntry.NoPath;)
            {
                var next = _table.Path(at).Next;
                if (IsDead(entry, at)) RemovePath(prefix, at);
                at = next;
            }

            if (recheck) MarkDirty(prefix);
        }

        if (_sweepLeft == 0) EndSweep();
    }

    private void Decide(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        entry.Marks &= ~PrefixMarks.Dirty;
        var isAlone = IsAlone(entry);
        NoteCoverage(ref entry, isAlone || HasRoute(entry));
        var before = entry.BestPath;
        var kernel = isAlone ? DecideAlone(ref entry) : DecideAmong(ref entry);
        if (entry.BestPath != before)
        {
            CountBest(before, -1);
            CountBest(entry.BestPath, 1);
        }

        if (kernel == entry.Kernel)
        {
            _kernel.Release(kernel);
        }
        else
        {
            _kernel.Release(entry.Kernel);
            entry.Kernel = kernel;
            Mark(ref entry, prefix, PrefixMarks.KernelChanged, _kernelChanged);
        }

        Mark(ref entry, prefix, PrefixMarks.Changed, _changed);
    }

    private void CountBest(int path, int change)
    {
        if (path != PrefixEntry.NoPath) _sessions[_table.Path(path).Session]!.Peer.BestCount += change;
    }

    // Most prefixes of most tables have one path: there is nothing to compare.
    private bool IsAlone(in PrefixEntry entry) =>
        entry.LocalKind == LocalRouteKind.None && entry.FirstPath != PrefixEntry.NoPath
        && _table.Path(entry.FirstPath).Next == PrefixEntry.NoPath && IsUsable(entry, entry.FirstPath);

    private int DecideAlone(ref PrefixEntry entry)
    {
        entry.BestPath = entry.FirstPath;
        if (JudgeKernel(entry, entry.BestPath) != KernelVerdict.Programmed) return KernelRoutes.None;
        if (Drops(entry.BestPath)) return KernelRoutes.Blackhole;
        ref readonly var path = ref _table.Path(entry.BestPath);
        ref readonly var facts = ref _received.Facts(path.Attributes);
        var metric = _policy.Policy.Priorities.Metric(facts.LocalPref);
        var resolution = ResolutionOf(facts, path.Session);
        if (!resolution.Reachable) return _kernel.AcquireUnreachable(metric);
        if (resolution.Others is null) return _kernel.Acquire(resolution.Hop, metric);
        var count = 0;
        InsertHops(resolution, ref count);
        return _kernel.Acquire(new ReadOnlySpan<NextHop>(_hops, 0, count), metric);
    }

    /// <summary>Where packets for a received next hop go; a link-local one is on the link of its session.</summary>
    private Resolution ResolutionOf(in AttributeFacts facts, int session)
    {
        var resolution = _nextHops[facts.NextHop];
        return resolution.IsLinkLocal
            ? _nextHops.OnLinkOf(_sessions[session]!.Settings.PeerAddress, resolution.Hop.Gateway)
            : resolution;
    }

    private int DecideAmong(ref PrefixEntry entry)
    {
        var count = Gather(entry);
        if (count == 0)
        {
            entry.BestPath = PrefixEntry.NoPath;
            return KernelRoutes.None;
        }

        var best = DecisionProcess.Select(_candidates.AsSpan(0, count), _verdicts);
        entry.BestPath = best < 0 ? PrefixEntry.NoPath : _candidatePaths[best];
        return KernelRouteOf(entry, count, best);
    }

    private static void Mark(ref PrefixEntry entry, int prefix, PrefixMarks mark, ValueList<int> waiting)
    {
        if (entry.Has(mark)) return;
        entry.Marks |= mark;
        waiting.Add(prefix);
    }

    // Before the candidates are looked at: a route may cover its own next hop.
    private void NoteCoverage(ref PrefixEntry entry, bool hasRoute)
    {
        if (hasRoute == entry.Has(PrefixMarks.HasRoute)) return;
        entry.Marks ^= PrefixMarks.HasRoute;
        if (_nextHops.CoverageChanged(_table.KeyOf(entry))) Recheck();
    }

    private bool HasRoute(in PrefixEntry entry)
    {
        if (entry.LocalKind != LocalRouteKind.None) return true;
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            if (IsUsable(entry, at)) return true;
        return false;
    }

    private bool IsUsable(in PrefixEntry entry, int path) =>
        _table.Path(path).Verdict == ImportVerdict.Accepted && !IsDead(entry, path);

    /// <summary>Lays out the candidates of a prefix, the local route first, and returns their number.</summary>
    private int Gather(in PrefixEntry entry)
    {
        var count = 0;
        if (entry.LocalKind != LocalRouteKind.None)
        {
            _candidatePaths[count] = PrefixEntry.NoPath;
            _candidates[count++] = new RouteCandidate { Preference = RouteCandidate.LocalPreference, Reachable = true };
        }

        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
        {
            if (!IsUsable(entry, at)) continue;
            if (count == _candidates.Length)
            {
                Array.Resize(ref _candidates, count * 2);
                Array.Resize(ref _verdicts, count * 2);
                Array.Resize(ref _candidatePaths, count * 2);
            }

            _candidatePaths[count] = at;
            _candidates[count++] = CandidateOf(_table.Path(at), entry.Family);
        }

        return count;
    }

    private RouteCandidate CandidateOf(in PathEntry path, IpFamily family)
    {
        var session = _sessions[path.Session]!;
        ref readonly var facts = ref _received.Facts(path.Attributes);
        var resolution = ResolutionOf(facts, path.Session);
        return new RouteCandidate
        {
            Preference = IsElevated(path, family)
                ? RouteCandidate.ElevatedPreference
                : RouteCandidate.LearnedPreference,
            Reachable = resolution.Reachable,
            LongLivedStale = facts.LongLivedStale || session.IsLongLived(family),
            LocalPref = facts.LocalPref,
            PathLength = facts.PathLength,
            Origin = facts.Origin,
            Med = facts.Med,
            NeighbourAs = facts.NeighbourAs,
            External = !session.Settings.IsInternal,
            IgpMetric = resolution.IgpMetric,
            RouterId = facts.OriginatorId != 0 ? facts.OriginatorId : session.Terms.PeerRouterId,
            ClusterListLength = facts.ClusterListLength,
            PeerAddress = session.Settings.PeerAddress,
            PeerName = session.Peer.Name,
            PathId = path.PathId,
        };
    }

    private KernelVerdict JudgeKernel(in PrefixEntry entry, int bestPath)
    {
        if (entry.LocalKind == LocalRouteKind.None && bestPath == PrefixEntry.NoPath) return KernelVerdict.NoRoute;
        if (entry.LocalKind == LocalRouteKind.Workload) return KernelVerdict.LocalWorkload;
        return KernelPolicy.Decide(_policy.Of(_table.KeyOf(entry)), learned: entry.LocalKind == LocalRouteKind.None);
    }

    private bool Drops(int path) =>
        _received.Facts(_table.Path(path).Attributes).Blackhole
        && _sessions[_table.Path(path).Session]!.Peer.Policy.HonoursBlackhole;

    private int KernelRouteOf(in PrefixEntry entry, int candidates, int best)
    {
        var bestPath = best < 0 ? PrefixEntry.NoPath : _candidatePaths[best];
        if (JudgeKernel(entry, bestPath) != KernelVerdict.Programmed) return KernelRoutes.None;
        if (entry.LocalKind == LocalRouteKind.Gateway) return ViaGateway(_nextHops[entry.LocalLink]);
        if (entry.LocalKind != LocalRouteKind.None) return KernelRoutes.Blackhole;
        if (Drops(bestPath)) return KernelRoutes.Blackhole;
        var metric = _policy.Policy.Priorities.Metric(_candidates[best].LocalPref);
        if (!_candidates[best].Reachable) return _kernel.AcquireUnreachable(metric);
        var count = 0;
        for (var i = 0; i < candidates; i++)
        {
            if (!_verdicts[i].Multipath) continue;
            ref readonly var path = ref _table.Path(_candidatePaths[i]);
            InsertHops(ResolutionOf(_received.Facts(path.Attributes), path.Session), ref count);
        }

        return _kernel.Acquire(new ReadOnlySpan<NextHop>(_hops, 0, count), metric);
    }

    private int ViaGateway(in Resolution resolution)
    {
        if (!resolution.Reachable) return KernelRoutes.Unreachable;
        var count = 0;
        InsertHops(resolution, ref count);
        return _kernel.Acquire(new ReadOnlySpan<NextHop>(_hops, 0, count), metric: 0);
    }

    private void InsertHops(in Resolution resolution, ref int count)
    {
        InsertHop(resolution.Hop, ref count);
        if (resolution.Others is not { } others) return;
        foreach (var hop in others.AsSpan()) InsertHop(hop, ref count);
    }

    // Ascending, without duplicates; of more than a route can have the lowest.
    private void InsertHop(NextHop hop, ref int count)
    {
        var at = count;
        while (at > 0 && _hops[at - 1] > hop) at--;
        if (at > 0 && _hops[at - 1] == hop) return;
        for (var i = count; i > at; i--) _hops[i] = _hops[i - 1];
        _hops[at] = hop;
        count = Math.Min(count + 1, RibRoute.MaxNextHops);
    }

    // Taking prefixes out of the table is nobody's concern but ours: it waits until everyone has been told.
    private void NoteIfUnused(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (IsUnused(entry, prefix)) Mark(ref entry, prefix, PrefixMarks.Unused, _unused);
    }

    private void RemoveOneUnused()
    {
        if (_unusedCursor % RibTable.MostAhead == 0) _table.ReadAhead(_unused.From(_unusedCursor));
        var prefix = _unused[_unusedCursor++];
        ref var entry = ref _table.Prefix(prefix);
        if (IsUnused(entry, prefix)) _table.Remove(prefix);
        else entry.Marks &= ~PrefixMarks.Unused;
        if (_unusedCursor < _unused.Count) return;
        _unused.Clear();
        _unusedCursor = 0;
    }

    private bool IsUnused(in PrefixEntry entry, int prefix) =>
        (entry.Marks & ~PrefixMarks.Unused) == PrefixMarks.Used
        && entry.FirstPath == PrefixEntry.NoPath
        && entry.LocalKind == LocalRouteKind.None
        && entry.Kernel == KernelRoutes.None
        && !IsAwaited(prefix);
}
