using System.Collections.Immutable;
using Agent.Bgp;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>The peers that one node should have (spec calico-bgp 2.1 to 2.7).</summary>
/// <remarks>
/// Explicit peerings first, in three passes over the BGPPeers in name order, the first writer of a (scope, remote
/// address, port) winning: global ones, those of this node, and the reverse of every other's. Then the mesh, for
/// addresses that no explicit peering has. Both ends of a session between nodes dial (a deviation on purpose; see the
/// architecture), so only peers in local pods are passive: those dial.
/// </remarks>
/// <param name="Peers">The peers, sorted by name.</param>
/// <param name="Problems">What was left out or changed, and why; sorted, each sentence once.</param>
public sealed record PeerPlan(ImmutableArray<PeerSpec> Peers, ImmutableArray<string> Problems)
{
    /// <summary>Addresses that host ends of pods' links get, for the pods to peer with; sorted.</summary>
    public ImmutableArray<HostAddress> HostAddresses { get; init; } = [];

    /// <summary>Plans the peers of a node; none where the node is unknown or has no address.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="nodeName">The node.</param>
    /// <param name="options">What the node's environment says.</param>
    /// <param name="workloads">The pods of the node, where they are known.</param>
    public static PeerPlan For(
        ClusterSnapshot snapshot, string nodeName, PlanOptions? options = null,
        ImmutableArray<LocalWorkload> workloads = default)
    {
        options ??= PlanOptions.Default;
        if (!snapshot.Nodes.TryGetValue(nodeName, out var node))
            return new PeerPlan([], [$"there is no Node '{nodeName}' yet: no BGP peers"]);

        var peers = new SortedDictionary<string, PeerSpec>(StringComparer.Ordinal);
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        var addresses = new SortedSet<HostAddress>();
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
            foreach (var (peer, workload) in planner.PlanWorkloads(workloads.IsDefault ? [] : workloads))
            {
                if (PeeringAddress(snapshot, family) is not { } address)
                {
                    problems.Add($"BGPConfiguration(default) has no localWorkloadPeeringIP{family}: pods have nothing "
                        + "to peer with");
                    continue;
                }

                peers[peer.Name] = peer;
                addresses.Add(new HostAddress(workload.Device, address));
            }
        }

        return new PeerPlan([.. peers.Values], [.. problems]) { HostAddresses = [.. addresses] };
    }

    /// <summary>Whether pods may be peers of a node: only then their labels matter.</summary>
    public static bool NeedsWorkloads(ClusterSnapshot snapshot) =>
        snapshot.BgpPeers.Values.Any(peer => !string.IsNullOrEmpty(peer.LocalWorkloadSelector));

    private static IpAddr? PeeringAddress(ClusterSnapshot snapshot, IpFamily family)
    {
        var text = family == IpFamily.V4
            ? snapshot.DefaultBgp.LocalWorkloadPeeringIPV4
            : snapshot.DefaultBgp.LocalWorkloadPeeringIPV6;
        return IpAddr.TryParse(text, out var address) && address.Family == family ? address : null;
    }

    /// <summary>A node's AS: its own, else the cluster's, else 64512.</summary>
    public static uint AsOf(ClusterSnapshot snapshot, ClusterNode node) =>
        node.AsNumber ?? snapshot.DefaultBgp.AsNumber ?? BgpConfiguration.DefaultAsNumber;

    /// <summary>Where a node listens: its own setting, else the cluster's, else null for 179.</summary>
    public static ushort? ListenPortOf(ClusterSnapshot snapshot, string nodeName) =>
        (ushort?)(snapshot.BgpOf(nodeName)?.ListenPort ?? snapshot.DefaultBgp.ListenPort);
}
