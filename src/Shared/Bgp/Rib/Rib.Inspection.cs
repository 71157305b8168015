using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    /// <summary>Every prefix with its paths, in order; the decision is that of this moment, whether <see cref="Work"/>
    /// has come to it or not.</summary>
    public IReadOnlyList<RouteView> Routes() => Routes(RouteRange.All).Items;

    /// <summary>As <see cref="Routes()"/>, a part of it: what one answer to an operator can hold.</summary>
    public RoutePage<RouteView> Routes(in RouteRange range) => Page<RouteView>(
        new ListedTable(ListedKind.LocRib, ""), range, static (_, _) => true, (prefix, into) =>
        {
            if (View(prefix, out _) is { Paths.Length: > 0 } route) into.Add(route);
        });

    /// <summary>What the peer has announced, in order, stale and refused paths included; empty for an unknown
    /// peer.</summary>
    public IReadOnlyList<ReceivedRoute> Received(string name) => Received(name, RouteRange.All).Items;

    /// <summary>As <see cref="Received(string)"/>, a part of it; the paths of one prefix stay together.</summary>
    public RoutePage<ReceivedRoute> Received(string name, in RouteRange range)
    {
        if (!_peersByName.TryGetValue(name, out var peer)) return new RoutePage<ReceivedRoute>([], null);
        return Page<ReceivedRoute>(
            new ListedTable(ListedKind.AdjRibIn, name), range, (_, prefix) => HasPathOf(_table.Prefix(prefix), peer),
            (prefix, into) =>
            {
                var route = View(prefix, out _);
                foreach (var path in route.Paths.Where(path => path.Peer == name).OrderBy(static path => path.PathId))
                    into.Add(new ReceivedRoute(route.Prefix, path));
            });
    }

    /// <summary>What the peer has been told up to the last <see cref="TakeOutput"/>, in order, or will be once it has
    /// caught up; empty for a peer that is not up.</summary>
    public IReadOnlyList<AdvertisedRoute> Advertised(string name) => Advertised(name, RouteRange.All).Items;

    /// <summary>As <see cref="Advertised(string)"/>, a part of it.</summary>
    public RoutePage<AdvertisedRoute> Advertised(string name, in RouteRange range)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session)
            return new RoutePage<AdvertisedRoute>([], null);
        UpdateGroup[] groups = [.. _groups.Where(group => group.Serves(session))];
        return Page<AdvertisedRoute>(
            new ListedTable(ListedKind.AdjRibOut, name), range, (family, prefix) => Array.Exists(groups, group =>
                group.Family == family && IsTold(group, session, prefix)),
            (prefix, into) =>
            {
                ref var entry = ref _table.Prefix(prefix);
                var family = entry.Family;
                if (Array.Find(groups, group => group.Family == family) is not { } group) return;
                var first = into.Count;
                for (var told = group.Told(prefix); told.Next();)
                {
                    if (!told.Told.To(peer.Id)) continue;
                    into.Add(new AdvertisedRoute(_table.ToPrefix(entry), _announced.Read(told.Told.Attributes))
                    {
                        PathId = told.PathId,
                    });
                }

                into.Sort(first, into.Count - first, AdvertisedRoute.ByPathId);
            });
    }

    /// <summary>The prefix with its paths; null when nothing is known about it.</summary>
    public RouteView? Route(IpPrefix prefix) =>
        _table.Find(new PrefixKey(prefix)) is >= 0 and var found && View(found, out _) is { Paths.Length: > 0 } route
            ? route
            : null;

    /// <summary>The route that packets for the address take: the longest prefix with a usable path; null when there is
    /// none.</summary>
    public RouteView? Lookup(IpAddr address)
    {
        for (var length = address.Bits; length >= 0; length--)
        {
            var found = _table.Find(new PrefixKey(new IpPrefix(address, length)));
            if (found >= 0 && View(found, out _) is { Best: not null } route) return route;
        }

        return null;
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
            if (session.Group(prefix.Family) is not { } group)
            {
                exports.Add(new ExportView(peer.Name, ExportVerdict.NoFamily));
                continue;
            }

            var ruling = group.Paths is null
                ? JudgeFor(entry, best, peer, group)
                : JudgePaths(entry, best, peer, group);
            exports.Add(new ExportView(peer.Name, ruling.Verdict,
                ruling.Rule == FilterProgram.FallsThrough ? null : group.Filter!.NameOf(ruling.Rule)));
            ForgetPassages();
        }

        return new RouteExplanation(route, JudgeKernel(entry, best), exports.ToImmutable());
    }

    private ExportRuling JudgeFor(in PrefixEntry entry, int at, RibPeer peer, UpdateGroup group) =>
        at != PrefixEntry.NoPath && ReferenceEquals(_sessions[_table.Path(at).Session]!.Peer, peer)
            ? new(ExportVerdict.SplitHorizon)
            : JudgeExport(entry, at, group);

    // What a dump has not come to yet is not told.
    private static bool IsTold(UpdateGroup group, RibSession session, int prefix)
    {
        if (group.Dumps.Exists(dump =>
            dump.EndOfRib && dump.IsDue(prefix) && dump.Members.Contains(session))) return false;
        for (var told = group.Told(prefix); told.Next();)
            if (told.Told.To(session.Peer.Id)) return true;
        return false;
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
            paths.Add(View(prefix, _table.Path(at),
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

    private PathView View(int prefix, in PathEntry path, RouteVerdict verdict)
    {
        var session = _sessions[path.Session]!;
        var received = _received.ReceivedOf(path.Attributes);
        var resolution = ResolutionOf(_received.Facts(path.Attributes), path.Session);
        return new PathView
        {
            Peer = session.Peer.Name,
            PathId = path.PathId,
            Attributes = AttributeReader.Read(_received[received]),
            Filtered = received == path.Attributes ? null : AttributeReader.Read(_received[path.Attributes]),
            Filter = ImportFilterName(_table.Prefix(prefix), path, session),
            ResolvedTo = resolution.Reachable ? resolution.Hop : null,
            Stale = !session.IsCurrent,
            Import = path.Verdict,
            Reason = verdict.Reason,
            Multipath = verdict.Multipath,
        };
    }

    private string? ImportFilterName(in PrefixEntry entry, in PathEntry path, RibSession session)
    {
        if (path.Verdict is not (ImportVerdict.Accepted or ImportVerdict.Filtered)
            || session.ImportFilter(entry.Family) is not { } filter) return null;
        var rule = ImportRule(filter, _table.ToPrefix(entry), _received.ReceivedOf(path.Attributes), session);
        EndImport();
        return rule == FilterProgram.FallsThrough ? null : filter.NameOf(rule);
    }
}
