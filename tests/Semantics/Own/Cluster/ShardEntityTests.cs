using System.Collections.Immutable;

namespace Agent.Semantics.Own.Clustering;

/// <summary>The entities of a shard: how they rest, and what a region says of them.</summary>
public sealed class ShardEntityTests
{
    private readonly SimulatedCluster _cluster = new(1);

    [Fact]
    public void What_comes_while_an_entity_passivates_itself_waits_in_order_for_its_next_incarnation()
    {
        var a = _cluster.Start("a");
        var log = new List<string>();
        var region = ClusterSharding.Get(a.System).Start(
            "resting", _ => Props.Create(() => new Resting(log)), ClusterShardingSettings.Create(a.System), SimulatedCluster.Extractor);
        region.Tell(new To("e1", "one"));
        _cluster.Until(() => log.Count == 1);

        region.Tell(new To("e1", "rest"));
        _cluster.Until(() => log.Contains("1 stops"));
        foreach (var text in new[] { "two", "three", "four" })
            region.Tell(new To("e1", text));
        _cluster.Advance(0.5);
        Assert.Equal(["1 one", "1 rests", "1 stops"], log);
        region.Tell(new To("e1", "five"));
        _cluster.Until(() => log.Count == 8);

        Assert.Equal(["1 one", "1 rests", "1 stops", "1 is gone", "2 two", "2 three", "2 four", "2 five"], log);
    }

    [Fact]
    public void An_entity_that_passivates_itself_comes_back_only_by_a_message()
    {
        var a = _cluster.Start("a");
        var log = new List<string>();
        var region = ClusterSharding.Get(a.System).Start(
            "resting", _ => Props.Create(() => new Resting(log)), ClusterShardingSettings.Create(a.System), SimulatedCluster.Extractor);
        region.Tell(new To("e1", "rest"));
        _cluster.Until(() => log.Contains("1 is gone"));
        _cluster.Advance(60);
        Assert.Equal(["1 rests", "1 stops", "1 is gone"], log);
        region.Tell(new To("e1", "again"));
        _cluster.Until(() => log.Count == 4);
        Assert.Equal("2 again", log[3]);
    }

    [Fact]
    public void A_region_tells_which_entities_are_in_which_of_its_shards()
    {
        var (a, b) = (_cluster.Start("a"), _cluster.Start("b"));
        _cluster.HasSettled(a, b);
        string[] ids = [.. Enumerable.Range(0, 20).Select(i => $"e{i}")];
        var at = ids.ToLookup(id => a.Ask<string>(id, "hello"));
        Assert.Equal(2, at.Count);

        Assert.All([a, b], node =>
        {
            var shards = at[node.Name].GroupBy(id => SimulatedCluster.Extractor.ShardId(id))
                .Select(shard => new ShardState(shard.Key, shard.ToImmutableHashSet()));
            Assert.Equal(new CurrentShardRegionState(shards.ToImmutableHashSet()), StateOf(node));
        });

        var x = _cluster.Start("x", coordinator: false);
        Assert.Equal(new CurrentShardRegionState([]), StateOf(x));
    }

    [Fact]
    public void What_waits_in_a_region_that_fails_becomes_dead_letters()
    {
        var x = _cluster.Start("x", coordinator: false);
        var lost = new List<object>();
        x.System.EventStream.Subscribe(x.System.ActorOf(Props.Create(() => new Losses(lost))), typeof(DeadLetter));
        var region = ClusterSharding.Get(x.System).Start(
            "failing", _ => Props.Create(() => new Resting(new List<string>())), ClusterShardingSettings.Create(x.System), new Failing());
        region.Tell(new To("e1", "one"));
        region.Tell(new To("e2", "two"));
        _cluster.Advance(1);
        Assert.Empty(lost);

        region.Tell(new To("bad", "three"));

        _cluster.Until(() => lost.Count == 2);
        Assert.Equal(new HashSet<object> { new To("e1", "one"), new To("e2", "two") }, [.. lost]);
    }

    private CurrentShardRegionState StateOf(SimulatedNode node) =>
        _cluster.Done(node.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, TimeSpan.FromSeconds(10)));

    /// <summary>Fails with one of its messages.</summary>
    private sealed class Failing() : HashCodeMessageExtractor(SimulatedCluster.Shards)
    {
        public override string? EntityId(object message) =>
            message is To { Id: "bad" } ? throw new InvalidOperationException("bad, as the test wants it") : (message as To)?.Id;
    }

    private sealed class Losses : ReceiveActor
    {
        public Losses(List<object> lost) => Receive<DeadLetter>(letter => letter.Message is To, letter => lost.Add(letter.Message));
    }

    /// <summary>Takes a second to stop.</summary>
    private sealed class Resting : ReceiveActor, IWithTimers
    {
        private readonly List<string> _log;
        private readonly int _number;

        public Resting(List<string> log)
        {
            (_log, _number) = (log, 1 + log.Count(line => line.EndsWith("is gone", StringComparison.Ordinal)));
            Receive<string>(text => text == "rest", _ =>
            {
                Say("rests");
                Context.Parent.Tell(new Passivate("stop"));
            });
            Receive<string>(text => text == "stop", _ =>
            {
                Say("stops");
                Timers.StartSingleTimer("end", "end", TimeSpan.FromSeconds(1));
            });
            Receive<string>(text => text == "end", _ => Context.Stop(Self));
            Receive<string>(Say);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PostStop() => Say("is gone");

        private void Say(string what) => _log.Add($"{_number} {what}");
    }
}
