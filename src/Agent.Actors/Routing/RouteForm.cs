using System.Collections.Immutable;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;
using NextHop = Agent.Netlink.NextHop;
using RibHop = Agent.Bgp.Rib.NextHop;

namespace Agent.Actors.Routing;

/// <summary>A kernel route without what names it: what many routes have in common, and share.</summary>
internal sealed record RouteForm(
    RouteKind Kind, Netlink.RouteProtocol Protocol, RouteScope Scope, NextHops NextHops, IpAddr PrefSource)
{
    /// <summary>The index of the only next hop's interface; 0 when there are none or several next hops.</summary>
    public int OutInterface => NextHops.Count == 1 ? NextHops[0].Interface : 0;

    /// <summary>What this route has in common with others.</summary>
    public static RouteForm Of(in KernelRoute route) =>
        new(route.Kind, route.Protocol, route.Scope, route.NextHops, route.PrefSource);

    /// <summary>The route of this form that has this name.</summary>
    public KernelRoute For(RouteKey key) =>
        new(key.Destination, Kind, Protocol, Scope, NextHops, key.Table, key.Priority, PrefSource);
}

/// <summary>The forms of the routes that the RIB and the kernel tell of: each is made once for as long as it is in
/// use, since a hundred thousand routes have a few.</summary>
internal sealed class RouteForms
{
    private const int Places = 256;

    private static readonly RouteForm Blackhole = RouteForm.Of(KernelRoute.Blackhole(default));
    private static readonly RouteForm Unreachable = RouteForm.Of(KernelRoute.Unreachable(default));

    private readonly Known[] _wanted = new Known[Places];
    private readonly RouteForm?[] _found = new RouteForm?[Places];

    private readonly record struct Known(ImmutableArray<RibHop> Of, RouteForm Form);

    /// <summary>How the kernel's route for one of the RIB is to be.</summary>
    public RouteForm Of(in RibRoute route)
    {
        if (route.Kind != RibRouteKind.Via) return route.Kind == RibRouteKind.Unreachable ? Unreachable : Blackhole;
        ref var place = ref _wanted[route.NextHops[0].Gateway.GetHashCode() & (Places - 1)];
        if (place.Of == route.NextHops) return place.Form;
        var hops = new NextHop[route.NextHops.Length];
        for (var i = 0; i < hops.Length; i++) hops[i] = new NextHop(route.NextHops[i].Gateway, route.NextHops[i].Link);
        place = new Known(route.NextHops, RouteForm.Of(KernelRoute.Via(default, NextHops.Of(hops))));
        return place.Form;
    }

    /// <summary>How a route is that the kernel has, or that is wanted for a pod.</summary>
    public RouteForm Of(in KernelRoute route)
    {
        ref var place = ref _found[route.NextHops.GetHashCode() & (Places - 1)];
        if (place is not null && place.For(route.Key) == route) return place;
        return place = RouteForm.Of(route);
    }
}
