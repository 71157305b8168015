using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>Whole nodes together: blocks, pods and services of each in the kernels of all; peers that come and go by resource.</summary>
public sealed class MeshTests
{
    private static readonly string[] Nodes = ["a", "b", "c"];
    private static readonly IpAddr Router = IpAddr.Parse("10.0.0.1");

    private const string RouterPeer = "{peerIP: 10.0.0.1, asNumber: 64999}";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Nodes_form_a_mesh_and_route_to_each_others_blocks(int seed)
    {
        var cluster = SimulatedCluster.Of(3, seed);
        var pods = Nodes.ToDictionary(name => name, name => cluster[name].Added("container-" + name, "pod-" + name));
        cluster.Advance(5);

        Assert.Equal(["Mesh_10_0_0_12 up", "Mesh_10_0_0_13 up"], cluster["a"].Peers());
        foreach (var name in Nodes)
        {
            string[] expected =
            [
                $"blackhole {BlockOf(pods[name])}",
                $"{pods[name]} dev {Agent.Netlink.HostInterfaceName.For("default", "pod-" + name)}",
                .. Nodes.Where(other => other != name).Select(other => $"{BlockOf(pods[other])} via {cluster[other].Address}"),
            ];
            Assert.Equal(expected.Order(StringComparer.Ordinal), cluster[name].Routes().Order(StringComparer.Ordinal));
        }

        Assert.Equal(
            Nodes.Select(name => $"host:{name} {pods[name]} {SimulatedCluster.NetworkName}.container-{name}").Order(StringComparer.Ordinal),
            cluster.Published().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_node_with_a_local_endpoint_advertises_the_services_address()
    {
        var cluster = SimulatedCluster.Of(2);
        cluster.Apply(
            SimulatedCluster.Calico("BGPConfiguration", "default", "{serviceClusterIPs: [{cidr: 10.96.0.0/12}]}"),
            SimulatedCluster.Manifest(
                "v1", "Service", "web", "{type: ClusterIP, clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7], internalTrafficPolicy: Local, externalTrafficPolicy: Local}",
                ", namespace: default"),
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}\n"
            + "addressType: IPv4\nendpoints: [{addresses: [10.48.0.1], nodeName: b, conditions: {ready: true}}]\n");
        var router = Speaker(cluster, 64999);
        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", "{peerIP: 10.0.0.1, asNumber: 64999, node: b}"));
        cluster.Advance(10);

        Assert.Equal(["10.96.0.0/12", "10.96.7.7/32"], router.Routes.Select(route => route.ToString()));
        Assert.Empty(cluster["b"].Routes());

        cluster.Remove(Kinds.EndpointSlice, "web-1", "default");
        cluster.Advance(1);

        Assert.Equal(["10.96.0.0/12"], router.Routes.Select(route => route.ToString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_peer_resource_makes_a_session_and_its_removal_ends_it(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        cluster["a"].Added("one");
        var router = Speaker(cluster, 64999);
        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", RouterPeer));
        cluster.Advance(10);

        Assert.Equal(["Global_10_0_0_1 up"], cluster["a"].Peers());
        Assert.Equal([BlockOf(cluster["a"].Added("one"))], router.Routes);
        router.Announce(IpPrefix.Parse("192.0.2.0/24"), Router, 64999);
        cluster.Advance(1);
        Assert.Contains("192.0.2.0/24 via 10.0.0.1", cluster["a"].Routes());

        cluster.Remove(Kinds.BGPPeer, "router");
        cluster.Advance(1);

        Assert.Empty(cluster["a"].Peers());
        Assert.Equal([BgpErrors.Cease(CeaseSubcode.PeerDeconfigured)], router.Downs);
        Assert.DoesNotContain("192.0.2.0/24 via 10.0.0.1", cluster["a"].Routes());
    }

    [Fact]
    public void A_change_of_policy_alone_does_not_reset_the_session()
    {
        var cluster = SimulatedCluster.Of(1);
        cluster["a"].Added("one");
        var router = Speaker(cluster, 64999);
        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", RouterPeer));
        cluster.Advance(10);

        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", "{peerIP: 10.0.0.1, asNumber: 64999, numAllowedLocalASNumbers: 2}"));
        cluster.Apply(SimulatedCluster.Pool("default", "{cidr: 10.48.0.0/16, blockSize: 26, disableBGPExport: true}"));
        cluster.Advance(10);

        Assert.Equal((1, 0, true), (router.Ups, router.Downs.Count, router.IsUp));
        Assert.Empty(router.Routes);
    }

    [Fact]
    public void A_change_of_the_session_resets_it()
    {
        var cluster = SimulatedCluster.Of(1);
        var router = Speaker(cluster, 64999);
        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", RouterPeer));
        cluster.Advance(10);

        cluster.Apply(SimulatedCluster.Calico("BGPPeer", "router", "{peerIP: 10.0.0.1, asNumber: 64999, keepaliveTime: 20s}"));
        cluster.Advance(30);

        Assert.Equal((2, true), (router.Ups, router.IsUp));
        Assert.Equal([BgpErrors.Cease(CeaseSubcode.OtherConfigurationChange)], router.Downs);
    }

    [Fact]
    public void The_same_seed_gives_the_same_history_and_another_seed_another()
    {
        Assert.Equal(HistoryOf(7), HistoryOf(7));
        Assert.NotEqual(HistoryOf(7), HistoryOf(8));
    }

    [Fact]
    public void A_killed_node_is_routed_to_until_its_restart_time_is_over()
    {
        var cluster = SimulatedCluster.Of(2);
        var block = BlockOf(cluster["b"].Added("one"));
        cluster.Advance(5);
        cluster["b"].Kill();

        cluster.Advance(60);
        Assert.Contains($"{block} via 10.0.0.12", cluster["a"].Routes());
        cluster.Advance(120);
        Assert.DoesNotContain($"{block} via 10.0.0.12", cluster["a"].Routes());
    }

    private static ulong HistoryOf(int seed)
    {
        var cluster = SimulatedCluster.Of(3, seed);
        foreach (var name in Nodes) cluster[name].Added("one");
        cluster["b"].Kill();
        cluster["b"].Start();
        cluster.Advance(20);
        return cluster.World.Trace;
    }

    private static IpPrefix BlockOf(IpAddr pod) => new(pod, 26);

    private static SimulatedSpeaker Speaker(SimulatedCluster cluster, uint asNumber) => new(cluster.World, cluster.Network, new SessionSettings
    {
        LocalAs = asNumber,
        RouterId = 0x0a000001,
        PeerAs = 64512,
        PeerAddress = IpAddr.Parse("10.0.0.11"),
        LocalAddress = Router,
    });
}
