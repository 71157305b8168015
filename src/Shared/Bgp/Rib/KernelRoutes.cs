using System.Collections.Immutable;

namespace Agent.Bgp.Rib;

/// <summary>Kernel routes by number, so that a prefix keeps four bytes of them: 0 none, 1 blackhole, 2 unreachable,
/// above lists of next hops.</summary>
internal sealed class KernelRoutes
{
    public const int None = 0;
    public const int Blackhole = 1;
    public const int Unreachable = 2;

    private readonly Interned<HopList> _lists = new();
    private NextHop _lastHop;
    private uint _lastMetric;
    private int _last;

    /// <summary>The number of the route via one next hop, with one use more. Asked for many prefixes in turn, so the
    /// last answer is kept.</summary>
    public int Acquire(in NextHop hop, uint metric)
    {
        if (_last != 0 && hop.Link == _lastHop.Link && hop.Gateway == _lastHop.Gateway && metric == _lastMetric)
        {
            _lists.Retain(_last - Unreachable);
            return _last;
        }

        _last = Acquire(new ReadOnlySpan<NextHop>(in hop), metric);
        _lastHop = hop;
        _lastMetric = metric;
        return _last;
    }

    /// <summary>The number of the unreachable route of a metric, with one use more.</summary>
    public int AcquireUnreachable(uint metric) => metric == 0 ? Unreachable : Acquire([], metric);

    /// <summary>The number of the route via these next hops, with one use more; a known list costs no
    /// allocation.</summary>
    public int Acquire(ReadOnlySpan<NextHop> nextHops, uint metric)
    {
        var hash = HashOf(nextHops) ^ (int)metric;
        for (var id = _lists.First(hash); id != 0; id = _lists.After(id))
        {
            if (_lists[id].Metric != metric || !AreEqual(_lists[id].Hops, nextHops)) continue;
            _lists.Retain(id);
            return id + Unreachable;
        }

        return _lists.Acquire(new HopList(nextHops.ToArray(), metric, hash)) + Unreachable;
    }

    /// <summary>One use less.</summary>
    public void Release(int route)
    {
        if (route > Unreachable && _lists.Release(route - Unreachable) && route == _last) _last = 0;
    }

    /// <summary>The route of a number in use.</summary>
    public RibRoute this[int route] => route switch
    {
        None => RibRoute.None,
        Blackhole => RibRoute.Blackhole,
        Unreachable => RibRoute.Unreachable,
        _ => _lists[route - Unreachable].Route,
    };

    private static int HashOf(ReadOnlySpan<NextHop> hops)
    {
        var hash = 17;
        for (var i = 0; i < hops.Length; i++)
            hash = unchecked(hash * 31 + hops[i].Gateway.GetHashCode()) ^ hops[i].Link;
        return hash;
    }

    private static bool AreEqual(ReadOnlySpan<NextHop> left, ReadOnlySpan<NextHop> right)
    {
        if (left.Length != right.Length) return false;
        for (var i = 0; i < left.Length; i++)
            if (left[i].Link != right[i].Link || left[i].Gateway != right[i].Gateway) return false;
        return true;
    }

    /// <summary>Next hops and a metric; no next hops make it unreachable.</summary>
    private sealed class HopList(NextHop[] hops, uint metric, int hash) : IEquatable<HopList>
    {
        public NextHop[] Hops => hops;

        public uint Metric => metric;

        public RibRoute Route { get; } =
            (hops.Length == 0 ? RibRoute.Unreachable : RibRoute.Via(ImmutableArray.Create(hops))) with
            {
                Metric = metric,
            };

        public bool Equals(HopList? other) =>
            other is not null && metric == other.Metric && AreEqual(hops, other.Hops);

        public override bool Equals(object? obj) => Equals(obj as HopList);

        public override int GetHashCode() => hash;
    }
}
