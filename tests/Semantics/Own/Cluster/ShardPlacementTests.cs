using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Where shards are, and what becomes of messages while they move.</summary>
public sealed class ShardPlacementTests
{
    private static readonly IReadOnlyList<string> Ids = SimulatedCluster.IdOfEachShard;

    [Fact]
    public void All_nodes_reach_the_same_entity_and_coordinators_share_the_shards()
    {
        var cluster = new SimulatedCluster(1);
        SimulatedNode[] nodes = [cluster.Start("a"), cluster.Start("b"), cluster.Start("c"), cluster.Start("x", coordinator: false)];
        cluster.HasSettled(nodes[..3]);
        var owners = Ids.Select(id => Assert.Single(nodes.Select(n => n.Ask<string>(id, "hello")).Distinct())).ToList();
        Assert.DoesNotContain("x", owners);
        Assert.True(owners.Distinct().Count() > 1, "all shards are at one node");
    }

    [Fact]
    public void The_shards_of_a_dead_member_go_to_the_others_and_messages_wait()
    {
        var cluster = new SimulatedCluster(2);
        var (a, b, x) = (cluster.Start("a"), cluster.Start("b"), cluster.Start("x", coordinator: false));
        cluster.HasSettled(a, b);
        var id = Ids.First(id => x.Ask<string>(id, "hello") == "a");
        var epoch = cluster.Acts.Last(act => act.Id == id).Epoch;
        a.Crash();
        cluster.Until(() => Cluster.Get(b.System).State.Unreachable.Count == 1);
        Assert.Equal(2, Cluster.Get(b.System).State.Members.Count);
        Assert.Equal("b", b.Ask<string>(id, "again"));
        Assert.True(cluster.Acts.Last(act => act.Id == id).Epoch > epoch);
    }

    [Fact]
    public void A_graceful_leave_loses_no_message()
    {
        var cluster = new SimulatedCluster(3);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        foreach (var id in Ids)
            b.Ask<string>(id, "hello");
        var left = Cluster.Get(a.System).LeaveAsync();
        var answers = new List<Task<string>>();
        for (var i = 0; i < 50; i++)
        {
            answers.AddRange(Ids.Select(id => a.Region.Ask<string>(new To(id, i), TimeSpan.FromSeconds(20))));
            cluster.Advance(0.02);
        }

        cluster.Until(() => left.IsCompleted && answers.All(t => t.IsCompleted));
        Assert.All(answers, t => Assert.Equal(TaskStatus.RanToCompletion, t.Status));
        Assert.All(Ids, id => Assert.Same(b, cluster.OwnerOf(id)));
    }

    [Fact]
    public void A_better_member_gets_its_shards_when_it_is_stable_and_not_all_at_once()
    {
        var cluster = new SimulatedCluster(4);
        var a = cluster.Start("a", change: s => s with { MovesPerMinute = 1 });
        cluster.Until(() => Cluster.Get(a.System).IsUp);
        foreach (var id in Ids)
            a.Ask<string>(id, "hello");
        var b = cluster.Start("b");
        cluster.HasSettled(a, b);
        var joined = cluster.World.Elapsed;
        int At(SimulatedNode node) => Ids.Count(id => b.Ask<string>(id, "where") == node.Name);

        cluster.World.RunUntil(() => cluster.World.Elapsed - joined >= TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(9));
        Assert.Equal(Ids.Count, At(a));
        cluster.Advance(5);
        Assert.Equal(1, At(b));
        cluster.Advance(60);
        Assert.Equal(2, At(b));
    }

    [Fact]
    public void A_move_keeps_the_messages_that_come_meanwhile()
    {
        var cluster = new SimulatedCluster(5);
        var a = cluster.Start("a");
        cluster.Until(() => Cluster.Get(a.System).IsUp);
        foreach (var id in Ids)
            a.Ask<string>(id, "hello");
        var b = cluster.Start("b");
        var answers = new List<Task<string>>();
        for (var i = 0; i < 150; i++)
        {
            answers.AddRange(Ids.Select(id => (i % 2 == 0 ? a : b).Region.Ask<string>(new To(id, i), TimeSpan.FromSeconds(20))));
            cluster.Advance(0.1);
        }

        cluster.Until(() => answers.All(t => t.IsCompleted));
        Assert.All(answers, t => Assert.Equal(TaskStatus.RanToCompletion, t.Status));
        Assert.Contains(Ids, id => cluster.OwnerOf(id) == b);
    }

    [Fact]
    public void A_paused_owner_does_not_act_when_it_goes_on()
    {
        var cluster = new SimulatedCluster(6);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        var id = Ids.First(id => b.Ask<string>(id, "hello") == "a");
        a.Pause();
        cluster.Until(() => Cluster.Get(b.System).State.Unreachable.Count == 1);
        Assert.Equal("b", b.Ask<string>(id, "again"));
        a.Resume();
        cluster.Advance(1);
        Assert.DoesNotContain(cluster.Acts.SkipWhile(act => act.Id != id || act.Node != b), act => act.Id == id && act.Node == a);
        Assert.Equal("b", a.Ask<string>(id, "where"));
    }

