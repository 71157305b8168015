using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <remarks>Tables read a page at a time, and counts, which are kept as paths come and go: neither holds up the
/// rest.</remarks>
public sealed partial class Rib
{
    private const int MostListings = 4;

    private readonly List<Listing> _listings = [];

    /// <summary>True while something is kept for listings that have not come to their end.</summary>
    public bool HasListings => _listings.Count > 0;

    /// <summary>Nobody has asked for a page for a while: what is kept for listings goes. One that goes on all the same
    /// costs another walk over the table.</summary>
    public void EndListings() => _listings.Clear();

    /// <summary>How many paths each known peer has given and been told, by name. While stale routes are taken out or a
    /// table is being told, as it will be.</summary>
    public IReadOnlyList<PeerRouteCounts> Counts() =>
        [.. _peers.Select(CountsOf).OrderBy(static count => count.Peer, StringComparer.Ordinal)];

    private PeerRouteCounts CountsOf(RibPeer peer)
    {
        var counts = new PeerRouteCounts(peer.Name) { Best = peer.BestCount };
        foreach (var family in Families)
        {
            foreach (var session in (ReadOnlySpan<RibSession?>)[peer.Current, peer.Stale])
            {
                if (session is null || session.IsDead(family)) continue;
                counts.Received += session.PathsOf(family);
                counts.Accepted += session.AcceptedOf(family);
                if (!session.IsCurrent) counts.Stale += session.PathsOf(family);
            }

            if (peer.Current is { } current && _groups.Find(group => group.Family == family && group.Serves(current))
                is { } group) counts.Advertised += group.ToldCount - group.ToldFrom(peer.Id);
        }

        return counts;
    }

    /// <summary>A page of the prefixes that are wanted. Those that have come since the listing began are left out,
    /// those that have gone too.</summary>
    private RoutePage<T> Page<T>(
        ListedTable table, in RouteRange range, Func<IpFamily, int, bool> wanted,
        Action<int, ImmutableArray<T>.Builder> add)
    {
        if (range.Only is { } only) return Alone([only], wanted, add);
        if (range.Around is { } address)
            return Alone(Enumerable.Range(0, address.Bits + 1)
                .Select(shorter => new IpPrefix(address, address.Bits - shorter)), wanted, add);

        var asked = range;
        var listing = _listings.Find(each => each.Continues(table, asked)) ?? List(table, range, wanted);
        var items = ImmutableArray.CreateBuilder<T>();
        var (place, count, last) = (listing.PlaceAfter(range.After), 0, default(IpPrefix));
        while (listing.TryRead(place, out var prefix))
        {
            if (count == range.Most) return new RoutePage<T>(items.ToImmutable(), last);
            (place, last) = (place + 1, prefix);
            if (_table.Find(new PrefixKey(prefix)) is not (>= 0 and var found)) continue;
            var before = items.Count;
            add(found, items);
            if (items.Count > before) count++;
        }

        _listings.Remove(listing);
        return new RoutePage<T>(items.ToImmutable(), null);
    }

    // The first of them that is there.
    private RoutePage<T> Alone<T>(
        IEnumerable<IpPrefix> prefixes, Func<IpFamily, int, bool> wanted, Action<int, ImmutableArray<T>.Builder> add)
    {
        var alone = ImmutableArray.CreateBuilder<T>();
        foreach (var prefix in prefixes)
        {
            if (_table.Find(new PrefixKey(prefix)) is >= 0 and var at && wanted(prefix.Family, at)) add(at, alone);
            if (alone.Count > 0) break;
        }

        return new RoutePage<T>(alone.ToImmutable(), null);
    }

    private Listing List(ListedTable table, in RouteRange range, Func<IpFamily, int, bool> wanted)
    {
        var prefixes = new List<IpPrefix>();
        for (var at = 0; at < _table.High; at++)
        {
            ref var entry = ref _table.Prefix(at);
            if (!entry.Has(PrefixMarks.Used)) continue;
            var prefix = _table.ToPrefix(entry);
            if (range.After is { } after && prefix <= after) continue;
            if (range.Within is { } within && !within.Contains(prefix)) continue;
            if (wanted(entry.Family, at)) prefixes.Add(prefix);
        }

        var listing = new Listing(table, range, [.. prefixes]);
        if (_listings.Count == MostListings) _listings.RemoveAt(0);
        _listings.Add(listing);
        return listing;
    }
}
