using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <remarks>Routes that are kept though nobody vouches for them now: those of a peer that restarts (RFC 4724,
/// long-lived RFC 9494), and during an enhanced refresh (RFC 7313) those that were not told again yet.</remarks>
public sealed partial class Rib
{
    private static ReadOnlySpan<IpFamily> Families => [IpFamily.V4, IpFamily.V6];

    /// <summary>The peer took too long to come back, or to complete: its stale routes go, but for those of long-lived
    /// families, which stay as the least preferred ones there are (RFC 9494 §4.2).</summary>
    /// <param name="name">The peer's name.</param>
    /// <param name="longLived">The families whose stale routes stay until <see cref="LongLivedExpired"/>.</param>
    public void StaleExpired(string name, params ReadOnlySpan<IpFamily> longLived)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Stale is not { } stale) return;
        foreach (var family in Families)
        {
            if (!longLived.Contains(family)) Kill(stale, family);
            else if (!stale.IsDead(family)) BeginLongLived(stale, family);
        }
    }

    /// <summary>The peer's long-lived stale routes of a family have had their time.</summary>
    public void LongLivedExpired(string name, IpFamily family)
    {
        if (_peersByName.TryGetValue(name, out var peer) && peer.Stale is { } stale && stale.IsLongLived(family))
            Kill(stale, family);
    }

    /// <summary>The peer begins to tell all its routes of a family again (BoRR). A second begin before the end goes on
    /// with the first.</summary>
    public void RefreshBegun(string name, IpFamily family)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return;
        if (session.IsRefreshing(family)) return;

        // What the last refresh left behind is still being taken out: its mark is needed again.
        while (session.IsSwept(family)) SweepOne();
        session.BeginRefresh(family);
    }

    /// <summary>The peer has told all its routes again (EoRR): what it did not tell is gone. Without a begin it says
    /// nothing.</summary>
    public void RefreshEnded(string name, IpFamily family)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return;
        if (!session.IsRefreshing(family)) return;
        session.EndRefresh(family);
        if (session.IsSwept(family)) Sweep();
    }

    /// <summary>True while what the peer left out of its last refresh is still being taken out: a new begin would have
    /// to do the rest of that at once.</summary>
    public bool IsBeingSwept(string name) =>
        _peersByName.TryGetValue(name, out var peer) && peer.Current is { } session
        && (session.IsSwept(IpFamily.V4) || session.IsSwept(IpFamily.V6));

    private void BeginLongLived(RibSession session, IpFamily family)
    {
        session.BeginLongLived(family);
        Recheck();
    }

    // A round that has ended has taken out everything that was marked when it began.
    private void EndSweep()
    {
        foreach (var session in _sessions) session?.EndSweep();
    }

    /// <summary>True when the path is as good as gone, and only has to be taken out.</summary>
    private bool IsDead(in PrefixEntry entry, int at)
    {
        ref var path = ref _table.Path(at);
        var session = _sessions[path.Session]!;
        if (session.IsWhole) return false;
        var family = entry.Family;
        return session.IsDead(family)
            || (session.IsSwept(family) && path.Round != session.Round(family))
            || (session.IsLongLived(family) && _received.Facts(path.Attributes).NotLongLived);
    }
}
