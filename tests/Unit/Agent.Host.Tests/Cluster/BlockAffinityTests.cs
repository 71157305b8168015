using Agent.Actors.Cluster;
using Agent.Actors.Ipam;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Host.Tests.Cluster;

/// <summary>Which blocks nodes get where the pool's shard decides, and where it does not answer.</summary>
public sealed class BlockAffinityTests
{
    [Fact]
    public void Nodes_that_ask_at_once_get_blocks_of_their_own_which_bear_the_epoch()
    {
        var world = ClusterWorld.Of(5, 3);
        world.Advance(60);
        var epoch = world.Owner()!.Epoch();

        var answers = world.Nodes.Select(node => node.BeginAssign("pod")).ToList();
        world.Until(() => answers.All(answer => answer.IsCompleted));

        Assert.All(answers, answer => Assert.IsType<IpamProtocol.Assigned>(answer.Result));
        Assert.Equal(
            ["10.48.0.0/26", "10.48.0.64/26", "10.48.0.128/26", "10.48.0.192/26", "10.48.1.0/26"],
            world.Blocks().Select(block => block.Split(' ')[1]));
        Assert.All(world.Blocks(), block => Assert.EndsWith($" {epoch}", block, StringComparison.Ordinal));
        Assert.All(world.Nodes.Where(node => node != world.Owner()), node => Assert.Equal(0, node.BlockLists));
    }

    [Fact]
    public void Nodes_of_a_rack_get_neighbouring_blocks()
    {
        var world = new ClusterWorld(2);
        foreach (var (name, rack) in new[] { ("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b") }) world.Start(name, rack: rack);
        world.Advance(30);

        string[] got = [.. world.Nodes.Select(node => $"{node.Name} {new IpPrefix(node.Assign("pod"), 26)}")];

        Assert.Equal(["a1 10.48.0.0/26", "b1 10.48.4.0/26", "a2 10.48.0.64/26", "b2 10.48.4.64/26"], got);
    }

    [Fact]
    public void After_the_owners_death_the_next_one_goes_on_with_a_higher_epoch()
    {
        var world = ClusterWorld.Of(3, seed: 3);
        world.Advance(30);
        var (dead, epoch) = (world.Owner()!, world.Owner()!.Epoch());
        var node = world.Nodes.First(node => node != dead);
        node.Assign("first");

        dead.Crash();
        world.Until(() => world.Owner() is not null);
        for (var pod = 0; pod < 64; pod++) node.Assign($"pod{pod}");

        Assert.Equal(
            [$"host:{node.Name} 10.48.0.0/26 {epoch}", $"host:{node.Name} 10.48.0.64/26 {world.Owner()!.Epoch()}"], world.Blocks());
        Assert.True(world.Owner()!.Epoch() > epoch);
    }

    [Fact]
    public void Where_no_shard_answers_within_two_seconds_a_node_claims_by_itself_and_then_does_not_wait_again()
    {
        var world = new ClusterWorld(4);
        var node = world.Start("alone", willing: false);
        world.Advance(10);

        var began = world.World.Elapsed;
        node.Assign("first");
        Assert.InRange(world.World.Elapsed - began, BlockOwnerActor.ConsultPatience, BlockOwnerActor.ConsultPatience * 1.5);

        began = world.World.Elapsed;
        for (var pod = 0; pod < 64; pod++) node.Assign($"pod{pod}");
        Assert.Equal(began, world.World.Elapsed);
        Assert.Equal(2, world.Blocks().Count(block => block.EndsWith(" -", StringComparison.Ordinal)));
        Assert.Contains(node.Log, line => line.Contains("did not answer within 2 s", StringComparison.Ordinal));
    }

    [Fact]
    public void A_proposal_of_a_past_epoch_is_not_followed()
    {
        var world = new ClusterWorld(5);
        var node = world.Start("node", willing: false);
        var answers = new Queue<object>(
        [
            new BlockProtocol.Proposed(IpPrefix.Parse("10.48.7.0/26"), 5), new BlockProtocol.Proposed(IpPrefix.Parse("10.48.8.0/26"), 4),
            new BlockProtocol.Proposed(IpPrefix.Parse("10.48.9.0/26"), 6),
        ]);
        var asked = new List<BlockProtocol.Next>();
        var shard = node.System.ActorOf(Props.Create(() => new Scripted(answers, asked)));
        var owner = new BlockOwner("node", "journal");
        var claims = new BlockClaims(world.Datastore, owner, world.World.Time, new Random(1));
        var blocks = node.System.ActorOf(BlockOwnerActor.For(owner, claims, world.World.Time, shard), "scripted");

        for (var pod = 0; pod < 65; pod++)
        {
            world.Done(blocks.Ask<IpamProtocol.Assigned>(new IpamProtocol.Assign(
                $"pod{pod}", OwnerAttributes.Empty,
                [new Pool { Name = ClusterWorld.Pool, Cidr = IpPrefix.Parse("10.48.0.0/16"), BlockSize = 26 }])));
        }

        Assert.Equal(["host:node 10.48.7.0/26 5", "host:node 10.48.9.0/26 6"], world.Blocks());
        Assert.Equal(["", "", "10.48.8.0/26"], asked.Select(next => string.Join(',', next.Except)));
        Assert.Contains(node.Log, line => line.Contains("answered in epoch 4, though epoch 5 has begun", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_bears_a_higher_epoch_is_left_as_it_is()
    {
        var world = new ClusterWorld(6);
        var claims = new BlockClaims(world.Datastore, new BlockOwner("node", "journal"), world.World.Time, new Random(1));
        var block = IpPrefix.Parse("10.48.0.0/26");
        Assert.IsType<ClaimOutcome.Claimed>(await claims.TakeProposedAsync(block, 7));
        var before = (await world.Datastore.ListAsync(Kinds.BlockAffinity)).Items[0];

        Assert.Null(await claims.TakeProposedAsync(block, 6));

        Assert.Equal(before.Revision, (await world.Datastore.ListAsync(Kinds.BlockAffinity)).Items[0].Revision);
        Assert.Equal("7", before.Annotations[BlockOwner.EpochAnnotation]);
    }

    [Fact]
    public void An_entity_that_may_not_act_says_so()
    {
        var world = new ClusterWorld(7);
        var node = world.Start("node", willing: false);
        var entity = node.System.ActorOf(Props.Create(() => new BlockAffinityActor(
            ClusterWorld.Pool, new BlockAffinityPorts(world.Datastore, new NoEpochs(), world.World.Time))));

        var answer = world.Done(entity.Ask<object>(new BlockProtocol.Next(ClusterWorld.Pool, "node", "1", [])));

        Assert.Equal(new BlockProtocol.Unavailable("its owner may not act: its lease is not renewed in time"), answer);
    }

    private sealed class NoEpochs : IShardEpochs
    {
        public long? Of(string typeName, string entityId) => null;
    }

    private sealed class Scripted(Queue<object> answers, List<BlockProtocol.Next> asked) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            asked.Add((BlockProtocol.Next)message);
            Sender.Tell(answers.Dequeue(), Self);
        }
    }
}
