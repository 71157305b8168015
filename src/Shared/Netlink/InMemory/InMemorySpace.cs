using Agent.Primitives;

namespace Agent.Netlink.InMemory;

/// <summary>The tables of one imitated network namespace, with the rules of Linux by which they depend on each
/// other.</summary>
internal sealed class InMemorySpace(Action<KernelNews> tell)
{
    private readonly SortedDictionary<int, KernelLink> _links = [];
    private readonly SortedDictionary<int, (InMemorySpace Space, int Index)> _peers = [];
    private readonly List<KernelAddress> _addresses = [];
    private readonly SortedDictionary<RouteKey, KernelRoute> _routes = [];

    internal IEnumerable<KernelLink> Links => _links.Values;

    internal IEnumerable<KernelAddress> Addresses =>
        _addresses.OrderBy(address => address.Interface).ThenBy(address => address.Address);

    internal IEnumerable<KernelRoute> Routes => _routes.Values;

    internal SortedDictionary<string, string> Sysctls { get; } = new(StringComparer.Ordinal);

    internal KernelLink? Find(string name) => _links.Values.FirstOrDefault(link => link.Name == name);

    internal KernelRoute? Route(RouteKey key) => _routes.TryGetValue(key, out var route) ? route : null;

    internal KernelLink AddLink(int index, string name, string kind, MacAddress mac, int mtu, bool isUp)
    {
        var link = new KernelLink(index, name, kind, mac, mtu, isUp, isUp, 0);
        _links.Add(index, link);
        tell(new KernelNews.LinkChanged(link));
        return link;
    }

    internal static void Join(InMemorySpace one, int oneIndex, InMemorySpace other, int otherIndex)
    {
        one._peers[oneIndex] = (other, otherIndex);
        other._peers[otherIndex] = (one, oneIndex);
        one._links[oneIndex] = one._links[oneIndex] with { Peer = otherIndex };
        other._links[otherIndex] = other._links[otherIndex] with { Peer = oneIndex };
    }

    internal bool DeleteLink(string name)
    {
        if (Find(name) is not { } link) return false;
        var peer = _peers.TryGetValue(link.Index, out var joined) ? joined.Space._links[joined.Index].Name : null;
        Remove(link);
        if (peer is not null) joined.Space.Remove(joined.Space._links[joined.Index]);
        return true;
    }

    internal bool SetUp(string name, bool isUp)
    {
        if (Find(name) is not { } link) return false;
        _links[link.Index] = link with { IsUp = isUp };
        UpdateCarrier(link.Index);
        if (_peers.TryGetValue(link.Index, out var peer)) peer.Space.UpdateCarrier(peer.Index);

        if (!isUp) DropRoutes(hop => hop.Interface == link.Index);
        else
            foreach (var address in _addresses.Where(address => address.Interface == link.Index)) Connect(address);
        return true;
    }

    internal bool LoseCarrier(string name)
    {
        if (Find(name) is not { } link) return false;
        DropRoutes(hop => hop.Interface == link.Index && !hop.Gateway.IsDefault);
        _links[link.Index] = link with { HasCarrier = false };
        tell(new KernelNews.LinkChanged(_links[link.Index]));
        return true;
    }

    // Without news, as in Linux: who watches links, or next hops, knows.
    internal void DropRoutes(Func<NextHop, bool> through)
    {
        var lost = _routes.Values.Where(route => route.NextHops.Count > 0 && route.NextHops.All(through));
        foreach (var route in lost.ToList()) _routes.Remove(route.Key);
    }

    internal void DeleteAddress(string link, IpAddr address)
    {
        if (Find(link) is not { } found) return;
        foreach (var known in _addresses.Where(known =>
            known.Interface == found.Index && known.Address == address && known.Network.IsHost).ToArray())
        {
            _addresses.Remove(known);
            tell(new KernelNews.AddressDeleted(known));
        }
    }

    internal KernelError? AddAddress(
        string link, IpAddr address, int length, RouteScope scope = RouteScope.Universe)
    {
        if (Find(link) is not { } found) return new KernelError(Errno.NoDevice, $"there is no link {link}");
        if (_addresses.Any(known =>
            known.Interface == found.Index && known.Address == address && known.Network.Length == length))
            return new KernelError(Errno.Exists);
        var added = new KernelAddress(found.Index, address, new IpPrefix(address, length), scope);
        _addresses.Add(added);
        tell(new KernelNews.AddressAdded(added));
        if (found.IsUp) Connect(added);
        return null;
    }

