using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    private readonly Queue<int> _dirty = [];
    private readonly List<int> _changed = [];
    private readonly List<int> _kernelChanged = [];
    private RouteCandidate[] _candidates = new RouteCandidate[4];
    private RouteVerdict[] _verdicts = new RouteVerdict[4];
    private int[] _candidatePaths = new int[4];
    private int _sweepCursor;
    private int _sweepHigh;
    private int _sweepLeft;
    private int _recheckLeft;

    /// <summary>True while <see cref="Work"/> has something to do.</summary>
    public bool HasWork => _dirty.Count > 0 || _sweepLeft > 0;

    /// <summary>Decides prefixes that wait, at most <paramref name="budget"/> of them; true when some are
    /// left.</summary>
    public bool Work(int budget = int.MaxValue)
    {
        for (; budget > 0 && HasWork; budget--)
        {
            if (_dirty.TryDequeue(out var prefix)) Decide(prefix);
            else SweepOne();
        }

        return HasWork;
    }

    /// <summary>Appends what has changed for the kernel since the last call, each prefix once, with the route it should
    /// have now.</summary>
    public void TakeRouteChanges(ICollection<RibChange> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (var prefix in _kernelChanged)
        {
            ref var entry = ref _table.Prefix(prefix);
            entry.Marks &= ~PrefixMarks.KernelChanged;
            into.Add(new RibChange(entry.Key.ToPrefix(), _kernel[entry.Kernel]));
            RemoveIfUnused(prefix);
        }

        _kernelChanged.Clear();
    }

    private void MarkDirty(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (entry.Has(PrefixMarks.Dirty)) return;
        entry.Marks |= PrefixMarks.Dirty;
        _dirty.Enqueue(prefix);
    }

    // Goes once over the table: paths of dead sessions are taken out.
    private void Sweep()
    {
        _sweepHigh = _table.High;
        _sweepLeft = _sweepHigh;
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
        if (!entry.Has(PrefixMarks.Used)) return;
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath;)
        {
            var next = _table.Path(at).Next;
            if (IsDead(entry, at)) RemovePath(prefix, at);
            at = next;
        }

        if (recheck) MarkDirty(prefix);
    }

    private void Decide(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        entry.Marks &= ~PrefixMarks.Dirty;
        NoteCoverage(ref entry);
        var count = Gather(entry);
        var best = DecisionProcess.Select(_candidates.AsSpan(0, count), _verdicts);
        entry.BestPath = best < 0 ? PrefixEntry.NoPath : _candidatePaths[best];
        var kernel = KernelRouteOf(entry, count, best);
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

    private static void Mark(ref PrefixEntry entry, int prefix, PrefixMarks mark, List<int> waiting)
    {
        if (entry.Has(mark)) return;
        entry.Marks |= mark;
        waiting.Add(prefix);
    }

    // Before the candidates are looked at: a route may cover its own next hop.
    private void NoteCoverage(ref PrefixEntry entry)
    {
        var hasRoute = entry.LocalKind != LocalRouteKind.None;
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath && !hasRoute; at = _table.Path(at).Next)
            hasRoute = IsUsable(entry, at);
        if (hasRoute == entry.Has(PrefixMarks.HasRoute)) return;
        entry.Marks ^= PrefixMarks.HasRoute;
        if (_nextHops.CoverageChanged(entry.Key.ToPrefix())) Recheck();
    }

    private bool IsDead(in PrefixEntry entry, int path) =>
        _sessions[_table.Path(path).Session]!.IsDead(entry.Key.Family);

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
            _candidates[count++] = CandidateOf(_table.Path(at));
        }

        return count;
    }

    private RouteCandidate CandidateOf(in PathEntry path)
    {
        var session = _sessions[path.Session]!;
        var facts = _received.Facts(path.Attributes);
        var resolution = _nextHops[facts.NextHop];
        return new RouteCandidate
        {
            Preference = RouteCandidate.LearnedPreference,
            Reachable = resolution.Reachable,
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
        return KernelPolicy.Decide(_policy.Of(entry.Key.ToPrefix()), learned: entry.LocalKind == LocalRouteKind.None);
    }

    private int KernelRouteOf(in PrefixEntry entry, int candidates, int best)
    {
        var bestPath = best < 0 ? PrefixEntry.NoPath : _candidatePaths[best];
        if (JudgeKernel(entry, bestPath) != KernelVerdict.Programmed) return KernelRoutes.None;
        if (entry.LocalKind != LocalRouteKind.None) return KernelRoutes.Blackhole;
        if (!_candidates[best].Reachable) return KernelRoutes.Unreachable;
        Span<NextHop> hops = stackalloc NextHop[RibRoute.MaxNextHops + 1];
        var count = 0;
        for (var i = 0; i < candidates; i++)
        {
            if (!_verdicts[i].Multipath) continue;
            var hop = _nextHops[_received.Facts(_table.Path(_candidatePaths[i]).Attributes).NextHop].Hop;
            var at = hops[..count].BinarySearch(hop);
            if (at >= 0) continue;
            hops[~at..count].CopyTo(hops[(~at + 1)..]);
            hops[~at] = hop;
            count = Math.Min(count + 1, RibRoute.MaxNextHops);
        }

        return _kernel.Acquire(hops[..count]);
    }

    private void RemoveIfUnused(int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (entry.Marks == PrefixMarks.Used
            && entry.FirstPath == PrefixEntry.NoPath
            && entry.LocalKind == LocalRouteKind.None
            && entry.Kernel == KernelRoutes.None) _table.Remove(prefix);
    }
}
