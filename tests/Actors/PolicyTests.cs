using Agent.Actors.Bgp;
using Agent.Netlink;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>Filters, gateways to peers, priorities and ignored interfaces on whole nodes.</summary>
public sealed class PolicyTests
{
    [Fact]
    public void A_filter_takes_effect_and_ends_without_the_session_noticing()
    {
        var (cluster, block) = PeeredNodes();
        var since = Since(cluster["a"]);

        cluster.Apply(
            SimulatedCluster.Calico("BGPFilter", "none", "{importV4: [{action: Reject, cidr: 10.48.0.0/16, matchOperator: In}]}"),
            SimulatedCluster.Calico("BGPPeer", "all", "{nodeSelector: all(), peerSelector: all(), filters: [none]}"));
        cluster.Advance(5);
        Assert.Empty(cluster["a"].Routes());

        cluster.Apply(SimulatedCluster.Calico("BGPFilter", "none", "{importV4: [{action: Reject, cidr: 10.49.0.0/16, matchOperator: In}]}"));
        cluster.Advance(5);
        Assert.Equal([$"{block} via 10.0.0.12"], cluster["a"].Routes());
        Assert.Equal(since, Since(cluster["a"]));
    }

    [Fact]
    public void A_peer_behind_a_gateway_is_routed_there_as_long_as_the_peering_says_so()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];

        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "far", "{peerIP: 10.9.0.1, asNumber: 65001, reachableBy: 10.0.0.254}"));
        cluster.Advance(5);
        Assert.Equal(["10.9.0.1/32 via 10.0.0.254"], node.Routes());

        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "far", "{peerIP: 10.9.0.1, asNumber: 65001, reachableBy: 10.0.0.253}"));
        cluster.Advance(5);
        Assert.Equal(["10.9.0.1/32 via 10.0.0.253"], node.Routes());

        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "far", "{peerIP: 10.9.0.1, asNumber: 65001}"));
        cluster.Advance(5);
        Assert.Empty(node.Routes());
    }

    [Fact]
    public void With_metrics_every_route_has_its_priority()
    {
        var cluster = SimulatedCluster.Of(2);
        foreach (var name in (string[])["a", "b"])
        {
            cluster[name].Kill();
            cluster[name].Options = new PlanOptions { PriorityInLocalPref = true, RouteMetrics = true };
            cluster[name].Start();
        }

        cluster.Apply(SimulatedCluster.Calico("BGPConfiguration", "default", "{ipv4NormalRoutePriority: 900}"));
        cluster.Advance(200);
        var address = cluster["b"].Added("one");
        var block = new IpPrefix(address, 26);
        cluster.Advance(10);
        Assert.Equal(900u, Find(cluster["a"], block).Priority);
        Assert.Equal(0u, Find(cluster["b"], block).Priority);
        Assert.Equal(900u, Find(cluster["b"], IpPrefix.Host(address)).Priority);

        cluster.Apply(SimulatedCluster.Calico("BGPConfiguration", "default", "{}"));
        cluster.Advance(10);
        Assert.Equal(1024u, Find(cluster["a"], block).Priority);
        Assert.Equal(1024u, Find(cluster["b"], IpPrefix.Host(address)).Priority);
    }

    [Fact]
    public void An_ignored_interface_resolves_no_next_hops()
    {
        var (cluster, block) = PeeredNodes();

        cluster.Apply(SimulatedCluster.Calico("BGPConfiguration", "default", "{ignoredInterfaces: [\"eth*\"], nodeToNodeMeshEnabled: false}"));
        cluster.Advance(5);
        Assert.Equal([$"unreachable {block}"], cluster["a"].Routes());

        cluster.Apply(SimulatedCluster.Calico("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"));
        cluster.Advance(5);
        Assert.Equal([$"{block} via 10.0.0.12"], cluster["a"].Routes());
    }

    private static (SimulatedCluster Cluster, IpPrefix BlockOfB) PeeredNodes()
    {
        var cluster = SimulatedCluster.Of(2);
        cluster.Apply(
            SimulatedCluster.Calico("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"),
            SimulatedCluster.Calico("BGPPeer", "all", "{nodeSelector: all(), peerSelector: all()}"));
        var block = new IpPrefix(cluster["b"].Added("one"), 26);
        cluster.Advance(30);
        Assert.Equal([$"{block} via 10.0.0.12"], cluster["a"].Routes());
        return (cluster, block);
    }

    private static DateTimeOffset Since(SimulatedNode node) =>
        Assert.Single(Assert.IsType<PeerSetProtocol.Status>(node.Ask("bgp", PeerSetProtocol.GetStatus.Instance)).Peers).Since;

    // One route, whatever its metric.
    private static KernelRoute Find(SimulatedNode node, IpPrefix destination) =>
        node.Kernel.DumpRoutesAsync().Result.Single(route => route.Destination == destination);
}