    /// <summary>Carries out one change; the news is told unless the change is the kernel's own.</summary>
    internal KernelError? Apply(in RouteChange change, bool isForeign)
    {
        var route = change.Route.AsInstalled();
        var there = Route(route.Key);
        if (change.Action == RouteAction.Delete)
        {
            if (there is not { } old || !Matches(old, route)) return new KernelError(Errno.NoSuchRoute);
            _routes.Remove(route.Key);
            if (isForeign) tell(new KernelNews.RouteDeleted(old));
            return null;
        }

        if (Resolve(ref route) is { } error) return error;
        if (change.Action == RouteAction.Add && there is not null) return new KernelError(Errno.Exists);
        _routes[route.Key] = route;
        if (isForeign) tell(new KernelNews.RouteChanged(route));
        return null;
    }

    private static bool Matches(in KernelRoute there, in KernelRoute asked) =>
        there.Kind == asked.Kind && (asked.Protocol == RouteProtocol.Unspecified || there.Protocol == asked.Protocol);

    // As the kernel does: a next hop's link must exist and be up, its gateway must lie on a connected network, a
    // missing link is filled in.
    private KernelError? Resolve(ref KernelRoute route)
    {
        if (route.Kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw)
        {
            route = route with { NextHops = NextHops.None };
            return null;
        }

        if (route.NextHops.Count == 0) return new KernelError(Errno.NoDevice, "a unicast route needs a next hop");
        var resolved = new NextHop[route.NextHops.Count];
        for (var i = 0; i < resolved.Length; i++)
        {
            var hop = route.NextHops[i];
            if (hop.Gateway.IsDefault || hop.OnLink)
            {
                if (!_links.TryGetValue(hop.Interface, out var link)) return new KernelError(Errno.NoDevice);
                if (!link.IsUp) return new KernelError(Errno.NetworkDown);
            }
            else
            {
                var over = Over(hop.Gateway, hop.Interface);
                if (over == 0) return new KernelError(Errno.NetworkUnreachable, "Nexthop has invalid gateway");
                hop = hop with { Interface = over };
            }

            resolved[i] = hop;
        }

        route = route with { NextHops = NextHops.Of(resolved) };
        return null;
    }

    private int Over(IpAddr gateway, int wanted)
    {
        if (gateway.Family == IpFamily.V6 && gateway.Value >> 118 == 0x3FA) return wanted;
        foreach (var route in _routes.Values)
        {
            var isDevice = route.Kind == RouteKind.Unicast && route.NextHops.Count == 1
                && route.NextHops[0].Gateway.IsDefault;
            if (isDevice && route.Destination.Contains(gateway) && (wanted == 0 || route.OutInterface == wanted))
                return route.OutInterface;
        }

        return 0;
    }

    private void Connect(KernelAddress address)
    {
        if (address.Network.IsHost) return;
        var isV4 = address.Address.IsV4;
        var route = new KernelRoute(
            address.Network, RouteKind.Unicast, RouteProtocol.Kernel, isV4 ? RouteScope.Link : RouteScope.Universe,
            NextHops.Of(NextHop.Device(address.Interface)), Priority: isV4 ? 0u : 256u,
            PrefSource: isV4 ? address.Address : default);
        if (_routes.TryAdd(route.Key, route)) tell(new KernelNews.RouteChanged(route));
    }

    private void UpdateCarrier(int index)
    {
        var link = _links[index];
        var peerIsUp = !_peers.TryGetValue(index, out var peer) || peer.Space._links[peer.Index].IsUp;
        _links[index] = link with { HasCarrier = link.IsUp && peerIsUp };
        tell(new KernelNews.LinkChanged(_links[index]));
    }

    private void Remove(KernelLink link)
    {
        DropRoutes(hop => hop.Interface == link.Index);
        foreach (var address in _addresses.Where(address => address.Interface == link.Index).ToList())
        {
            _addresses.Remove(address);
            tell(new KernelNews.AddressDeleted(address));
        }

        _peers.Remove(link.Index);
        _links.Remove(link.Index);
        tell(new KernelNews.LinkDeleted(link));
    }
}
