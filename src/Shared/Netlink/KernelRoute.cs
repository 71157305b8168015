using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>What a route does with a packet; the values are those of rtnetlink(7), <c>rtm_type</c>.</summary>
public enum RouteKind : byte
{
    /// <summary>Forwards over its next hops.</summary>
    Unicast = 1,

    /// <summary>Delivers here; made by the kernel for its own addresses.</summary>
    Local = 2,

    /// <summary>Sends as a broadcast; made by the kernel.</summary>
    Broadcast = 3,

    /// <summary>Delivers here, sent as unicast; made by the kernel.</summary>
    Anycast = 4,

    /// <summary>Sends as a multicast.</summary>
    Multicast = 5,

    /// <summary>Drops silently: what a block's owner installs for the block as a whole.</summary>
    Blackhole = 6,

    /// <summary>Drops and answers ICMP host unreachable: a BGP route whose next hop is not resolvable.</summary>
    Unreachable = 7,

    /// <summary>Drops and answers ICMP administratively prohibited.</summary>
    Prohibit = 8,

    /// <summary>Goes on with the next routing table.</summary>
    Throw = 9,
}

/// <summary>How far away the destination is; the values are those of rtnetlink(7), <c>rtm_scope</c>.</summary>
public enum RouteScope : byte
{
    /// <summary>Anywhere: through a gateway, or dropped.</summary>
    Universe = 0,

    /// <summary>In the site; not used by IPv4.</summary>
    Site = 200,

    /// <summary>On the link.</summary>
    Link = 253,

    /// <summary>In this host.</summary>
    Host = 254,

    /// <summary>Nowhere; in a deletion it matches any scope.</summary>
    Nowhere = 255,
}

/// <summary>Who installed a route; the values are those of rtnetlink(7), <c>rtm_protocol</c>. Other numbers occur
/// too.</summary>
public enum RouteProtocol : byte
{
    /// <summary>Not said; in a deletion it matches any protocol.</summary>
    Unspecified = 0,

    /// <summary>An ICMP redirect.</summary>
    Redirect = 1,

    /// <summary>The kernel itself, for a connected network.</summary>
    Kernel = 2,

    /// <summary>What iproute2 does not show: the mark of a pod's route on its host.</summary>
    Boot = 3,

    /// <summary>An administrator.</summary>
    Static = 4,

    /// <summary>BIRD's number, which routes learned by BGP bear.</summary>
    Bird = 12,
}

