using Agent.Netlink;
using Agent.Primitives;
using RouteProtocol = Agent.Netlink.RouteProtocol;

namespace Agent.Actors.Tests;

/// <summary>The route programmer of a whole node: its routes come back, others' are left alone, and a restart touches nothing that is right.</summary>
public sealed class KernelRouteTests
{
    [Fact]
    public void A_route_that_somebody_deletes_comes_back_at_once()
    {
        var (cluster, block) = TwoNodes();
        var node = cluster["a"];
        var before = node.Routes();
        var route = Find(node, block);

        Assert.Null(node.Kernel.ApplyForeign(RouteChange.Delete(route)));
        Assert.NotEqual(before, node.Routes());
        cluster.World.RunUntilIdle();

        Assert.Equal(before, node.Routes());
    }

    [Fact]
    public void Routes_of_a_link_that_went_down_come_back_with_it()
    {
        var (cluster, _) = TwoNodes();
        var node = cluster["a"];
        var before = node.Routes();
        node.Kernel.SetLink("eth0", isUp: false);
        cluster.World.RunUntilIdle();
        Assert.NotEqual(before, node.Routes());

        node.Kernel.SetLink("eth0", isUp: true);
        cluster.Advance(5);

        Assert.Equal(before, node.Routes());
    }

    [Fact]
    public void Routes_that_went_with_the_carrier_of_their_link_come_back_at_once()
    {
        var (cluster, _) = TwoNodes();
        var node = cluster["a"];
        var before = node.Routes();
        node.Kernel.LoseCarrier("eth0");
        Assert.NotEqual(before, node.Routes());

        cluster.World.RunUntilIdle();

        Assert.Equal(before, node.Routes());
    }

    [Fact]
    public void Routes_that_went_with_a_next_hop_that_somebody_deleted_come_back_at_once()
    {
        var (cluster, _) = TwoNodes();
        var node = cluster["a"];
        var before = node.Routes();
        node.Kernel.DeleteNextHop(IpAddr.Parse("10.0.0.12"));
        Assert.NotEqual(before, node.Routes());

        cluster.World.RunUntilIdle();

        Assert.Equal(before, node.Routes());
    }

    [Fact]
    public void A_foreign_route_in_the_place_of_ours_is_left_alone_and_ours_follows_when_it_goes()
    {
        var (cluster, block) = TwoNodes();
        var node = cluster["a"];
        var before = node.Routes();
        var foreign = Find(node, block) with { Protocol = RouteProtocol.Static };

        Assert.Null(node.Kernel.ApplyForeign(RouteChange.Replace(foreign)));
        cluster.Advance(200);
        Assert.Equal(RouteProtocol.Static, Find(node, block).Protocol);

        Assert.Null(node.Kernel.ApplyForeign(RouteChange.Delete(foreign)));
        cluster.World.RunUntilIdle();
        Assert.Equal(before, node.Routes());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_restart_in_an_unchanged_world_changes_no_route(int seed)
    {
        var (cluster, _) = TwoNodes(seed);
        var node = cluster["a"];
        node.Added("mine", "mine");
        cluster.Advance(5);
        var before = node.Routes();

        node.Kill();
        Assert.Equal(before, node.Routes());
        node.Start();
        cluster.Advance(300);

        Assert.Equal(before, node.Routes());
        Assert.Empty(node.SeenKernel.Applied);
    }

    [Fact]
    public void A_stale_route_goes_once_the_restart_is_complete_and_not_before()
    {
        var (cluster, block) = TwoNodes();
        var node = cluster["a"];
        var stale = KernelRoute.Via(IpPrefix.Parse("192.0.2.0/24"), NextHops.Of(new NextHop(IpAddr.Parse("10.0.0.12"), 0)));
        node.Kill();
        cluster["b"].Kill();
        Assert.Null(node.Kernel.ApplyForeign(RouteChange.Replace(stale)));
        node.Start();
        cluster.Advance(60);
        Assert.Contains("192.0.2.0/24 via 10.0.0.12", node.Routes());
        Assert.Contains($"{block} via 10.0.0.12", node.Routes());

        cluster["b"].Start();
        cluster.Advance(30);

        Assert.DoesNotContain("192.0.2.0/24 via 10.0.0.12", node.Routes());
        Assert.Contains($"{block} via 10.0.0.12", node.Routes());
        Assert.False(Assert.IsType<Routing.RouteProtocol.Description>(node.Ask("routes", Introspection.Describe.Instance)).Restarting);
    }

    [Fact]
    public void A_lost_peer_that_does_not_come_back_does_not_hold_the_restart_up_for_ever()
    {
        var (cluster, block) = TwoNodes();
        var node = cluster["a"];
        node.Kill();
        cluster["b"].Kill();
        node.Start();

        cluster.Advance(150);

        Assert.DoesNotContain($"{block} via 10.0.0.12", node.Routes());
    }

    private static (SimulatedCluster Cluster, IpPrefix BlockOfB) TwoNodes(int seed = 1)
    {
        var cluster = SimulatedCluster.Of(2, seed);
        var block = new IpPrefix(cluster["b"].Added("one"), 26);
        cluster.Advance(10);
        Assert.Equal([$"{block} via 10.0.0.12"], cluster["a"].Routes());
        return (cluster, block);
    }

    private static KernelRoute Find(SimulatedNode node, IpPrefix destination) =>
        node.Kernel.DumpRoutesAsync().Result.Single(route => route.Destination == destination);
}
