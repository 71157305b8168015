using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>A peer's address, and the gateway through which it is reached.</summary>
public readonly record struct PeerGateway(IpAddr Peer, IpAddr Gateway);

/// <summary>The static routes that <c>reachableBy</c> asks for: one for each such BGPPeer that concerns a node (spec
/// calico-bgp 1.2, 3.1).</summary>
public static class ReachabilityPlan
{
    /// <summary>The routes of a node, sorted by peer; of several gateways for one peer, that of the first BGPPeer by
    /// name. A gateway of the wrong family is none (the peer is left out too, spec 2.4).</summary>
    public static ImmutableArray<PeerGateway> For(ClusterSnapshot snapshot, string nodeName)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (!snapshot.Nodes.TryGetValue(nodeName, out var node)) return [];
        var gateways = new SortedDictionary<IpAddr, IpAddr>();
        foreach (var peer in snapshot.BgpPeers.Values)
        {
            if (!IpAddr.TryParse(peer.ReachableBy, out var gateway) || !FamilyPeers.IsLocalEnd(peer, node)) continue;
            if (BgpPeer.TryParsePeerIP(peer.PeerIP, out var address, out _) && address.Family == gateway.Family)
                gateways.TryAdd(address, gateway);
        }

        return [.. gateways.Select(each => new PeerGateway(each.Key, each.Value))];
    }
}
