using Agent.Primitives;
using Agent.Resources;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

public sealed class SnapshotTests
{
    private static readonly string Everything = string.Join("\n---\n",
        Node("a", "10.0.0.1"), Node("b", "10.0.0.2", ", asNumber: 65001", "{rack: x}"), Node("r", "10.0.0.8", ", routeReflectorClusterID: 244.0.0.1", "{rr: 'true'}"),
        "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {zone: z}, annotations: {projectcalico.org/ASNumber: '65002'}}\n",
        BgpSettings("{serviceClusterIPs: [{cidr: 10.49.0.0/16}], serviceExternalIPs: [{cidr: 10.50.0.0/24}]}"), BgpSettings("{listenPort: 1790}", "node.b"),
        Peer("rr", "{nodeSelector: '!has(rr)', peerSelector: has(rr)}"), Peer("ext", "{peerIP: 10.9.0.1, asNumber: 65000}"),
        Pool("default", "{cidr: 10.48.0.0/16, natOutgoing: true}"), Pool("external", "{cidr: 198.19.24.0/21, nodeSelector: '!all()'}"),
        Affinity("a", "10.48.0.0/26"), Affinity("b", "10.48.0.64/26"),
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, annotations: {cni.projectcalico.org/ipv4pools: '[\"external\"]'}}\n",
        Service("s", "{clusterIP: 10.49.0.9, externalTrafficPolicy: Local, externalIPs: [10.50.0.10]}"),
        Slice("s-1", "s", "[{addresses: [10.48.0.1], nodeName: a}]"), Slice("s-2", "s", "[{addresses: [10.48.0.65], nodeName: b}]"));

    /// <summary>All plans of all nodes as text.</summary>
    private static string Plans(ClusterSnapshot snapshot) => string.Join('\n', new[] { "a", "b", "r" }.Select(node =>
    {
        var peers = PeerPlan.For(snapshot, node);
        var services = ServicePlan.For(snapshot, node);
        var pools = PoolPlan.For(snapshot, node);
        var choice = PoolChoice.For(snapshot, new PoolRequest { Node = node, Namespace = "n" });
        return string.Join('\n',
        [
            $"node {node}", .. peers.Peers.Select(peer => $"{peer.Name} {peer.Session} {peer.Policy}"), .. peers.Problems,
            .. services.Prefixes.Select(prefix => $"{prefix}"), .. services.Decisions.Select(decision => $"{decision}"),
            .. services.KernelReject.Select(prefix => $"{prefix}"), .. services.ReflectorClauses.Select(prefix => $"{prefix}"),
            .. pools.Pools.Select(pool => $"{pool}"), .. pools.OwnBlocks.Select(block => $"{block}"),
            .. choice.Pools.Select(pool => pool.Name), choice.Error ?? "", NatPlan.For(snapshot),
        ]);
    }));

    [Fact]
    public void The_plans_depend_on_the_state_and_not_on_the_road_to_it()
    {
        var resources = Read(Everything);
        var forward = resources.Aggregate(ClusterSnapshot.Empty, (snapshot, resource) => snapshot.Put(resource));
        var reversed = resources.Reverse().Aggregate(ClusterSnapshot.Empty, (snapshot, resource) => snapshot.Put(resource));
        var repeated = resources.Aggregate(forward, (snapshot, resource) => snapshot.Put(resource));
        var detour = resources.Aggregate(forward, (snapshot, resource) => snapshot.Remove(resource.Key).Put(resource));

        var expected = Plans(forward);
        Assert.Contains("Mesh_10_0_0_2", expected, StringComparison.Ordinal);
        Assert.Equal([expected, expected, expected], [Plans(reversed), Plans(repeated), Plans(detour)]);
    }

    [Fact]
    public void Removing_everything_leaves_nothing()
    {
        var snapshot = Read(Everything).Aggregate(Snapshot(Everything), (left, resource) => left.Remove(resource.Key));

        Assert.Equal(Plans(ClusterSnapshot.Empty), Plans(snapshot));
    }

    [Fact]
    public void A_resource_that_cannot_be_read_is_reported_and_its_last_good_version_stays()
    {
        var good = Snapshot(Pool("p", "{cidr: 10.48.0.0/16}"));
        var key = new ResourceKey(Kinds.IPPool, "p");

        var bad = good.With(Pool("p", "{cidr: 10.48.0.0/16, blockSize: wide}"));
        Assert.Equal(IpPrefix.Parse("10.48.0.0/16"), bad.Pools["p"].Cidr);
        Assert.Equal("IPPool(p): error with field spec.blockSize = 'wide' (must be an integer in range)", bad.Problems[key]);

        Assert.Empty(bad.With(Pool("p", "{cidr: 10.48.0.0/16}")).Problems);
        Assert.Empty(bad.Remove(key).Problems);
        Assert.Empty(bad.Remove(key).Pools);
    }

    [Fact]
    public void A_snapshot_never_changes()
    {
        var before = Snapshot(Pool("p", "{cidr: 10.48.0.0/16}"));

        before.Remove(new ResourceKey(Kinds.IPPool, "p"));
        before.With(Pool("q", "{cidr: 10.49.0.0/16}"));

        Assert.Equal(["p"], before.Pools.Keys);
    }

    [Fact]
    public void The_two_views_of_a_node_are_merged_and_Calicos_wins()
    {
        var snapshot = Snapshot(
            Node("a", "10.0.0.1", labels: "{x: calico}"),
            """
            apiVersion: v1
            kind: Node
            metadata:
              name: a
              labels: {x: kube, y: kube}
              annotations: {projectcalico.org/IPv4Address: 10.9.9.9/16, projectcalico.org/RouteReflectorClusterID: 244.0.0.1, projectcalico.org/ASNumber: "65001"}
            """);

        var node = snapshot.Nodes["a"];
        Assert.Equal(new NodeAddress(IpAddr.Parse("10.0.0.1"), IpPrefix.Parse("10.0.0.0/24")), node.IPv4);
        Assert.Equal((65001u, 0xf4000001u), (node.AsNumber, node.ClusterId));
        Assert.Equal("x=calico y=kube", string.Join(' ', node.Labels.Select(label => $"{label.Key}={label.Value}")));

        var kubeOnly = snapshot.Remove(new ResourceKey(Kinds.Node, "a")).Nodes["a"];
        Assert.Equal(new NodeAddress(IpAddr.Parse("10.9.9.9"), IpPrefix.Parse("10.9.0.0/16")), kubeOnly.IPv4);
    }
}