    [Fact]
    public void A_write_that_lands_late_cannot_give_a_shard_away_that_was_taken_back()
    {
        var cluster = new SimulatedCluster(12);
        var a = cluster.Start("a");
        cluster.Until(() => Cluster.Get(a.System).IsUp);
        foreach (var id in Ids)
            a.Ask<string>(id, "hello");
        a.Store.Strays = record => record.Owner.Length == 0;
        var b = cluster.Start("b");
        cluster.Until(() => a.Store.Land is not null);
        var strayed = Ids.Single(id => cluster.OwnerOf(id) is null);
        Assert.Equal("a", a.Ask<string>(strayed, "back"));
        Assert.False(a.Store.Land!());
        Assert.Same(a, cluster.OwnerOf(strayed));
        Assert.Equal("a", b.Ask<string>(strayed, "where"));
    }

    [Fact]
    public void Remembered_entities_start_without_a_message_and_move_with_their_shard()
    {
        var cluster = new SimulatedCluster(7);
        var remembered = new Remembered();
        ClusterSetup Remember(ClusterSetup setup) => setup with { RememberedEntities = remembered };
        var a = cluster.Start("a", change: Remember, settings: s => s.WithRememberEntities(true));
        var b = cluster.Start("b", change: Remember, settings: s => s.WithRememberEntities(true));
        cluster.HasSettled(a, b);
        cluster.Until(() => Ids.All(id => cluster.Acts.Any(act => act.Id == id)));
        var moved = Ids.First(id => cluster.OwnerOf(id) == a);
        a.Crash();
        cluster.Until(() => cluster.OwnerOf(moved) == b && cluster.Acts.Any(act => act.Id == moved && act.Node == b));
        Assert.All(cluster.Acts, act => Assert.Equal("tick", act.What));
    }

    [Fact]
    public void An_entity_without_messages_is_stopped_and_made_again()
    {
        var cluster = new SimulatedCluster(8);
        var a = cluster.Start("a", settings: s => s.WithPassivateIdleAfter(TimeSpan.FromSeconds(10)));
        a.Ask<string>("e1", "hello");
        cluster.Advance(20);
        var asleep = cluster.World.Elapsed;
        Assert.DoesNotContain(cluster.Acts, act => act.At > asleep - TimeSpan.FromSeconds(4));
        Assert.Equal("a", a.Ask<string>("e1", "hello"));
    }

    [Fact]
    public void The_stats_tell_of_the_entities_of_every_region()
    {
        var cluster = new SimulatedCluster(9);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        var expected = Ids.GroupBy(id => a.Ask<string>(id, "hello")).ToDictionary(g => g.Key, g => g.Count());
        var asked = a.Region.Ask<ClusterShardingStats>(new GetClusterShardingStats(TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(5));
        var stats = cluster.Done(asked);
        Assert.Equal(expected, stats.Regions.Where(r => r.Value.Stats.Count > 0).ToDictionary(r => r.Key.Host!, r => r.Value.Stats.Values.Sum()));
        Assert.All(stats.Regions.Values, r => Assert.Empty(r.Failed));
    }

    [Fact]
    public void A_proxy_passes_on_and_owns_nothing()
    {
        var cluster = new SimulatedCluster(10);
        var (a, x) = (cluster.Start("a"), cluster.Start("x", coordinator: false));
        var proxy = ClusterSharding.Get(x.System).StartProxy(SimulatedCluster.Type, null, SimulatedCluster.Extractor);
        var reply = proxy.Ask<string>(new To("e1", "hello"), TimeSpan.FromSeconds(10));
        Assert.Equal("a", cluster.Done(reply));
        Assert.Same(a, cluster.OwnerOf("e1"));
        Assert.Same(proxy, ClusterSharding.Get(x.System).ShardRegionProxy(SimulatedCluster.Type));
    }

    [Fact]
    public void A_full_buffer_gives_dead_letters_and_keeps_what_it_has()
    {
        var cluster = new SimulatedCluster(11);
        var x = cluster.Start("x", coordinator: false, s => s with { BufferSize = 2, ObserveInterval = TimeSpan.FromSeconds(1) });
        var replies = Enumerable.Range(0, 3).Select(i => x.Region.Ask<string>(new To("e1", i), TimeSpan.FromSeconds(20))).ToList();
        cluster.Advance(1);
        cluster.Start("a");
        cluster.Until(() => replies[0].IsCompleted && replies[1].IsCompleted);
        cluster.Advance(20);
        Assert.Equal(["a", "a"], replies.Take(2).Select(cluster.Done));
        Assert.Throws<AskTimeoutException>(() => cluster.Done(replies[2]));
    }

    private sealed class Remembered : IRememberedEntities
    {
        public Task<IReadOnlyCollection<string>> ListAsync(string typeName) => Task.FromResult<IReadOnlyCollection<string>>([.. Ids]);
    }
}
