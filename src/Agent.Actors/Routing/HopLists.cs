using System.Collections.Immutable;
using Agent.Bgp.Rib;
using Agent.Netlink;
using NextHop = Agent.Netlink.NextHop;
using RibHop = Agent.Bgp.Rib.NextHop;

namespace Agent.Actors.Routing;

/// <summary>The next hops of the RIB as the kernel takes them, each list made once as long as it is in use: routes
/// share a few.</summary>
internal sealed class HopLists
{
    private readonly Known[] _known = new Known[256];

    private readonly record struct Known(ImmutableArray<RibHop> Of, NextHops Hops);

    /// <summary>The next hops of a route that has some.</summary>
    public NextHops Of(in RibRoute route)
    {
        ref var place = ref _known[route.NextHops[0].Gateway.GetHashCode() & (_known.Length - 1)];
        if (place.Of == route.NextHops) return place.Hops;
        var hops = new NextHop[route.NextHops.Length];
        for (var i = 0; i < hops.Length; i++) hops[i] = new NextHop(route.NextHops[i].Gateway, route.NextHops[i].Link);
        place = new Known(route.NextHops, NextHops.Of(hops));
        return place.Hops;
    }
}
