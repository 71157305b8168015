using Agent.Primitives;

namespace Agent.Planning;

/// <summary>Where a node listens for BGP (spec calico-bgp 7.2).</summary>
/// <param name="Address">The one address; null is every address (bindMode None).</param>
/// <param name="Port">The TCP port.</param>
public readonly record struct ListenPlan(IpAddr? Address, ushort Port)
{
    /// <summary>Plans where a node listens; null where bindMode is NodeIP and the node has no address yet: then it does
    /// not listen.</summary>
    /// <remarks>bindMode is the cluster's alone; a node's own setting of it is without effect, as in Calico (spec
    /// 1.1).</remarks>
    public static ListenPlan? For(ClusterSnapshot snapshot, string nodeName)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var port = PeerPlan.ListenPortOf(snapshot, nodeName) ?? 179;
        if (snapshot.DefaultBgp.BindMode != "NodeIP") return new ListenPlan(null, port);
        return snapshot.Nodes.TryGetValue(nodeName, out var node) && node.IPv4 is { Address: var address }
            ? new ListenPlan(address, port)
            : null;
    }
}