/// <summary>What names a route: the kernel holds one per table, destination and priority.</summary>
/// <remarks>Ordered by table, destination, priority.</remarks>
/// <param name="Table">The routing table; 254 is main.</param>
/// <param name="Destination">The network.</param>
/// <param name="Priority">The metric; the smaller wins.</param>
public readonly record struct RouteKey(uint Table, IpPrefix Destination, uint Priority) : IComparable<RouteKey>
{
    /// <summary>The name of a route in the main table as a dump will show it: IPv6 gets its default metric.</summary>
    /// <param name="destination">The network.</param>
    /// <param name="priority">The metric that was asked for; 0 for none.</param>
    public static RouteKey AsInstalled(IpPrefix destination, uint priority) => new(
        KernelRoute.MainTable,
        destination,
        priority == 0 && destination.Family == IpFamily.V6 ? KernelRoute.DefaultV6Priority : priority);

    /// <inheritdoc/>
    public int CompareTo(RouteKey other)
    {
        var order = Table.CompareTo(other.Table);
        if (order == 0) order = Destination.CompareTo(other.Destination);
        return order != 0 ? order : Priority.CompareTo(other.Priority);
    }

    /// <summary>Order by table, destination, priority.</summary>
    public static bool operator <(RouteKey left, RouteKey right) => left.CompareTo(right) < 0;

    /// <summary>Order by table, destination, priority.</summary>
    public static bool operator >(RouteKey left, RouteKey right) => left.CompareTo(right) > 0;

    /// <summary>Order by table, destination, priority.</summary>
    public static bool operator <=(RouteKey left, RouteKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order by table, destination, priority.</summary>
    public static bool operator >=(RouteKey left, RouteKey right) => left.CompareTo(right) >= 0;
}

/// <summary>One route of the kernel's table, as a value: equal routes forward alike.</summary>
/// <remarks>
/// Interfaces are named by index. Two forms of the same route are made one: a multipath route's next hops are sorted, a
/// route that drops has no next hop, and <see cref="AsInstalled"/> fills in what the kernel adds by itself, so that a
/// desired route can be compared with a dumped one. Routes with a type of service are not represented; a dump leaves
/// them out.
/// </remarks>
/// <param name="Destination">The network.</param>
/// <param name="Kind">What happens to its packets.</param>
/// <param name="Protocol">Who installed it.</param>
/// <param name="Scope">How far away it is; IPv6 knows universe alone.</param>
/// <param name="NextHops">The ways out; empty for a route that drops.</param>
/// <param name="Table">The routing table.</param>
/// <param name="Priority">The metric, 0 for none.</param>
/// <param name="PrefSource">The source address of packets that this host sends over it; unset for the kernel's
/// choice.</param>
public readonly record struct KernelRoute(
    IpPrefix Destination,
    RouteKind Kind,
    RouteProtocol Protocol,
    RouteScope Scope,
    NextHops NextHops = default,
    uint Table = KernelRoute.MainTable,
    uint Priority = 0,
    IpAddr PrefSource = default)
{
    /// <summary>The number of the main table.</summary>
    public const uint MainTable = 254;

    /// <summary>What the kernel makes of an IPv6 route that is given without a metric.</summary>
    public const uint DefaultV6Priority = 1024;

    /// <summary>What names this route.</summary>
    public RouteKey Key => new(Table, Destination, Priority);

    /// <summary>The index of the only next hop's interface; 0 when there are none or several next hops.</summary>
    public int OutInterface => NextHops.Count == 1 ? NextHops[0].Interface : 0;

    /// <summary>A route that drops silently, marked as BGP's.</summary>
    public static KernelRoute Blackhole(IpPrefix destination) =>
        new(destination, RouteKind.Blackhole, RouteOwner.BgpProtocol, RouteScope.Universe);

    /// <summary>A route that answers "unreachable", marked as BGP's.</summary>
    public static KernelRoute Unreachable(IpPrefix destination) =>
        new(destination, RouteKind.Unreachable, RouteOwner.BgpProtocol, RouteScope.Universe);

    /// <summary>A route through gateways, marked as BGP's.</summary>
    public static KernelRoute Via(IpPrefix destination, NextHops nextHops) =>
        new(destination, RouteKind.Unicast, RouteOwner.BgpProtocol, RouteScope.Universe, nextHops);

    /// <summary>The host's route to a local pod: the address over the pod's link, marked as wiring's.</summary>
    public static KernelRoute ToPod(IpAddr address, int hostInterface) => new(
        IpPrefix.Host(address), RouteKind.Unicast, RouteOwner.PodProtocol, RouteScope.Link,
        NextHops.Of(NextHop.Device(hostInterface)));

    /// <summary>The route as a dump will show it: IPv6 gets its default metric and the one scope that it
    /// knows.</summary>
    public KernelRoute AsInstalled() => Destination.Family is IpFamily.V4
        ? this
        : this with { Priority = RouteKey.AsInstalled(Destination, Priority).Priority, Scope = RouteScope.Universe };

    /// <summary>About as iproute2 writes it, with interface indexes for names.</summary>
    public override string ToString()
    {
        var kind = Kind is RouteKind.Unicast ? "" : Kind.ToString().ToLowerInvariant() + " ";
        var hops = NextHops.Count == 0 ? "" : " " + NextHops;
        var metric = Priority == 0 ? "" : $" metric {Priority}";
        var source = PrefSource.IsDefault ? "" : $" src {PrefSource}";
        var table = Table == MainTable ? "" : $" table {Table}";
        return $"{kind}{Destination}{hops} proto {(byte)Protocol} scope {(byte)Scope}{metric}{source}{table}";
    }
}
