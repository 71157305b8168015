using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Routing;

/// <summary>What this node's kernel has that is not ours: links, addresses, foreign routes; and what follows for next
/// hops.</summary>
/// <remarks>Fed by a dump and by news; <see cref="Connected"/> is derived whole each time (spec calico-bgp 3.1,
/// 4.2).</remarks>
internal sealed class KernelView
{
    private static readonly ImmutableArray<string> AlwaysIgnored = ["cali*", "kube-ipvs*"];

    private readonly SortedDictionary<int, KernelLink> _links = [];
    private readonly SortedSet<KernelAddress> _addresses = new(Comparer<KernelAddress>.Create((left, right) =>
    {
        var order = left.Interface.CompareTo(right.Interface);
        if (order == 0) order = left.Address.CompareTo(right.Address);
        return order != 0 ? order : left.Network.CompareTo(right.Network);
    }));
    private readonly SortedDictionary<RouteKey, KernelRoute> _foreign = [];
    private ImmutableArray<string> _ignored = AlwaysIgnored;

    /// <summary>Leaves out the networks of interfaces of these names too, <c>*</c> for any characters (spec
    /// 3.1).</summary>
    public void Ignore(ImmutableArray<string> globs) => _ignored = [.. AlwaysIgnored, .. globs];

    /// <summary>Takes the whole truth of links and addresses; foreign routes follow one by one.</summary>
    public void Replace(ImmutableArray<KernelLink> links, ImmutableArray<KernelAddress> addresses)
    {
        _links.Clear();
        _addresses.Clear();
        _foreign.Clear();
        foreach (var link in links) _links[link.Index] = link;
        foreach (var address in addresses) _addresses.Add(address);
    }

    public void Set(KernelLink link) => _links[link.Index] = link;

    /// <summary>True when a link had a carrier and has none now: routes through gateways on it may have gone without
    /// news. A pod's link has no gateway.</summary>
    public bool LosesCarrier(KernelLink link) =>
        !link.HasCarrier && _links.TryGetValue(link.Index, out var before) && before.HasCarrier
        && !link.Name.StartsWith(RouteOwner.InterfacePrefix, StringComparison.Ordinal);

    public void Remove(KernelLink link) => _links.Remove(link.Index);

    public void Set(KernelAddress address) => _addresses.Add(address);

    public void Remove(KernelAddress address) => _addresses.Remove(address);

    public void SetForeign(in KernelRoute route) => _foreign[route.Key] = route;

    public void RemoveForeign(RouteKey key) => _foreign.Remove(key);

    /// <summary>True when somebody else's route stands where ours would.</summary>
    public bool IsForeign(RouteKey key) => _foreign.ContainsKey(key);

    /// <summary>The name of a link; null when it is not known.</summary>
    public string? NameOf(int index) => _links.TryGetValue(index, out var link) ? link.Name : null;

    /// <summary>The index of a link that is up; 0 when there is none of that name.</summary>
    public int IndexOf(string name)
    {
        foreach (var link in _links.Values)
            if (link.Name == name) return link.IsUp ? link.Index : 0;
        return 0;
    }

    /// <summary>Whose a route is.</summary>
    public RouteOwnership OwnerOf(in KernelRoute route) => RouteOwner.Of(route, NameOf(route.OutInterface));

    /// <summary>What next hops are resolved against.</summary>
    public ConnectedState Connected()
    {
        var networks = ImmutableArray.CreateBuilder<ConnectedNetwork>();
        var own = ImmutableArray.CreateBuilder<IpAddr>();
        foreach (var address in _addresses)
        {
            own.Add(address.Address);
            // fe80::/64 is on every link: where a next hop in it stands cannot be told by its address.
            if (address.Scope == RouteScope.Host
                || address is { Scope: RouteScope.Link, Address.Family: IpFamily.V6 }) continue;
            if (IsInUse(address.Interface))
                networks.Add(new ConnectedNetwork(address.Network, address.Interface));
        }

        return new ConnectedState
        {
            Networks = networks.ToImmutable(),
            OwnAddresses = own.ToImmutable(),
            Foreign = ForeignRoutes(),
            Links = [.. _links.Values.Where(link => link.IsUp).Select(link => new NamedLink(link.Index, link.Name))],
        };
    }

    // Keys are ordered by priority within a destination, so the first one is the kernel's choice. What the kernel
    // itself makes of addresses is in the networks already.
    private ImmutableArray<ForeignRoute> ForeignRoutes()
    {
        var routes = ImmutableArray.CreateBuilder<ForeignRoute>();
        IpPrefix? decided = null;
        foreach (var route in _foreign.Values)
        {
            if (decided == route.Destination) continue;
            var before = routes.Count;
            if (route.Kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw)
                routes.Add(new ForeignRoute(route.Destination, default, Link: 0));
            else if (route.Kind == RouteKind.Unicast && route.Protocol != Netlink.RouteProtocol.Kernel)
                foreach (var hop in route.NextHops)
                    if (!hop.Gateway.IsDefault || IsInUse(hop.Interface))
                        routes.Add(new ForeignRoute(route.Destination, hop.Gateway, hop.Interface));
            if (routes.Count > before) decided = route.Destination;
        }

        return routes.ToImmutable();
    }

    private bool IsInUse(int index) =>
        _links.TryGetValue(index, out var link) && link.IsUp && !IsIgnored(link.Name);

    private bool IsIgnored(string name)
    {
        foreach (var glob in _ignored)
            if (InterfaceGlob.Matches(glob, name)) return true;
        return false;
    }
}
