using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    /// <summary>Every prefix with its paths, in order; the decision is that of this moment, whether <see cref="Work"/>
    /// has come to it or not.</summary>
    public IReadOnlyList<RouteView> Routes()
    {
        var routes = new List<RouteView>(_table.Count);
        for (var prefix = 0; prefix < _table.High; prefix++)
            if (_table.Prefix(prefix).Has(PrefixMarks.Used) && View(prefix, out _) is { Paths.Length: > 0 } route)
                routes.Add(route);
        routes.Sort(static (left, right) => left.Prefix.CompareTo(right.Prefix));
        return routes;
    }

    /// <summary>What the peer has announced, in order, stale and refused paths included; empty for an unknown
    /// peer.</summary>
    public IReadOnlyList<ReceivedRoute> Received(string name)
    {
        var received = new List<ReceivedRoute>();
        if (!_peersByName.TryGetValue(name, out var peer)) return received;
        for (var prefix = 0; prefix < _table.High; prefix++)
        {
            ref var entry = ref _table.Prefix(prefix);
            if (!entry.Has(PrefixMarks.Used) || !HasPathOf(entry, peer)) continue;
            var route = View(prefix, out _);
            foreach (var path in route.Paths)
                if (path.Peer == name) received.Add(new ReceivedRoute(route.Prefix, path));
        }

        received.Sort(static (left, right) =>
            (left.Prefix, left.Path.PathId).CompareTo((right.Prefix, right.Path.PathId)));
        return received;
    }

    /// <summary>What the peer has been told up to the last <see cref="TakeOutput"/>, in order; empty for a peer that is
    /// not up.</summary>
    public IReadOnlyList<AdvertisedRoute> Advertised(string name)
    {
        var advertised = new List<AdvertisedRoute>();
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return advertised;
        foreach (var group in _groups)
        {
            if (!group.Members.Contains(session)) continue;
            for (var prefix = 0; prefix < _table.High; prefix++)
            {
                var told = group[prefix];
                if (!told.To(peer.Id) || group.Dumps.Exists(dump =>
                    dump.EndOfRib && dump.Cursor <= prefix && dump.Members.Contains(session))) continue;
                advertised.Add(
                    new AdvertisedRoute(_table.ToPrefix(_table.Prefix(prefix)), _announced.Read(told.Attributes)));
            }
        }

        advertised.Sort(static (left, right) => left.Prefix.CompareTo(right.Prefix));
        return advertised;
    }

    /// <summary>Why the prefix is routed, programmed and announced as it is; null when nothing is known about
    /// it.</summary>
    public RouteExplanation? Explain(IpPrefix prefix)
    {
        var found = _table.Find(new PrefixKey(prefix));
        if (found < 0) return null;
        var route = View(found, out var best);
        if (route.Paths.IsEmpty) return null;
        ref var entry = ref _table.Prefix(found);
        var exports = ImmutableArray.CreateBuilder<ExportView>();
        foreach (var peer in _peers.OrderBy(static peer => peer.Name, StringComparer.Ordinal))
        {
            if (peer.Current is not { } session) continue;
            var verdict = ExportVerdict.NoFamily;
            if (session.Group(prefix.Family) is { } group)
            {
                verdict = best != PrefixEntry.NoPath
                    && ReferenceEquals(_sessions[_table.Path(best).Session]!.Peer, peer)
                    ? ExportVerdict.SplitHorizon
                    : JudgeExport(entry, best, group.Key.Target, out _);
            }

            exports.Add(new ExportView(peer.Name, verdict));
        }

        return new RouteExplanation(route, JudgeKernel(entry, best), exports.ToImmutable());
    }

    private bool HasPathOf(in PrefixEntry entry, RibPeer peer)
    {
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            if (ReferenceEquals(_sessions[_table.Path(at).Session]!.Peer, peer)) return true;
        return false;
    }

    private RouteView View(int prefix, out int bestPath)
    {
        ref var entry = ref _table.Prefix(prefix);
        var count = Gather(entry);
        var best = DecisionProcess.Select(_candidates.AsSpan(0, count), _verdicts);
        bestPath = best < 0 ? PrefixEntry.NoPath : _candidatePaths[best];
        var paths = new List<PathView>();
        if (entry.LocalKind != LocalRouteKind.None)
            paths.Add(new PathView { Local = entry.LocalKind, Reason = RouteReason.Best, Multipath = true });
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
        {
            if (IsDead(entry, at)) continue;
            var candidate = _candidatePaths.AsSpan(0, count).IndexOf(at);
            paths.Add(View(_table.Path(at),
                candidate < 0 ? new RouteVerdict(RouteReason.NotAccepted, false) : _verdicts[candidate]));
        }

        return new RouteView(
            _table.ToPrefix(entry),
            KernelRouteNow(entry, count, best),
            [.. paths.OrderBy(static path => !path.Best).ThenBy(static path => path.Peer, StringComparer.Ordinal)
                .ThenBy(static path => path.PathId)]);
    }

    private RibRoute KernelRouteNow(in PrefixEntry entry, int candidates, int best)
    {
        var kernel = KernelRouteOf(entry, candidates, best);
        var route = _kernel[kernel];
        _kernel.Release(kernel);
        return route;
    }

    private PathView View(in PathEntry path, RouteVerdict verdict)
    {
        var session = _sessions[path.Session]!;
        var resolution = _nextHops[_received.Facts(path.Attributes).NextHop];
        return new PathView
        {
            Peer = session.Peer.Name,
            PathId = path.PathId,
            Attributes = AttributeReader.Read(_received[path.Attributes]),
            ResolvedTo = resolution.Reachable ? resolution.Hop : null,
            Stale = !session.IsCurrent,
            Import = path.Verdict,
            Reason = verdict.Reason,
            Multipath = verdict.Multipath,
        };
    }
}
