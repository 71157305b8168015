using Agent.Primitives;

namespace Agent.Planning;

/// <summary>Where a node listens for BGP (spec calico-bgp 7.2).</summary>
/// <param name="Address">One address; null is every address, of both families (bindMode None).</param>
/// <param name="Port">The TCP port.</param>
/// <param name="Second">With bindMode NodeIP the address of the other family; null where the node has none.</param>
public readonly record struct ListenPlan(IpAddr? Address, ushort Port, IpAddr? Second = null)
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
        if (!snapshot.Nodes.TryGetValue(nodeName, out var node)) return null;
        return (node.IPv4?.Address, node.IPv6?.Address) switch
        {
            (null, null) => null,
            (null, var only) => new ListenPlan(only, port),
            var (first, second) => new ListenPlan(first, port, second),
        };
    }
}
