using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary><c>agentctl cluster</c> and <c>cluster-sharding</c>: who coordinates, and who owns what.</summary>
public sealed class ClusterTests
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task The_view_names_roles_and_states()
    {
        _terminal.Reply = new IpcReply.ClusterView(
            "lab", "n1", ["n1", "n2"],
            [
                new ClusterMember("n1", "akka.tcp://agent@n1:7946", "Up", true, true),
                new ClusterMember("n2", "akka.tcp://agent@n2:7946", "Up", false, false),
            ],
            [
                new ClusterNode("n1", "10.0.0.1:7946", true, true, true), new ClusterNode("n2", "10.0.0.2:7946", true, false, true),
                new ClusterNode("n3", "10.0.0.3:7946", false, true, false),
            ]);

        Assert.Equal(
            Outcome.Ok("""
                Cluster lab, seen from n1

                NODE   ROLE          STATUS            READY   ENDPOINT
                n1     leader        Up                yes     10.0.0.1:7946
                n2     coordinator   Up, unreachable   no      10.0.0.2:7946
                n3     node          -                 yes     10.0.0.3:7946

                """),
            await _terminal.RunAsync("cluster show"));
    }

    [Fact]
    public async Task A_dead_node_is_counted_as_gone()
    {
        Assert.Equal(Outcome.Ok("n3 counts as gone.\n"), await _terminal.RunAsync("cluster down n3"));
        Assert.Equal(new IpcRequest.ClusterDown("n3"), _terminal.Asked.Single().Request);

        _terminal.Reply = new IpcReply.Error("node n2 renews its lease: it lives; use 'cluster leave n2'");
        Assert.Equal(
            Outcome.Failed("node n2 renews its lease: it lives; use 'cluster leave n2'\n"), await _terminal.RunAsync("cluster down n2"));
    }

    [Fact]
    public async Task A_node_is_told_to_leave()
    {
        Assert.Equal(
            Outcome.Ok("n2 leaves: its shards go to the other coordinators.\n"), await _terminal.RunAsync("cluster leave n2"));
        Assert.Equal(new IpcRequest.ClusterLeave("n2"), _terminal.Asked.Single().Request);
    }

    [Fact]
    public async Task Regions_are_listed_with_what_is_here()
    {
        _terminal.Reply = new IpcReply.ShardRegions([new ShardRegion("block-affinity", ["12", "7"], 3)]);

        Assert.Equal(
            Outcome.Ok("""
                REGION           SHARDS HERE   ENTITIES HERE
                block-affinity   2             3

                """),
            await _terminal.RunAsync("cluster-sharding list-regions"));
        Assert.Contains(
            "\"name\": \"block-affinity\"", (await _terminal.RunAsync("cluster-sharding list-regions -o json")).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coordinators_that_do_not_answer_are_a_failure()
    {
        _terminal.Reply = new IpcReply.ShardRegionStats("block-affinity", [new ShardOwner("n1", "12", 1)], ["n2"]);

        Assert.Equal(
            new Outcome(1, "NODE   SHARD   ENTITIES\nn1     12      1\n", "n2 did not answer\n"),
            await _terminal.RunAsync("cluster-sharding region-stats block-affinity"));
    }
}
