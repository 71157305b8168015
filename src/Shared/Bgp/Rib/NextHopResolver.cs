using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>Where packets for a BGP next hop go.</summary>
/// <param name="Reachable">False when they cannot go anywhere.</param>
/// <param name="Hop">The neighbour on the link.</param>
/// <param name="IgpMetric">0 on a connected network, <see cref="UnknownMetric"/> behind a gateway.</param>
internal readonly record struct Resolution(bool Reachable, NextHop Hop, uint IgpMetric)
{
    public const uint UnknownMetric = uint.MaxValue;
}

/// <summary>Resolves the next hops in use and notices when an answer changes (spec 4.2).</summary>
/// <remarks>
/// The longest match over everything that the node knows decides: a connected network or a workload's device leads to
/// the next hop itself, a kernel route with a gateway to that gateway; an own address, a blackhole and a route learned
/// by BGP (no recursion, RFC 4271 §9.1.2.1 leaves it open) make the next hop unreachable. For equal prefixes connected
/// wins over BGP, BGP over a gateway, as their preferences say.
/// </remarks>
internal sealed class NextHopResolver(RibTable table)
{
    private readonly List<Tracked> _tracked = [];
    private readonly ValueList<int> _free = new();
    private readonly PrefixTrie<Tracked> _byAddress = new();
    private Tracked? _last;
    private uint _lowestV4 = uint.MaxValue;
    private uint _highestV4;
    private PrefixTrie<Covering> _covering = new();

    private enum CoveringKind { Gateway, Connected, Own }

    private sealed record Covering(CoveringKind Kind, IpAddr Gateway, int Link);

    private sealed class Tracked(int id, IpAddr address)
    {
        public int Id => id;

        public IpAddr Address => address;

        public int Uses { get; set; }

        public Resolution Resolution { get; set; }
    }

    /// <summary>The answer for a next hop in use.</summary>
    public Resolution this[int id] => _tracked[id].Resolution;

    /// <summary>The next hop's number, with one use more.</summary>
    public int Acquire(IpAddr address)
    {
        if (_last is null || _last.Address != address) _last = Find(address) ?? Track(address);
        _last.Uses++;
        return _last.Id;
    }

    /// <summary>One use less.</summary>
    public void Release(int id)
    {
        var tracked = _tracked[id];
        if (--tracked.Uses > 0) return;
        if (_last == tracked) _last = null;
        if (tracked.Address.IsDefault) return;   // it is asked for by anyone again, and never resolved
        _byAddress.Remove(IpPrefix.Host(tracked.Address));
        _free.Add(id);
    }

    private Tracked? Find(IpAddr address)
    {
        if (!address.IsDefault) return _byAddress.TryGet(IpPrefix.Host(address), out var found) ? found : null;
        return _tracked.Find(static each => each.Address.IsDefault);
    }

    private Tracked Track(IpAddr address)
    {
        var reused = _free.TryPop(out var id);
        var tracked = new Tracked(reused ? id : _tracked.Count, address) { Resolution = Resolve(address) };
        if (reused) _tracked[id] = tracked;
        else _tracked.Add(tracked);
        if (!address.IsDefault) _byAddress.Set(IpPrefix.Host(address), tracked);
        if (address.IsV4) (_lowestV4, _highestV4) =
            (Math.Min(_lowestV4, address.V4Value), Math.Max(_highestV4, address.V4Value));
        return tracked;
    }

    /// <summary>The kernel's state changed; true when an answer did.</summary>
    public bool Set(ConnectedState state)
    {
        var covering = new PrefixTrie<Covering>();
        foreach (var route in state.Gateways)
            covering.Set(route.Destination, new(CoveringKind.Gateway, route.Gateway, route.Link));
        foreach (var network in state.Networks)
            covering.Set(network.Network, new(CoveringKind.Connected, default, network.Link));
        foreach (var own in state.OwnAddresses) covering.Set(IpPrefix.Host(own), new(CoveringKind.Own, default, 0));
        _covering = covering;
        var changed = false;
        foreach (var tracked in _tracked)
            if (tracked.Uses > 0) changed |= Reevaluate(tracked);
        return changed;
    }

    /// <summary>A route for the prefix came or went; true when an answer changed.</summary>
    public bool CoverageChanged(in PrefixKey key)
    {
        if (IsBeside(key)) return false;
        var prefix = key.ToPrefix();
        if (!_byAddress.AnyWithin(prefix)) return false;
        var changed = false;
        foreach (var (_, tracked) in _byAddress.Within(prefix)) changed |= Reevaluate(tracked);
        return changed;
    }

    // Next hops mostly lie in a few networks, and routes elsewhere.
    private bool IsBeside(in PrefixKey key) => key.Family == IpFamily.V4
        && ((uint)key.Low > _highestV4 || (uint)key.Low + ((1UL << 32 - key.Length) - 1) < _lowestV4);

    private bool Reevaluate(Tracked tracked)
    {
        var before = tracked.Resolution;
        tracked.Resolution = Resolve(tracked.Address);
        return tracked.Resolution != before;
    }

    private Resolution Resolve(IpAddr address)
    {
        if (address.IsDefault) return default;
        _covering.TryLongestMatch(address, out var match, out var covering);
        var floor = covering is null ? 0 : covering.Kind == CoveringKind.Gateway ? match.Length : match.Length + 1;
        for (var length = address.Bits; length >= floor; length--)
        {
            var found = table.Find(new PrefixKey(new IpPrefix(address, length)));
            if (found < 0 || !table.Prefix(found).Has(PrefixMarks.HasRoute)) continue;
            ref var entry = ref table.Prefix(found);
            return entry.LocalKind switch
            {
                LocalRouteKind.Workload => new(true, new NextHop(address, entry.LocalLink), 0),
                LocalRouteKind.Gateway when _tracked[entry.LocalLink].Address is var gateway && gateway != address =>
                    ResolveOnLink(gateway),
                _ => default,
            };
        }

        return Resolve(address, covering);
    }

    /// <summary>A static route's gateway stands on a connected network, or is behind the kernel's own
    /// gateway.</summary>
    private Resolution ResolveOnLink(IpAddr gateway)
    {
        _covering.TryLongestMatch(gateway, out _, out var covering);
        return Resolve(gateway, covering) with { IgpMetric = Resolution.UnknownMetric };
    }

    private static Resolution Resolve(IpAddr address, Covering? covering)
    {
        if (covering is null || covering.Kind == CoveringKind.Own) return default;
        return covering.Kind == CoveringKind.Connected
            ? new(true, new NextHop(address, covering.Link), 0)
            : new(true, new NextHop(covering.Gateway, covering.Link), Resolution.UnknownMetric);
    }
}
