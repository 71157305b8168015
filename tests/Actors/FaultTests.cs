using Agent.Actors.Ipam;
using Agent.Actors.Workloads;
using Agent.Datastore;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>The journal fails or is lost, the datastore is away: what was acknowledged stays, and the node goes on with what it has.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_journal_that_cannot_be_written_fails_the_ADD_and_loses_nothing(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        var node = cluster["a"];
        var kept = node.Added("one");
        node.Journal.FailNextWrite("ipam-a");

        var failed = Assert.IsType<PodProtocol.Failed>(node.Add("two", "other"));
        Assert.Equal(
            "failed to request IPv4 addresses: the journal of this node cannot be written: The journal broke while it wrote events of 'ipam-a'.",
            failed.Message);
        cluster.Advance(5);

        Assert.Equal(kept, node.Added("one"));
        var next = node.Added("two", "other");
        cluster.Advance(5);
        Assert.Equal(
            new[] { $"host:a {kept} {SimulatedCluster.NetworkName}.one", $"host:a {next} {SimulatedCluster.NetworkName}.two" }.Order(StringComparer.Ordinal),
            cluster.Published().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_DEL_whose_release_cannot_be_written_is_done_once_the_journal_can_be_written()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        node.Added("one");
        node.Journal.FailNextWrite("ipam-a");

        Assert.IsType<PodProtocol.Done>(node.Delete("one"));
        cluster.Advance(5);
        Assert.Empty(cluster.Published());
    }

    [Fact]
    public void After_the_journal_is_lost_its_blocks_are_left_alone_and_announced_and_new_addresses_come_from_a_new_block()
    {
        var cluster = SimulatedCluster.Of(2);
        var node = cluster["a"];
        var old = node.Added("one");
        cluster.Advance(5);
        var before = node.Routes();
        node.Kill();
        node.LoseJournal("another-journal");
        node.Start();
        cluster.Advance(5);

        var young = node.Added("two", "other");
        cluster.Advance(5);

        Assert.NotEqual(new IpPrefix(old, 26), new IpPrefix(young, 26));
        Assert.Subset(node.Routes().ToHashSet(), before.ToHashSet());
        Assert.Equal(
            new[] { $"{new IpPrefix(old, 26)} via 10.0.0.11", $"{new IpPrefix(young, 26)} via 10.0.0.11" }.Order(StringComparer.Ordinal),
            cluster["b"].Routes().Order(StringComparer.Ordinal));
        Assert.Contains($"host:a {old} {SimulatedCluster.NetworkName}.one", cluster.Published());
        Assert.Contains(node.Log, line => line.StartsWith($"blocks {new IpPrefix(old, 26)} of this node were claimed by another journal", StringComparison.Ordinal));
        Assert.Equal(new IpPrefix(old, 26), Assert.Single(Assert.IsType<IpamProtocol.Description>(node.Ask("ipam", Introspection.Describe.Instance)).Foreign));
    }

    [Fact]
    public void A_node_that_starts_without_datastore_acts_on_its_journals_copy_and_lists_anew_when_it_is_back()
    {
        var cluster = SimulatedCluster.Of(2);
        var (node, other) = (cluster["a"], cluster["b"]);
        var first = node.Added("one");
        other.Added("two");
        cluster.Advance(10);
        var before = node.Routes();
        node.Kill();
        cluster.Apply(SimulatedCluster.Pool("new", "{cidr: 10.49.0.0/24, blockSize: 28, nodeSelector: zone == 'x'}"));
        node.Start(settle: false);
        node.Fate.Fault = call => IsDatastore(call) ? new DatastoreUnavailableException("the datastore is away for a test") : null;
        cluster.Advance(15);

        Assert.Equal(["Mesh_10_0_0_12 up"], node.Peers());
        Assert.Equal(before, node.Routes());
        Assert.Equal(first, node.Added("one"));
        var third = node.Added("three", "third");
        Assert.Equal(new IpPrefix(first, 26), new IpPrefix(third, 26));
        Assert.NotEqual(first, third);

        node.Fate.Fault = _ => null;
        cluster.Advance(20);
        Assert.Contains($"host:a {third} {SimulatedCluster.NetworkName}.three", cluster.Published());
        Assert.IsType<PodProtocol.Added>(node.Ask("pods", node.AddOf("four", "fourth", pools: "new")));
        Assert.True(Assert.IsType<Resources.ResourceProtocol.Description>(node.Ask("resources", Introspection.Describe.Instance)).Synced);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_claim_whose_answers_are_lost_is_finished_later(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        var node = cluster["a"];
        var creations = 0;
        node.Fate.Fault = call => call.StartsWith("update BlockAffinity", StringComparison.Ordinal) && creations++ == 0
            ? new DatastoreUnavailableException("the answer is lost")
            : null;

        Assert.Equal(
            "failed to request IPv4 addresses: failed to find or claim a block: the answer is lost",
            Assert.IsType<PodProtocol.Failed>(node.Add("one")).Message);
        cluster.Advance(10);

        var address = node.Added("one");
        Assert.Equal([$"a {new IpPrefix(address, 26)} Confirmed"], cluster.Affinities());
    }

    private static bool IsDatastore(string call) => call.Split(' ')[0] is "get" or "list" or "create" or "update" or "delete";
}
