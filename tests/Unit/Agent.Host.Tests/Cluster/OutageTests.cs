namespace Agent.Host.Tests.Cluster;

/// <summary>A cluster whose datastore is away, and one whose coordinator stands still: no shard is lost, nobody stale decides.</summary>
public sealed class OutageTests
{
    [Fact]
    public void A_datastore_that_is_away_for_ten_minutes_is_missed_and_found_again()
    {
        var world = ClusterWorld.Of(4, 3, seed: 1);
        world.Advance(60);
        var (members, epoch) = (world.Members(), world.Owner()!.Epoch());

        foreach (var node in world.Nodes) node.IsCutOff = true;
        world.Advance(5);
        for (var second = 0; second < 600; second += 5)
        {
            Assert.Null(world.Owner());
            world.Advance(5);
        }

        foreach (var node in world.Nodes) node.IsCutOff = false;
        world.Until(() => world.Owner() is not null);

        Assert.True(world.Owner()!.Epoch() > epoch);
        world.Until(() => world.Nodes.All(node => node.Members() == members));
        world.Advance(12);
        Assert.All(world.Nodes, node =>
        {
            Assert.EndsWith(
                "trying again every 10 s: see to the datastore",
                Assert.Single(node.Log, line => line.StartsWith("the presence of node", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Contains("the leases of the datastore can be read and written again", node.Log);
        });
        var said = world.Nodes.SelectMany(node => node.Log).Where(line => line.StartsWith("Cluster: cannot", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(said);
        Assert.All(said, line => Assert.EndsWith("acting for no shard once the lease has run out: see to the datastore", line, StringComparison.Ordinal));
        Assert.Equal("10.48.0.0", world.Nodes[0].Assign("pod").ToString());
    }

    [Fact]
    public void A_datastore_that_can_be_read_and_not_written_is_reported_once_and_shown()
    {
        var world = ClusterWorld.Of(2, seed: 5);
        world.Advance(60);
        var epoch = world.Owner()!.Epoch();
        foreach (var node in world.Nodes) node.Log.Clear();

        foreach (var node in world.Nodes) node.IsReadOnly = true;
        world.Advance(600);

        const string Reason = "the datastore is read-only: mount it writable";
        Assert.Null(world.Owner());
        Assert.All(world.Nodes, node =>
        {
            Assert.Equal(Reason, node.View().Problem);
            Assert.Equal(
                [
                    $"Cluster: cannot renew the membership lease: {Reason}; trying again every 1 s, and acting for no shard once the lease "
                    + "has run out: see to the datastore",
                    $"the presence of node {node.Name} cannot be shown, nor that of others seen: {Reason}; trying again every 10 s: see to "
                    + "the datastore",
                ],
                node.Log.Where(line => line.Contains(Reason, StringComparison.Ordinal)));
            Assert.DoesNotContain(node.Log, line => line.Contains("again", StringComparison.Ordinal) && !line.Contains(Reason, StringComparison.Ordinal));
        });

        foreach (var node in world.Nodes) node.IsReadOnly = false;
        world.Until(() => world.Owner()?.Epoch() > epoch);
        world.Advance(30);
        Assert.All(world.Nodes, node =>
        {
            Assert.Null(node.View().Problem);
            Assert.Single(node.Log, "Cluster: the lease store answers again");
            Assert.Single(node.Log, "the leases of the datastore can be read and written again");
        });
    }

    [Fact]
    public void A_node_alone_without_the_datastore_hands_out_addresses_of_its_blocks()
    {
        var world = ClusterWorld.Of(3, seed: 2);
        world.Advance(30);
        var node = world.Nodes.First(node => node != world.Owner());
        node.Assign("first");

        node.IsCutOff = true;
        world.Advance(600);

        Assert.Equal("10.48.0.1", node.Assign("second").ToString());
        Assert.NotNull(world.Owner());
        Assert.NotEqual(node, world.Owner());
    }

    [Fact]
    public void Nodes_whose_clocks_are_an_hour_off_share_shards_and_blocks_as_others_do()
    {
        var world = new ClusterWorld(seed: 4);
        for (var number = 1; number <= 3; number++)
            world.Start($"n{number}").Clock.Skew = TimeSpan.FromHours(number - 2);
        world.Advance(60);
        var (owner, epoch) = (world.Owner()!, world.Owner()!.Epoch());
        Assert.Equal("n1,n2,n3", world.Members());

        owner.Crash();
        world.Until(() => world.Owner() is not null);

        Assert.True(world.Owner()!.Epoch() > epoch);
        foreach (var node in world.Nodes.Where(node => node.IsRunning)) node.Assign("pod");
        Assert.Equal(2, world.Blocks().Select(block => block.Split(' ')[1]).Distinct().Count());
        world.Until(() => world.Nodes.Where(node => node.IsRunning).All(node => node.Members().Split(',').Length == 2));
    }

    [Fact]
    public void A_coordinator_that_stood_still_for_a_minute_decides_nothing_when_it_goes_on()
    {
        var world = ClusterWorld.Of(3, seed: 3);
        world.Advance(60);
        var (paused, epoch) = (world.Owner()!, world.Owner()!.Epoch());
        var asking = world.Nodes.First(node => node != paused);
        var question = paused.BeginAssign("asked of the one that stands still");

        paused.Pause();
        world.Advance(60);
        asking.Assign("pod");
        paused.Resume();
        world.Advance(5);

        Assert.NotEqual(paused, world.Owner());
        Assert.True(world.Owner()!.Epoch() > epoch);
        world.Until(() => question.IsCompleted);
        Assert.Equal(world.Blocks().Length, world.Blocks().Select(block => block.Split(' ')[1]).Distinct().Count());
        Assert.Contains(paused.Log, line => line.Contains("was taken over; its shards stop, and the node joins anew", StringComparison.Ordinal));
        world.Until(() => world.Nodes.All(node => node.Members() == "n1,n2,n3"));
    }
}
