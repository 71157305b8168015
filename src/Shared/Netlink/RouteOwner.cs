namespace Agent.Netlink;

/// <summary>Whose a kernel route is.</summary>
public enum RouteOwnership
{
    /// <summary>Somebody else's: never changed, never deleted.</summary>
    Foreign,

    /// <summary>Installed for BGP: a learned route, or the blackhole of an own block.</summary>
    Bgp,

    /// <summary>Installed by pod wiring: the address of a local pod over its host interface.</summary>
    Pod,
}

/// <summary>The one place that says which kernel routes are ours.</summary>
/// <remarks>
/// BGP's routes bear protocol 12 (<c>proto bird</c>), as Calico's do; the agent refuses to start beside a live BIRD, so
/// nobody else writes that number. Routes to local pods bear protocol 3 (boot), which administrators use too; there the
/// interface decides: only <c>scope link</c> routes over an interface named <c>cali*</c> are ours. Both in the main
/// table.
/// </remarks>
public static class RouteOwner
{
    /// <summary>The protocol of what BGP installs.</summary>
    public const RouteProtocol BgpProtocol = RouteProtocol.Bird;

    /// <summary>The protocol of a local pod's route.</summary>
    public const RouteProtocol PodProtocol = RouteProtocol.Boot;

    /// <summary>How the names of pods' host interfaces begin.</summary>
    public const string InterfacePrefix = "cali";

    /// <summary>Tells whose the route is.</summary>
    /// <param name="route">A route as dumped.</param>
    /// <param name="interfaceName">The name of its only next hop's interface; null where there is none or it is not
    /// known.</param>
    /// <param name="interfacePrefix">How the names of pods' host interfaces begin, where the cluster uses another
    /// prefix.</param>
    public static RouteOwnership Of(in KernelRoute route, string? interfaceName,
        string interfacePrefix = InterfacePrefix)
    {
        if (route.Table != KernelRoute.MainTable) return RouteOwnership.Foreign;
        if (route.Protocol == BgpProtocol) return RouteOwnership.Bgp;
        return IsPod(route, interfaceName, interfacePrefix) ? RouteOwnership.Pod : RouteOwnership.Foreign;
    }

    private static bool IsPod(in KernelRoute route, string? interfaceName, string interfacePrefix) =>
        route is { Protocol: PodProtocol, Kind: RouteKind.Unicast, NextHops.Count: 1 }
        && route.Destination.IsHost
        // IPv6 has no scope; there the missing gateway says the same.
        && (route.Scope == RouteScope.Link || route.Destination.Family == Primitives.IpFamily.V6)
        && route.NextHops[0].Gateway.IsDefault
        && interfaceName is not null
        && interfaceName.StartsWith(interfacePrefix, StringComparison.Ordinal);
}
