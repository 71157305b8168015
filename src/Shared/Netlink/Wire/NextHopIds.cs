using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Which next hops a batch of routes names by the number of an object of the kernel's.</summary>
internal sealed class NextHopIds
{
    private readonly Dictionary<NextHop, uint> _ids = [];
    private NextHops _last;
    private uint _lastId;

    internal void Clear()
    {
        _ids.Clear();
        (_last, _lastId) = (default, 0);
    }

    internal void Set(NextHop hop, uint id) => _ids[hop] = id;

    internal void Remove(NextHop hop)
    {
        _ids.Remove(hop);
        (_last, _lastId) = (default, 0);
    }

    /// <summary>The object that a change names; 0 when its route brings its next hop along.</summary>
    internal uint Of(in RouteChange change)
    {
        if (_ids.Count == 0 || !CanName(change)) return 0;
        if (change.Route.NextHops == _last) return _lastId;
        _last = change.Route.NextHops;
        return _lastId = _ids.GetValueOrDefault(_last[0]);
    }

    /// <summary>True for a change that may name an object: IPv4, through one gateway, with nothing else to say of
    /// it.</summary>
    internal static bool CanName(in RouteChange change)
    {
        var route = change.Route;
        return change.Action != RouteAction.Delete && route is { Kind: RouteKind.Unicast, NextHops.Count: 1 }
            && route.Destination.Family == IpFamily.V4 && route.PrefSource.IsDefault
            && route.NextHops[0] is { Interface: > 0, OnLink: false, Gateway.Family: IpFamily.V4 };
    }
}
