using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Who learns what from whom (spec 3.3), with real UPDATEs between the nodes.</summary>
public sealed class PropagationTests
{
    private const uint TorAs = 65001;

    [Fact]
    public void A_mesh_passes_each_nodes_block_to_all_others_and_nothing_twice()
    {
        var network = Mesh();
        network.Converge();

        Assert.Equal(
            ["10.48.1.0/26 blackhole", "10.48.2.0/26 via 10.0.0.2 dev 2", "10.48.3.0/26 via 10.0.0.3 dev 2"],
            network["a"].KernelText);
        Assert.Equal(["10.48.2.0/26"], network["a"].Rib.Received("b").Select(route => route.Prefix.ToString()));
        Assert.Equal(ExportVerdict.InternalToInternal, network["a"].Verdict("10.48.2.0/26", "c"));
    }

    [Fact]
    public void A_top_of_rack_router_hears_every_block_from_every_node_it_peers_with_via_that_node()
    {
        var network = Mesh();
        var tor = network.Add("tor", "10.0.0.9");
        network.Connect("a", "tor", rightAs: TorAs);
        network.Connect("b", "tor", rightAs: TorAs);
        tor.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("1.1.1.1/32"), LocalRouteKind.Block)]);
        tor.Rib.SetPolicy(Speaker.Pool("1.1.1.1/32"));
        network.Converge();

        foreach (var node in new[] { "a", "b" })
        {
            Assert.Equal(
                [("10.48.1.0/26", "64512", network[node].Address), ("10.48.2.0/26", "64512", network[node].Address), ("10.48.3.0/26", "64512", network[node].Address)],
                tor.Rib.Received(node).Select(route =>
                    (route.Prefix.ToString(), route.Path.Attributes!.AsPath.ToString(), route.Path.Attributes.NextHop)));
        }

        Assert.Equal("10.48.3.0/26 via 10.0.0.1 dev 2, 10.0.0.2 dev 2", tor.KernelText.Last());

        // What the router announces stays on the nodes that peer with it: it is in no pool.
        Assert.Equal("1.1.1.1/32 via 10.0.0.9 dev 2", network["a"].KernelText.First());
        Assert.DoesNotContain("1.1.1.1/32", string.Concat(network["c"].KernelText));
        Assert.Equal(ExportVerdict.NoClause, network["a"].Verdict("1.1.1.1/32", "c"));
    }

    [Fact]
    public void An_external_route_inside_a_pool_goes_on_to_the_mesh_with_its_own_next_hop()
    {
        var network = Mesh("10.48.0.0/16", "10.210.0.0/16");
        network.Add("tor", "10.0.0.9");
        network.Connect("a", "tor", rightAs: TorAs);
        network["tor"].Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.210.4.0/26"), LocalRouteKind.Block)]);
        network["tor"].Rib.SetPolicy(Speaker.Pool("10.210.0.0/16"));
        network.Converge();

        var received = network["c"].Rib.Received("a").Single(route => route.Prefix == IpPrefix.Parse("10.210.4.0/26"));
        Assert.Equal(
            new PathAttributes { AsPath = AsPath.Of(TorAs), NextHop = IpAddr.Parse("10.0.0.9"), LocalPref = 100 }, received.Path.Attributes);
        Assert.Equal("10.210.4.0/26 via 10.0.0.9 dev 2", network["c"].KernelText.Last());
    }

    [Fact]
    public void What_comes_back_from_another_as_is_refused_as_a_loop()
    {
        var network = Mesh();
        network.Add("tor", "10.0.0.9");
        network.Connect("a", "tor", rightAs: TorAs);
        network.Connect("b", "tor", rightAs: TorAs);
        network["tor"].Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        network.Converge();

        Assert.All(network["b"].Rib.Received("tor"), route => Assert.Equal(ImportVerdict.AsLoop, route.Path.Import));
        Assert.Equal("10.48.1.0/26 via 10.0.0.1 dev 2", network["b"].KernelText.First());
    }

    [Fact]
    public void Two_reflectors_of_one_cluster_give_their_clients_every_block_by_the_owners_address()
    {
        var network = Reflected(firstCluster: 1, secondCluster: 1);
        network.Converge();

        Assert.Equal(
            ["10.48.1.0/26 blackhole", "10.48.2.0/26 via 10.0.0.2 dev 2", "10.48.3.0/26 via 10.0.0.3 dev 2"],
            network["a"].KernelText);
        Assert.All(["r1", "r2"], reflector =>
        {
            var path = network["a"].Rib.Received(reflector).First(route => route.Prefix == IpPrefix.Parse("10.48.2.0/26")).Path;
            Assert.Equal(IpAddr.Parse("10.0.0.2").V4Value, path.Attributes!.OriginatorId);
            Assert.Equal([1u], path.Attributes.ClusterList.ToArray());
        });

        // Nobody hears its own route again; the fellow reflector hears each twice and prefers the shorter way.
        Assert.DoesNotContain(network["a"].Rib.Received("r1"), route => route.Prefix == IpPrefix.Parse("10.48.1.0/26"));
        Assert.Equal(RouteReason.ClusterListLength, network["r1"].Reason("10.48.2.0/26", "r2"));
        Assert.Equal(3, network["r1"].Kernel.Count);
    }

    [Fact]
    public void A_client_of_one_cluster_reaches_a_client_of_another_through_both()
    {
        var network = new Network();
        foreach (var (name, address) in new[] { ("a", "10.0.0.1"), ("b", "10.0.0.2"), ("r1", "10.0.0.11"), ("r2", "10.0.0.12") })
            network.Add(name, address).Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        network.Connect("r1", "a", leftPolicy: new PeerPolicy { ClientClusterId = 1 });
        network.Connect("r2", "b", leftPolicy: new PeerPolicy { ClientClusterId = 2 });
        network.Connect("r1", "r2", leftPolicy: new PeerPolicy { ClientClusterId = 1 }, rightPolicy: new PeerPolicy { ClientClusterId = 2 });
        Originate(network["a"], "10.48.1.0/26");
        network.Converge();

        Assert.Equal(["10.48.1.0/26 via 10.0.0.1 dev 2"], network["b"].KernelText);
        Assert.Equal([2u, 1u], network["b"].Rib.Received("r2").Single().Path.Attributes!.ClusterList.ToArray());
    }

    [Fact]
    public void A_borrowed_address_beats_the_block_on_every_node_the_owner_included()
    {
        var network = Mesh();
        network["b"].Rib.SetOriginated([
            new LocalRoute(IpPrefix.Parse("10.48.2.0/26"), LocalRouteKind.Block),
            new LocalRoute(IpPrefix.Parse("10.48.2.5/32"), LocalRouteKind.Workload, 8),
            new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, 9),
        ]);
        network.Converge();

        foreach (var node in new[] { "a", "c" }) Assert.Contains("10.48.1.7/32 via 10.0.0.2 dev 2", network[node].KernelText);
        Assert.Contains("10.48.1.0/26 blackhole", network["a"].KernelText);
        Assert.Equal(ExportVerdict.InsideOwnBlock, network["b"].Verdict("10.48.2.5/32", "a"));

        network["b"].Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.2.0/26"), LocalRouteKind.Block)]);
        network.Converge();

        Assert.DoesNotContain("10.48.1.7/32 via 10.0.0.2 dev 2", network["c"].KernelText);
    }

    [Fact]
    public void A_service_address_of_local_endpoints_goes_from_its_node_and_on_to_the_router_from_all()
    {
        var network = Mesh();
        var tor = network.Add("tor", "10.0.0.9");
        network.Connect("a", "tor", rightAs: TorAs);
        network.Connect("b", "tor", rightAs: TorAs);
        foreach (var node in new[] { "a", "b", "c" })
        {
            network[node].Rib.SetPolicy(Policy(node) with
            {
                ServicePrefixes = [IpPrefix.Parse("10.96.0.0/16")],
                KernelRejects = [IpPrefix.Parse("10.96.0.0/16")],
            });
        }

        network["c"].Rib.SetOriginated([
            new LocalRoute(IpPrefix.Parse("10.48.3.0/26"), LocalRouteKind.Block),
            new LocalRoute(IpPrefix.Parse("10.96.0.18/32"), LocalRouteKind.Service),
        ]);
        network.Converge();

        Assert.Equal("10.96.0.18/32 via 10.0.0.1 dev 2, 10.0.0.2 dev 2", tor.KernelText.Last());
        foreach (var node in new[] { "a", "b", "c" }) Assert.DoesNotContain("10.96", string.Concat(network[node].KernelText));
    }

    [Fact]
    public void A_node_that_leaves_the_mesh_takes_its_block_and_brings_it_back()
    {
        var network = Mesh();
        network.Converge();
        network.Disconnect("a", "b");
        network.Disconnect("b", "c");
        network.Converge();
        Assert.Equal(["10.48.1.0/26 blackhole", "10.48.3.0/26 via 10.0.0.3 dev 2"], network["a"].KernelText);
        Assert.Equal(["10.48.2.0/26 blackhole"], network["b"].KernelText);

        network.Connect("a", "b");
        network.Connect("b", "c");
        network.Converge();
        Assert.Equal(3, network["a"].Kernel.Count);
        Assert.Equal(3, network["b"].Kernel.Count);
    }

    [Fact]
    public void Between_sessions_of_two_local_as_numbers_routes_pass_once_and_never_come_back()
    {
        var network = new Network();
        foreach (var (name, address) in new[] { ("a", "10.0.0.1"), ("m", "10.0.0.2"), ("x", "10.0.0.3"), ("n", "10.0.0.4") })
            network.Add(name, address).Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        network.Connect("a", "m");
        network.Connect("a", "n");
        network.Connect("m", "x", leftAs: 65000, rightAs: 65000);
        network.Connect("n", "x", leftAs: 65000, rightAs: 65000, rightPolicy: new PeerPolicy { ClientClusterId = 9 });
        Originate(network["a"], "10.48.1.0/26");
        network.Converge();

        Assert.Equal(
            new PathAttributes { AsPath = AsPath.Of(64512), NextHop = IpAddr.Parse("10.0.0.1"), LocalPref = 100 },
            network["x"].Rib.Received("m").Single().Path.Attributes);
        Assert.DoesNotContain(network["a"].Rib.Received("n"), route => route.Path.Import == ImportVerdict.Accepted);
    }

    private static RibPolicy Policy(string node, params string[] pools) => Speaker.Pool(pools.Length == 0 ? ["10.48.0.0/16"] : pools) with
    {
        OwnBlocks = [new OwnBlock(IpPrefix.Parse($"10.48.{"abc".IndexOf(node[0], StringComparison.Ordinal) + 1}.0/26"))],
    };

    private static void Originate(Speaker speaker, string block)
    {
        speaker.Rib.SetOriginated(RibOutputTests.Blocks(block));
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16") with { OwnBlocks = [new OwnBlock(IpPrefix.Parse(block))] });
    }

    private static Network Mesh(params string[] pools)
    {
        var network = new Network();
        for (var i = 1; i <= 3; i++)
        {
            var name = "abc".Substring(i - 1, 1);
            var node = network.Add(name, $"10.0.0.{i}");
            node.Rib.SetPolicy(Policy(name, pools));
            node.Rib.SetOriginated(RibOutputTests.Blocks($"10.48.{i}.0/26"));
        }

        network.Connect("a", "b");
        network.Connect("a", "c");
        network.Connect("b", "c");
        return network;
    }

    private static Network Reflected(uint firstCluster, uint secondCluster)
    {
        var network = new Network();
        network.Add("r1", "10.0.0.11").Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        network.Add("r2", "10.0.0.12").Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        for (var i = 1; i <= 3; i++)
        {
            var name = "abc".Substring(i - 1, 1);
            Originate(network.Add(name, $"10.0.0.{i}"), $"10.48.{i}.0/26");
            network.Connect("r1", name, leftPolicy: new PeerPolicy { ClientClusterId = firstCluster });
            network.Connect("r2", name, leftPolicy: new PeerPolicy { ClientClusterId = secondCluster });
        }

        network.Connect("r1", "r2");   // same cluster id on both: neither is the other's client (spec 2.7)
        return network;
    }
}
