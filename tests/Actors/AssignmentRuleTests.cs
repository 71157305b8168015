using Agent.Actors.Workloads;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>What address assignment heeds beside the pools: IPReservation, IPAMConfiguration, and the node's own BlockAffinity rows.</summary>
public sealed class AssignmentRuleTests
{
    private const string OneBlock = "{cidr: 10.48.0.0/29, blockSize: 29}";
    private const string TwoBlocks = "{cidr: 10.48.0.0/28, blockSize: 29}";
    private const string FourSmallBlocks = "{cidr: 10.48.0.0/28, blockSize: 30}";

    [Fact]
    public void Reserved_addresses_are_skipped_until_the_reservation_goes()
    {
        var cluster = SimulatedCluster.Of(1, pool: OneBlock);
        var node = cluster["a"];
        Reserve(cluster, "10.48.0.0/30", "10.48.0.5");

        Assert.Equal(["10.48.0.4", "10.48.0.6", "10.48.0.7"], Added(node, 3));
        Assert.Equal(Refusal("No IPs available in pools: [10.48.0.0/29]"), node.Add("more", "more"));

        cluster.Remove(Kinds.IPReservation, "kept");
        cluster.Advance(5);
        Assert.Equal("10.48.0.0", node.Added("more", "more").ToString());
    }

    [Fact]
    public void An_address_that_was_given_out_before_its_reservation_stays_the_pods()
    {
        var cluster = SimulatedCluster.Of(1, pool: OneBlock);
        var node = cluster["a"];
        var address = node.Added("one");

        Reserve(cluster, "10.48.0.0/29");

        Assert.Equal(address, node.Added("one"));
        Assert.Equal([$"host:a {address} {SimulatedCluster.NetworkName}.one"], cluster.Published());
    }

    [Theory]
    [InlineData("10.48.0.0/29", "10.48.0.8/29")]
    [InlineData("10.48.0.8/29", "10.48.0.0/29")]
    public void A_block_that_is_reserved_altogether_is_not_claimed(string reserved, string left)
    {
        var cluster = SimulatedCluster.Of(1, pool: TwoBlocks);
        var node = cluster["a"];
        Reserve(cluster, reserved);

        Assert.All(Added(node, 8), address => Assert.True(IpPrefix.Parse(left).Contains(IpAddr.Parse(address)), address));
        Assert.Equal(Refusal("No IPs available in pools: [10.48.0.0/28]"), node.Add("more", "more"));
        cluster.Advance(5);

        Assert.Equal([$"a {left} Confirmed"], cluster.Affinities());
        Assert.Equal([$"host:a {left}"], cluster.Blocks());
    }

    [Fact]
    public void A_node_at_maxBlocksPerHost_is_refused_in_Calicos_words_until_the_limit_is_raised()
    {
        var cluster = SimulatedCluster.Of(1, pool: FourSmallBlocks);
        var node = cluster["a"];
        Configure(cluster, "{strictAffinity: true, maxBlocksPerHost: 1}");

        Assert.Equal(4, Added(node, 4).Distinct().Count());
        Assert.Equal(
            Refusal("Need to allocate an IPAM block but could not - limit of 1 blocks reached for this node"), node.Add("more", "more"));
        Assert.Single(cluster.Affinities());

        Configure(cluster, "{strictAffinity: true, maxBlocksPerHost: 2}");
        node.Added("more", "more");
        Assert.Equal(2, cluster.Affinities().Length);
    }

    [Fact]
    public void With_strictAffinity_a_node_without_a_free_block_is_told_so()
    {
        var cluster = SimulatedCluster.Of(2, pool: OneBlock);
        Configure(cluster, "{strictAffinity: true}");
        cluster["a"].Added("one");
        cluster.Advance(5);

        Assert.Equal(Refusal("No more free affine blocks and strict affinity enabled"), cluster["b"].Add("two", "other"));
        Assert.Equal(["a 10.48.0.0/29 Confirmed"], cluster.Affinities());
    }

    [Fact]
    public void Without_autoAllocateBlocks_a_node_uses_the_blocks_that_it_has_and_claims_none()
    {
        var cluster = SimulatedCluster.Of(2, pool: FourSmallBlocks);
        var node = cluster["a"];
        node.Added("first", "first");
        Configure(cluster, "{autoAllocateBlocks: false}");

        Assert.Equal(3, Added(node, 3).Distinct().Count());
        Assert.Equal(Refusal("failed to find or claim a block"), node.Add("more", "more"));
        Assert.Equal(Refusal("failed to find or claim a block"), cluster["b"].Add("two", "other"));
        Assert.Single(cluster.Affinities());

        cluster.Remove(Kinds.IPAMConfiguration, "default");
        cluster.Advance(5);
        node.Added("more", "more");
        Assert.Equal(2, cluster.Affinities().Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("pending")]
    [InlineData("pendingDeletion")]
    public void The_BlockAffinity_of_an_owned_block_that_was_deleted_or_changed_is_written_again_at_the_start(string? changedTo)
    {
        var cluster = SimulatedCluster.Of(2, pool: OneBlock);
        var node = cluster["a"];
        var address = node.Added("one");
        cluster.Advance(5);
        var row = OnlyRow(cluster);

        if (changedTo is null) cluster.Remove(Kinds.BlockAffinity, row.Name);
        else cluster.Apply(SimulatedCluster.Calico("BlockAffinity", row.Name, $"{{cidr: 10.48.0.0/29, node: a, state: {changedTo}}}"));
        node.Kill();
        node.Start();
        cluster.Advance(15);

        Assert.Equal(["a 10.48.0.0/29 Confirmed"], cluster.Affinities());
        Assert.Contains("the BlockAffinity of 10.48.0.0/29 was gone or not confirmed: it is written again", node.Log);
        Assert.Equal([$"host:a {address} {SimulatedCluster.NetworkName}.one"], cluster.Published());
        Assert.Equal(["10.48.0.0/29 via 10.0.0.11"], cluster["b"].Routes());
        Assert.Equal(address, node.Added("one"));
    }

    [Fact]
    public void A_start_with_every_row_in_place_writes_none_and_says_nothing()
    {
        var cluster = SimulatedCluster.Of(1, pool: OneBlock);
        var node = cluster["a"];
        node.Added("one");
        cluster.Advance(5);
        var row = OnlyRow(cluster);

        node.Kill();
        node.Start();
        cluster.Advance(15);

        Assert.Equal(row.Revision, OnlyRow(cluster).Revision);
        Assert.DoesNotContain(node.Log, line => line.Contains("BlockAffinity", StringComparison.Ordinal));
    }

    private static Resource OnlyRow(SimulatedCluster cluster) =>
        Assert.Single(cluster.Datastore.ListAsync(Kinds.BlockAffinity).Result.Items);

    private static void Reserve(SimulatedCluster cluster, params string[] ranges)
    {
        cluster.Apply(SimulatedCluster.Calico("IPReservation", "kept", $"{{reservedCIDRs: [{string.Join(", ", ranges)}]}}"));
        cluster.Advance(5);
    }

    private static void Configure(SimulatedCluster cluster, string spec)
    {
        cluster.Apply(SimulatedCluster.Calico("IPAMConfiguration", "default", spec));
        cluster.Advance(5);
    }

    private static string[] Added(SimulatedNode node, int count) =>
        [.. Enumerable.Range(0, count).Select(number => node.Added($"c{number}", $"p{number}").ToString())];

    private static PodProtocol.Failed Refusal(string why) => new(
        PodProtocol.Generic, "failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; " + why);
}
