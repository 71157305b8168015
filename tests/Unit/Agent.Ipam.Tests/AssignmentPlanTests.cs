using Agent.Ipam.Tests.Support;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class AssignmentPlanTests
{
    private static readonly Pool Pool = Samples.Pool("pool", "10.0.0.0/24", 30);
    private static readonly Pool Other = Samples.Pool("other", "10.1.0.0/24", 30);

    [Fact]
    public void A_handle_that_has_an_address_gets_the_same_again()
    {
        var state = Owning("10.0.0.0/30");
        state.Assign("first", Pool);
        var address = state.Assign("a", Pool);

        Assert.Equal(new AssignmentDecision.Existing(address), AssignmentPlan.Decide(state, Request("a", Pool)));
        Assert.Equal(new AssignmentDecision.Existing(address), AssignmentPlan.Decide(state, Request("a", Other)));
    }

    [Fact]
    public void A_handle_may_have_one_address_of_each_family()
    {
        var six = Samples.Pool("six", "fd00::/64", 126);
        var state = Owning("10.0.0.0/30", "fd00::/126");

        Assert.Equal(Ip("10.0.0.0"), state.Assign("a", Pool));
        Assert.Equal(Ip("fd00::"), state.Assign("a", six));
        Assert.Equal([Ip("10.0.0.0"), Ip("fd00::")], state.AddressesOf("a"));
    }

    [Fact]
    public void Own_blocks_are_filled_in_the_order_in_which_they_were_claimed()
    {
        var state = Owning("10.0.0.8/30", "10.0.0.0/30");

        var addresses = Enumerable.Range(0, 5).Select(i => state.Assign($"h{i}", Pool)).ToList();

        Assert.Equal(["10.0.0.8", "10.0.0.9", "10.0.0.10", "10.0.0.11", "10.0.0.0"], addresses.Select(address => address.ToString()));
    }

    [Fact]
    public void The_event_carries_block_address_handle_and_attributes() => Assert.Equal(
        new AssignmentDecision.Assign(new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.0"), "a", On("node1"))),
        AssignmentPlan.Decide(Owning("10.0.0.0/30"), Request("a", Pool)));

    [Fact]
    public void Blocks_outside_the_chosen_pools_and_sealed_ones_are_passed_over()
    {
        var state = Owning("10.0.0.0/30", "10.1.0.0/30");

        Assert.Equal(Ip("10.1.0.0"), state.Assign("a", Other));
        state.Apply(new BlockEvent.Sealed(Net("10.1.0.0/30")));
        Assert.Equal(new AssignmentDecision.ClaimNeeded(Other), AssignmentPlan.Decide(state, Request("b", Other)));
    }

    [Fact]
    public void Pools_are_asked_for_a_block_in_order_until_none_is_left()
    {
        var state = Owning();
        var request = Request("a", Pool, Other);

        Assert.Equal(new AssignmentDecision.ClaimNeeded(Pool), AssignmentPlan.Decide(state, request));
        request = request with { PoolsWithoutBlocks = ["pool"] };
        Assert.Equal(new AssignmentDecision.ClaimNeeded(Other), AssignmentPlan.Decide(state, request));
        request = request with { PoolsWithoutBlocks = ["pool", "other"] };
        Assert.Equal([Pool, Other], Assert.IsType<AssignmentDecision.BorrowNeeded>(AssignmentPlan.Decide(state, request)).Pools);
        request = request with { NobodyLends = true };
        Assert.Equal(
            new AssignmentDecision.Refused(
                "Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.0.0.0/24 10.1.0.0/24]"),
            AssignmentPlan.Decide(state, request));
    }

    [Fact]
    public void With_strict_affinity_nothing_is_borrowed()
    {
        var request = Request("a", Pool) with
        {
            PoolsWithoutBlocks = ["pool"],
            Configuration = new IpamConfiguration { StrictAffinity = true },
        };

        Assert.Equal(
            new AssignmentDecision.Refused(
                "Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled"),
            AssignmentPlan.Decide(Owning(), request));
    }

    [Fact]
    public void Without_automatic_blocks_none_is_claimed()
    {
        var request = Request("a", Pool) with
        {
            Configuration = new IpamConfiguration { StrictAffinity = true, AutoAllocateBlocks = false },
        };

        Assert.Equal(
            new AssignmentDecision.Refused("Assigned 0 out of 1 requested IPv4 addresses; failed to find or claim a block"),
            AssignmentPlan.Decide(Owning(), request));
        Assert.IsType<AssignmentDecision.Assign>(AssignmentPlan.Decide(Owning("10.0.0.0/30"), request));
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    public void A_node_claims_blocks_up_to_its_limit_and_does_not_borrow_then(int configured, int limit)
    {
        var cluster = new Cluster(new IpamConfiguration { MaxBlocksPerHost = configured }, AddressSet.Empty, Pool);

        var (assigned, error) = cluster.AssignMany("node1", 256);

        Assert.Equal(limit * 4, assigned);
        Assert.Equal(limit, cluster.Node("node1").Blocks.Count);
        Assert.Equal(
            $"Assigned 0 out of 1 requested IPv4 addresses; Need to allocate an IPAM block but could not - limit of {limit} blocks reached for this node",
            error);
    }

    [Fact]
    public void The_limit_counts_only_blocks_of_the_chosen_pools()
    {
        var state = Owning("10.0.0.0/30", "fd00::/126");
        var request = Request("a", Other) with { Configuration = new IpamConfiguration { MaxBlocksPerHost = 1 } };

        Assert.Equal(new AssignmentDecision.ClaimNeeded(Other), AssignmentPlan.Decide(state, request));
    }

    [Fact]
    public void A_pool_of_one_block_gives_64_addresses_and_with_strict_affinity_no_more()
    {
        var first = Samples.Pool("a", "192.168.1.0/26", 26);
        var cluster = new Cluster(
            new IpamConfiguration { StrictAffinity = true }, AddressSet.Empty, first, Samples.Pool("b", "192.168.1.64/26", 26));

        var (assigned, error) = cluster.AssignMany("node1", 256, first);

        Assert.Equal(64, assigned);
        Assert.Equal("Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled", error);
        Assert.Equal(64, cluster.AssignMany("node1", 70).Assigned);
    }

    [Fact]
    public void A_pool_of_ipv6_gives_all_256_addresses_of_its_blocks()
    {
        var cluster = new Cluster(Samples.Pool("six", "fd80:24e2:f998:72d6::/120", 122));

        var (assigned, error) = cluster.AssignMany("node1", 257);

        Assert.Equal(256, assigned);
        Assert.Equal(
            "Assigned 0 out of 1 requested IPv6 addresses; No IPs available in pools: [fd80:24e2:f998:72d6::/120]", error);
    }

    [Fact]
    public void Reserved_addresses_are_never_assigned_by_themselves()
    {
        var reserved = Reserve("10.0.0.1/32", "10.0.0.32/30", "10.0.0.17/32", "11.0.0.0/30");
        var cluster = new Cluster(new IpamConfiguration(), reserved, Samples.Pool("p", "10.0.0.0/26", 26));

        Assert.Equal(58, cluster.AssignMany("node1", 64).Assigned);
        Assert.All(cluster.Node("node1").Blocks[0].Block.FreeOrdinals, ordinal => Assert.True(reserved.Contains(Ip("10.0.0.0").Add((UInt128)ordinal))));
    }

    [Fact]
    public void An_address_asked_for_by_itself_is_assigned_kept_refused_or_somebody_elses()
    {
        var state = Owning("10.0.0.0/30");
        var wanted = Ip("10.0.0.2");

        var decision = AssignmentPlan.DecideSpecific(state, wanted, Pool, "a", On("node1"));
        var assigned = new BlockEvent.Assigned(Net("10.0.0.0/30"), wanted, "a", On("node1"));
        Assert.Equal(new AssignmentDecision.Assign(assigned), decision);
        state.Apply(assigned);

        Assert.Equal(new AssignmentDecision.Existing(wanted), AssignmentPlan.DecideSpecific(state, wanted, Pool, "a", On("node1")));
        Assert.Equal(new AssignmentDecision.Refused("Address already assigned in block"),
            AssignmentPlan.DecideSpecific(state, wanted, Pool, "b", On("node1")));
        Assert.Equal(new AssignmentDecision.NotOwned(Pool, Net("10.0.0.4/30")),
            AssignmentPlan.DecideSpecific(state, Ip("10.0.0.7"), Pool, "b", On("node1")));
        state.Apply(new BlockEvent.Sealed(Net("10.0.0.0/30")));
        Assert.Equal(new AssignmentDecision.Refused("Block 10.0.0.0/30 of 10.0.0.3 is being given up or checked; ask again later"),
            AssignmentPlan.DecideSpecific(state, Ip("10.0.0.3"), Pool, "b", On("node1")));
    }

    [Fact]
    public void The_network_address_may_be_asked_for() => Assert.IsType<AssignmentDecision.Assign>(
        AssignmentPlan.DecideSpecific(Owning("192.168.1.0/26"), Ip("192.168.1.0"), Samples.Pool("p", "192.168.1.0/24", 26), "a", On("n")));
}
