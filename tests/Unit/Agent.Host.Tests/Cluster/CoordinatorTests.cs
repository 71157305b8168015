using Agent.Actors.Cluster;

namespace Agent.Host.Tests.Cluster;

/// <summary>Which nodes coordinate, and what becomes of that when they come, go, die and are told to.</summary>
public sealed class CoordinatorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void As_many_nodes_coordinate_as_are_wanted_and_all_see_the_same(int wanted)
    {
        var world = ClusterWorld.Of(7, wanted);
        world.Advance(60);

        var members = world.Members();

        Assert.Equal(wanted, members.Split(',').Length);
        Assert.Equal(members, string.Join(',', world.Nodes[0].View().Coordinators));
        Assert.Contains(world.Owner()!.Name, members.Split(','));
    }

    [Fact]
    public void A_node_that_is_not_willing_is_passed_over()
    {
        var world = new ClusterWorld(2);
        world.Start("a", willing: false);
        world.Start("b");
        world.Advance(30);

        Assert.Equal("b", world.Members());
        Assert.Equal([("a", false), ("b", true)], world.Nodes[0].View().Nodes.Select(node => (node.Node, node.IsChosen)));
    }

    [Fact]
    public void A_coordinator_that_dies_is_replaced()
    {
        var world = ClusterWorld.Of(4, 3, seed: 3);
        world.Advance(60);
        var dead = world.Nodes.First(node => world.Members().Split(',').Contains(node.Name));

        dead.Crash();
        world.Advance(120);

        Assert.Equal(world.Nodes.Where(node => node != dead).Select(node => node.Name), world.Members().Split(','));
        Assert.NotNull(world.Owner());
    }

    [Fact]
    public void When_all_coordinators_die_at_once_others_are_chosen()
    {
        var world = ClusterWorld.Of(6, 3, seed: 4);
        world.Advance(60);
        foreach (var dead in world.Nodes.Where(node => world.Members().Split(',').Contains(node.Name)).ToList()) dead.Crash();
        world.Advance(120);

        Assert.Equal(world.Nodes.Where(node => node.IsRunning).Select(node => node.Name), world.Members().Split(','));
        Assert.NotNull(world.Owner());
    }

    [Fact]
    public void A_coordinator_leaves_when_another_node_is_asked_to_have_it_leave()
    {
        var world = ClusterWorld.Of(4, 3, seed: 5);
        world.Advance(60);
        var (leaving, other) = (world.Owner()!, world.Nodes.First(node => node != world.Owner()));

        Assert.IsType<ClusterProtocol.Done>(other.Ask<object>(new ClusterProtocol.Leave(leaving.Name)));
        world.Advance(60);

        Assert.DoesNotContain(leaving.Name, world.Members().Split(','));
        Assert.Equal(3, world.Members().Split(',').Length);
        Assert.NotEqual(leaving, world.Owner());
        Assert.Contains($"node {leaving.Name} is a coordinator no more: it hands its shards over", leaving.Log);
    }

    [Fact]
    public void Only_a_dead_node_is_counted_as_down()
    {
        var world = ClusterWorld.Of(3, 1, seed: 6);
        world.Advance(60);
        var (victim, asked) = (world.Owner()!, world.Nodes.First(node => node != world.Owner()));

        var refused = asked.Ask<ClusterProtocol.Refused>(new ClusterProtocol.Down(victim.Name));
        Assert.Contains($"use 'cluster leave {victim.Name}'", refused.Reason, StringComparison.Ordinal);

        victim.Crash();
        world.Advance(25);
        Assert.IsType<ClusterProtocol.Done>(asked.Ask<object>(new ClusterProtocol.Down(victim.Name)));
        world.Advance(12);
        Assert.NotNull(world.Owner());
        Assert.DoesNotContain(victim.Name, asked.View().Nodes.Select(node => node.Node));
    }

    [Fact]
    public void An_unknown_node_is_answered_with_those_that_are_known()
    {
        var world = ClusterWorld.Of(2);
        world.Advance(10);

        Assert.Equal(
            new ClusterProtocol.Refused("no agent of a node n9 is known; known are: n1, n2"),
            world.Nodes[0].Ask<object>(new ClusterProtocol.Leave("n9")));
    }

    [Fact]
    public void A_node_that_stops_gives_its_leases_back_and_its_shards_go_on_elsewhere()
    {
        var world = ClusterWorld.Of(3, seed: 8);
        world.Advance(30);
        var (stopping, epoch) = (world.Owner()!, world.Owner()!.Epoch());

        stopping.Stop();
        world.Advance(2);

        Assert.True(world.Owner()!.Epoch() > epoch);
        var leases = world.Done(world.Datastore.Leases.ListAsync(""))
            .Where(lease => lease.Name.Contains(stopping.Name, StringComparison.Ordinal));
        Assert.Equal(["", ""], leases.Select(lease => lease.Holder));
    }

    [Fact]
    public void A_second_agent_of_a_nodes_name_takes_no_part_and_says_what_to_do()
    {
        var world = ClusterWorld.Of(2, seed: 9);
        world.Advance(30);
        var twin = world.Start("n1", agent: "other-journal@other-machine");
        world.Advance(60);

        Assert.Contains("another agent runs as node n1", twin.View().Problem, StringComparison.Ordinal);
        Assert.Contains(twin.Log, line => line.Contains("Give one of the two another nodeName (NODENAME), or stop it", StringComparison.Ordinal));
        Assert.Equal("n1,n2", world.Nodes[0].Members());
        Assert.Null(world.Nodes[0].View().Problem);
    }

    [Fact]
    public void The_regions_and_their_shards_are_shown()
    {
        var world = ClusterWorld.Of(3, seed: 10);
        world.Advance(30);
        var owner = world.Owner()!;

        var regions = owner.Ask<ClusterProtocol.Regions>(ClusterProtocol.ListRegions.Instance);
        var stats = world.Nodes.First(node => node != owner)
            .Ask<ClusterProtocol.RegionStats>(new ClusterProtocol.GetRegionStats(BlockAffinityRegion.TypeName));

        var region = Assert.Single(regions.Items);
        Assert.Equal((BlockAffinityRegion.TypeName, 1), (region.Name, region.Entities));
        Assert.Equal(new ClusterProtocol.ShardStats(owner.Name, Assert.Single(region.Shards), 1), Assert.Single(stats.Shards));
        Assert.Empty(stats.Silent);
        Assert.Contains(
            "the regions are: block-affinity",
            owner.Ask<ClusterProtocol.Refused>(new ClusterProtocol.GetRegionStats("nothing")).Reason, StringComparison.Ordinal);
    }
}
