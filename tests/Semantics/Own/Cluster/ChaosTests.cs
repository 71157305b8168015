namespace Agent.Semantics.Own.Clustering;

/// <summary>The one promise: no two nodes act for a shard, whatever happens to store, network and processes. Looked at after every turn of
/// every actor, in many worlds.</summary>
public sealed class ChaosTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_two_nodes_act_for_a_shard(int seed)
    {
        var cluster = Storm(seed);

        // Each shard's acts stand in the order of its epochs, and each epoch is one node's.
        foreach (var acts in cluster.Acts.GroupBy(a => SimulatedCluster.Extractor.ShardId(a.Id)))
        {
            Assert.All(acts, act => Assert.NotNull(act.Epoch));
            Assert.Equal(acts.OrderBy(a => a.Epoch).Select(a => a.Epoch), acts.Select(a => a.Epoch));
            Assert.All(acts.GroupBy(a => a.Epoch), epoch => Assert.Single(epoch.Select(a => a.Node).Distinct()));
        }

        // And after the storm everybody is served again, from everywhere.
        foreach (var id in SimulatedCluster.IdOfEachShard)
        {
            foreach (var node in cluster.Nodes.Where(n => n.IsRunning))
                Assert.Contains(node.Ask<string>(id, "after"), cluster.Nodes.Where(n => n.IsRunning).Select(n => n.Name));
        }
    }

    [Fact]
    public void The_same_seed_takes_the_same_course()
    {
        var (first, second) = (Storm(3), Storm(3));
        Assert.Equal((first.World.Trace, first.World.Deliveries), (second.World.Trace, second.World.Deliveries));
    }

    private static SimulatedCluster Storm(int seed)
    {
        var cluster = new SimulatedCluster(seed);
        var random = cluster.Random;
        foreach (var name in new[] { "a", "b", "c", "d" })
            cluster.Start(name, change: s => s with { StableAfter = TimeSpan.FromSeconds(2), MovesPerMinute = 60 });
        cluster.Start("x", coordinator: false, s => s with { ObserveInterval = TimeSpan.FromSeconds(2) });
        cluster.Advance(2);

        for (var round = 0; round < 60; round++)
        {
            Disturb(cluster, random);
            foreach (var id in SimulatedCluster.IdOfEachShard)
                cluster.Nodes[random.Next(cluster.Nodes.Count)].Region.Tell(new To(id, round), ActorRefs.NoSender);
            Watch(cluster, TimeSpan.FromSeconds(1));
        }

        foreach (var node in cluster.Nodes)
        {
            node.Store.IsCut = false;
            if (node.IsPaused && node.IsRunning)
                node.Resume();
            foreach (var other in cluster.Nodes)
                cluster.Network.Heal(node.Address, other.Address);
        }

        Watch(cluster, TimeSpan.FromSeconds(20));
        return cluster;
    }

    private static void Disturb(SimulatedCluster cluster, Random random)
    {
        var node = cluster.Nodes[random.Next(cluster.Nodes.Count)];
        var other = cluster.Nodes[random.Next(cluster.Nodes.Count)];
        switch (random.Next(9))
        {
            case 0 or 1: node.Store.IsCut = !node.Store.IsCut; break;
            case 2: node.Store.IsCut = false; break;
            case 3 when node.IsRunning: node.Pause(); break;
            case 4 or 5 when node.IsRunning: node.Resume(); break;
            case 6: cluster.Network.Cut(node.Address, other.Address); break;
            case 7: cluster.Network.Heal(node.Address, other.Address); break;
            case 8 when random.Next(4) == 0 && node.IsRunning && node.Name != "x":
                node.Crash();
                cluster.Start(node.Name, change: s => s with { StableAfter = TimeSpan.FromSeconds(2) });
                break;
        }
    }

    private static void Watch(SimulatedCluster cluster, TimeSpan time) => cluster.World.RunUntil(
        () =>
        {
            foreach (var id in SimulatedCluster.IdOfEachShard)
                cluster.OwnerOf(id);
            return false;
        },
        time);
}
