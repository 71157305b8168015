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
    private readonly Dictionary<IpAddr, int> _ids = [];
    private readonly List<Tracked> _tracked = [];
    private readonly Stack<int> _free = [];
    private readonly PrefixTrie<int> _byAddress = new();
    private PrefixTrie<Covering> _covering = new();

    private enum CoveringKind { Gateway, Connected, Own }

    private readonly record struct Covering(CoveringKind Kind, IpAddr Gateway, int Link);

    private readonly record struct Tracked(IpAddr Address, int Uses, Resolution Resolution);

    /// <summary>The answer for a next hop in use.</summary>
    public Resolution this[int id] => _tracked[id].Resolution;

    /// <summary>The next hop's number, with one use more.</summary>
    public int Acquire(IpAddr address)
    {
        if (_ids.TryGetValue(address, out var id))
        {
            _tracked[id] = _tracked[id] with { Uses = _tracked[id].Uses + 1 };
            return id;
        }

        if (!_free.TryPop(out id))
        {
            id = _tracked.Count;
            _tracked.Add(default);
        }

        _tracked[id] = new Tracked(address, 1, Resolve(address));
        _ids.Add(address, id);
        if (!address.IsDefault) _byAddress.Set(IpPrefix.Host(address), id);
        return id;
    }

    /// <summary>One use less.</summary>
    public void Release(int id)
    {
        var tracked = _tracked[id];
        _tracked[id] = tracked with { Uses = tracked.Uses - 1 };
        if (tracked.Uses > 1) return;
        _tracked[id] = default;
        _ids.Remove(tracked.Address);
        if (!tracked.Address.IsDefault) _byAddress.Remove(IpPrefix.Host(tracked.Address));
        _free.Push(id);
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
        for (var id = 0; id < _tracked.Count; id++)
            if (_tracked[id].Uses > 0) changed |= Reevaluate(id);
        return changed;
    }

    /// <summary>A route for the prefix came or went; true when an answer changed.</summary>
    public bool CoverageChanged(IpPrefix prefix)
    {
        if (!_byAddress.AnyWithin(prefix)) return false;
        var changed = false;
        foreach (var (_, id) in _byAddress.Within(prefix)) changed |= Reevaluate(id);
        return changed;
    }

    private bool Reevaluate(int id)
    {
        var before = _tracked[id];
        var resolution = Resolve(before.Address);
        _tracked[id] = before with { Resolution = resolution };
        return resolution != before.Resolution;
    }

    private Resolution Resolve(IpAddr address)
    {
        if (address.IsDefault) return default;
        var known = _covering.TryLongestMatch(address, out var match, out var covering);
        var floor = known ? covering.Kind == CoveringKind.Gateway ? match.Length : match.Length + 1 : 0;
        for (var length = address.Bits; length >= floor; length--)
        {
            var found = table.Find(new PrefixKey(new IpPrefix(address, length)));
            if (found < 0 || !table.Prefix(found).Has(PrefixMarks.HasRoute)) continue;
            ref var entry = ref table.Prefix(found);
            return entry.LocalKind == LocalRouteKind.Workload
                ? new(true, new NextHop(address, entry.LocalLink), 0)
                : default;
        }

        if (!known || covering.Kind == CoveringKind.Own) return default;
        return covering.Kind == CoveringKind.Connected
            ? new(true, new NextHop(address, covering.Link), 0)
            : new(true, new NextHop(covering.Gateway, covering.Link), Resolution.UnknownMetric);
    }
}
