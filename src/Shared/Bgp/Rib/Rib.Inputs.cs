using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    private readonly SortedSet<string> _awaited = new(StringComparer.Ordinal);
    private LocalRoute[] _originated = [];
    private ConnectedState _connected = ConnectedState.Empty;

    /// <summary>False from <see cref="BeginRestart"/> until every expected peer has sent its routes, or
    /// <see cref="EndRestart"/>.</summary>
    /// <remarks>Until then the owner deletes no route that a former process left in the kernel, and no peer gets our
    /// End-of-RIB.</remarks>
    public bool RestartComplete => _awaited.Count == 0;

    /// <summary>This process takes over from one that was stopped for restart (RFC 4724 §4.1): wait for these peers'
    /// End-of-RIB.</summary>
    /// <remarks>Routes are announced as they are learned; only our End-of-RIB, which makes a peer drop what it kept for
    /// us, waits.</remarks>
    public void BeginRestart(IEnumerable<string> expectedPeers)
    {
        ArgumentNullException.ThrowIfNull(expectedPeers);
        _awaited.UnionWith(expectedPeers);
        foreach (var peer in _peers) CheckRestart(peer);
    }

    /// <summary>The deadline for peers to send their routes has passed.</summary>
    public void EndRestart() => _awaited.Clear();

    /// <summary>Replaces the policy; only what it changes is announced, withdrawn or programmed.</summary>
    public void SetPolicy(RibPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy == _policy.Policy) return;
        _policy = new PolicyTable(policy);
        Recheck();
    }

    /// <summary>Replaces what next hops are resolved against.</summary>
    public void SetConnected(ConnectedState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _connected = state;
        _links.Set(state.Links);
        foreach (var route in _originated)
            if (route.Device is not null) SetLink(route);
        if (_nextHops.Set(_connected)) Recheck();
    }

    /// <summary>Replaces the routes that originate on this node.</summary>
    public void SetOriginated(IEnumerable<LocalRoute> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var desired = routes
            .GroupBy(static route => route.Prefix)
            .Select(static group => group.MinBy(static route => (route.Kind, route.Link)))
            .OrderBy(static route => route.Prefix)
            .ToArray();
        var before = _originated;
        _originated = desired;
        for (int old = 0, now = 0; old < before.Length || now < desired.Length;)
        {
            var order = old == before.Length ? 1 : now == desired.Length
                ? -1
                : before[old].Prefix.CompareTo(desired[now].Prefix);
            if (order < 0) Originate(new LocalRoute(before[old++].Prefix, LocalRouteKind.None));
            else if (order > 0) Originate(desired[now++]);
            else if (before[old++] != desired[now++]) Originate(desired[now - 1]);
        }
    }

    /// <summary>Changes how routes from and to a peer are treated; its session stays. An unknown peer is left for its
    /// <see cref="PeerUp"/>.</summary>
    public void SetPeerPolicy(string name, PeerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Policy == policy) return;
        if (peer.Policy.AdvertisementInterval != policy.AdvertisementInterval) Resume(name);
        ChangePolicy(peer, policy);
        if (peer.Current is not { } session) return;
        foreach (var family in session.Terms.Families) Move(session, family);
    }

    /// <summary>The peer asks for the family's routes again (RFC 2918). Ignored for a peer that is not up or has not
    /// negotiated the family.</summary>
    public void RefreshRequested(string name, IpFamily family)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current?.Group(family) is null) return;
        var refresh = new PendingRefresh(peer.Current, family);
        if (!_refreshes.Contains(refresh)) _refreshes.Add(refresh);
    }

    private void Originate(LocalRoute route)
    {
        var prefix = _table.FindOrAdd(new PrefixKey(route.Prefix));
        ref var entry = ref _table.Prefix(prefix);
        if (entry.LocalKind == LocalRouteKind.Gateway) _nextHops.Release(entry.LocalLink);
        entry.LocalKind = route.Kind;
        entry.LocalLink = route.Kind == LocalRouteKind.Gateway ? _nextHops.Acquire(route.Gateway) : LinkOf(route);
        if (entry.Has(PrefixMarks.HasRoute) && _nextHops.CoverageChanged(new PrefixKey(route.Prefix))) Recheck();
        MarkDirty(prefix);
    }

    private int LinkOf(in LocalRoute route) => route.Device is { } device ? _links.IndexOf(device) : route.Link;

    private void SetLink(in LocalRoute route)
    {
        var prefix = _table.Find(new PrefixKey(route.Prefix));
        var link = LinkOf(route);
        if (prefix < 0 || _table.Prefix(prefix).LocalLink == link) return;
        _table.Prefix(prefix).LocalLink = link;
        MarkDirty(prefix);
    }

    // Paths are judged anew, and all of the peer's prefixes go through the export rules, where its being a client
    // counts.
    private void ChangePolicy(RibPeer peer, PeerPolicy policy)
    {
        var before = peer.Policy;
        peer.Policy = policy;
        if (before.PrefixLimit != policy.PrefixLimit && peer.Current is { } limited) CheckLimits(limited);
        if ((before.AllowedLocalAs, before.ClientClusterId) == (policy.AllowedLocalAs, policy.ClientClusterId)
            && (before.HonoursGracefulShutdown, before.HonoursBlackhole)
            == (policy.HonoursGracefulShutdown, policy.HonoursBlackhole)
            && before.Filters.Equals(policy.Filters)) return;
        if ((peer.Current?.PathCount ?? 0) + (peer.Stale?.PathCount ?? 0) == 0) return;
        for (var prefix = 0; prefix < _table.High; prefix++)
        {
            if (!_table.Prefix(prefix).Has(PrefixMarks.Used)) continue;
            for (var at = _table.Prefix(prefix).FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            {
                ref var path = ref _table.Path(at);
                var session = _sessions[path.Session]!;
                if (!ReferenceEquals(session.Peer, peer)) continue;
                Reimport(prefix, ref path, session);
                MarkDirty(prefix);
            }
        }

        EndImport();
    }

    private void Reimport(int prefix, ref PathEntry path, RibSession session)
    {
        ref var entry = ref _table.Prefix(prefix);
        var (before, set) = (path.Attributes, _received.ReceivedOf(path.Attributes));
        var verdict = ImportPolicy.Check(_received[set], session.Settings, session.Peer.Policy);
        _received.Retain(set);
        var honoured = set = Honour(set, session);
        if (verdict == ImportVerdict.Accepted && session.ImportFilter(entry.Family) is { } filter)
            set = Import(filter, _table.ToPrefix(entry), set, session, out verdict);
        session.CountVerdict(entry.Family, path.Verdict, -1);
        session.CountVerdict(entry.Family, verdict, 1);
        path.Set(path.Session, verdict);
        if (set != before)
        {
            _received.Retain(set);
            path.Attributes = set;
            _received.Release(before);
        }

        _received.Release(honoured);
    }

    private void CheckRestart(RibPeer peer)
    {
        if (peer.Current is not { } session || !_awaited.Contains(peer.Name)) return;
        if (session.HasEnded || !session.Terms.GracefulRestart || session.Terms.PeerRestarting)
            _awaited.Remove(peer.Name);
    }
}
