using Agent.Actors.Workloads;
using Agent.Datastore;

namespace Agent.Actors.Tests;

/// <summary>A node stops to announce a block before another node can have it, however late its own watch shows what it
/// gave back.</summary>
public sealed class GivenBackTests
{
    private const string OnlyBlock = "10.48.0.0/26";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_block_is_withdrawn_before_it_can_be_claimed_though_the_news_of_its_row_are_late(int seed)
    {
        var cluster = NewCluster(seed);
        var (first, second) = (cluster["a"], cluster["b"]);
        first.Added("one");
        cluster.Advance(5);
        Assert.Equal([$"{OnlyBlock} via 10.0.0.11"], second.Routes());
        first.Fate.Late = Kinds.BlockAffinity;
        string[]? routesAsItWasFree = null;
        using var watch = cluster.Datastore.Watch(Kinds.IPAMBlock, 0, events =>
        {
            if (events.Any(happened => happened is WatchEvent.Deleted)) routesAsItWasFree ??= first.Routes();
        });

        cluster.Apply(SimulatedCluster.Pool("default", Only("b")));
        first.Delete("one");
        cluster.Advance(5);

        Assert.Equal([], routesAsItWasFree!);
        Assert.Empty(second.Routes());
        var address = second.Added("two", "other");
        cluster.Advance(5);
        string[] routesOfFirst = [$"{OnlyBlock} via 10.0.0.12"];
        Assert.Equal(routesOfFirst, first.Routes());
        while (first.Fate.HearNext())
        {
            cluster.Advance(1);
            Assert.Equal(routesOfFirst, first.Routes());
        }

        Assert.Contains($"blackhole {OnlyBlock}", second.Routes());
        Assert.Equal([$"host:b {address} {SimulatedCluster.NetworkName}.two"], cluster.Published());
    }

    [Fact]
    public void News_of_a_claim_that_come_after_the_block_was_given_back_announce_nothing()
    {
        var cluster = SimulatedCluster.Of(2);
        var (node, other) = (cluster["a"], cluster["b"]);
        cluster.Apply(SimulatedCluster.Pool("other", "{cidr: 10.49.0.0/24, blockSize: 28, nodeSelector: zone == 'x'}"));
        cluster.Advance(5);
        node.Fate.Late = Kinds.BlockAffinity;
        Assert.IsType<PodProtocol.Added>(node.Ask("pods", node.AddOf("one", pools: "other")));
        node.Delete("one");
        cluster.Advance(5);
        Assert.Empty(cluster.Affinities());

        var news = 0;
        for (; node.Fate.HearNext(); news++)
        {
            cluster.Advance(1);
            Assert.Empty(node.Routes());
            Assert.Empty(other.Routes());
        }

        Assert.True(news >= 3, $"only {news} news of the row");
    }

    [Fact]
    public void A_block_that_comes_back_is_announced_again()
    {
        var cluster = NewCluster(seed: 1);
        var (first, second) = (cluster["a"], cluster["b"]);
        for (var round = 0; round < 3; round++)
        {
            cluster.Apply(SimulatedCluster.Pool("default", Only("a")));
            first.Added($"first{round}");
            cluster.Advance(5);
            Assert.Contains($"blackhole {OnlyBlock}", first.Routes());
            Assert.Equal([$"{OnlyBlock} via 10.0.0.11"], second.Routes());

            cluster.Apply(SimulatedCluster.Pool("default", Only("b")));
            first.Delete($"first{round}");
            cluster.Advance(5);
            Assert.Empty(first.Routes());
            Assert.Empty(second.Routes());
        }
    }

    /// <summary>Two nodes with labels, and a pool of one block that is for the first.</summary>
    private static SimulatedCluster NewCluster(int seed)
    {
        var cluster = SimulatedCluster.Of(2, seed, Only("a"));
        foreach (var name in (string[])["a", "b"])
        {
            cluster.Apply(SimulatedCluster.Manifest(
                "projectcalico.org/v3", "Node", name, $"{{bgp: {{ipv4Address: {cluster[name].Address}/24}} }}",
                $", labels: {{kubernetes.io/hostname: {name}}}"));
        }

        cluster.Advance(5);
        return cluster;
    }

    private static string Only(string node) =>
        $"{{cidr: {OnlyBlock}, blockSize: 26, nodeSelector: kubernetes.io/hostname == '{node}'}}";
}
