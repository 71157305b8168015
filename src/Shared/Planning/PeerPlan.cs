using System.Collections.Immutable;
using Agent.Bgp;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>The peers that one node should have (spec calico-bgp 2.1 to 2.7).</summary>
/// <remarks>
/// Explicit peerings first, in three passes over the BGPPeers in name order, the first writer of a (scope, remote
/// address, port) winning: global ones, those of this node, and the reverse of every other's. Then the mesh, for
/// addresses that no explicit peering has. Both ends of a session between nodes dial (a deviation on purpose; see the
/// architecture), so nothing here is passive. Not planned: local workloads, and reachableBy's static route; both are
/// reported.
/// </remarks>
/// <param name="Peers">The peers, sorted by name.</param>
/// <param name="Problems">What was left out or changed, and why; sorted, each sentence once.</param>
public sealed record PeerPlan(ImmutableArray<PeerSpec> Peers, ImmutableArray<string> Problems)
{
    /// <summary>Plans the peers of a node; none where the node is unknown or has no address.</summary>
    public static PeerPlan For(ClusterSnapshot snapshot, string nodeName, PlanOptions? options = null)
    {
        options ??= PlanOptions.Default;
        if (!snapshot.Nodes.TryGetValue(nodeName, out var node))
            return new PeerPlan([], [$"there is no Node '{nodeName}' yet: no BGP peers"]);

        var peers = new SortedDictionary<string, PeerSpec>(StringComparer.Ordinal);
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        if (options.Families.All(family => node.AddressOf(family) is null))
            problems.Add($"node {nodeName} has no address for BGP: no peers");
        foreach (var family in options.Families)
        {
            // A family of which the node has no address is off (spec 2).
            if (node.AddressOf(family) is not { } local) continue;
            if (!RouterId.TryResolve(options.RouterId, nodeName, node.IPv4?.Address, out var routerId, out var error))
            {
                problems.Add(error);
                continue;
            }

            var planner = new FamilyPeers(snapshot, node, local.Address, routerId, options, problems);
            foreach (var peer in planner.Plan()) peers[peer.Name] = peer;
        }

        return new PeerPlan([.. peers.Values], [.. problems]);
    }

    /// <summary>A node's AS: its own, else the cluster's, else 64512.</summary>
    public static uint AsOf(ClusterSnapshot snapshot, ClusterNode node) =>
        node.AsNumber ?? snapshot.DefaultBgp.AsNumber ?? BgpConfiguration.DefaultAsNumber;

    /// <summary>Where a node listens: its own setting, else the cluster's, else null for 179.</summary>
    public static ushort? ListenPortOf(ClusterSnapshot snapshot, string nodeName) =>
        (ushort?)(snapshot.BgpOf(nodeName)?.ListenPort ?? snapshot.DefaultBgp.ListenPort);
}
