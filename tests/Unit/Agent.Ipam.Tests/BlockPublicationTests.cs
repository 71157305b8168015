using System.Text.Json;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class BlockPublicationTests
{
    [Fact]
    public void A_block_is_published_in_the_shape_of_calicos_ipamblock()
    {
        var state = Owning("10.48.0.0/30");
        var pod = On("node1").With(OwnerAttributes.Pod, "nginx").With(OwnerAttributes.Namespace, "web");
        state.Apply(new BlockEvent.Assigned(Net("10.48.0.0/30"), Ip("10.48.0.0"), "k8s-pod-network.a", pod));
        state.Apply(new BlockEvent.Assigned(Net("10.48.0.0/30"), Ip("10.48.0.2"), "k8s-pod-network.b", On("node1")));

        var json = IpamJson.WriteBlock(state.Publish(state.Blocks[0]));

        Assert.Equal(
            """
            {"cidr":"10.48.0.0/30","affinity":"host:node1","affinityClaimTime":"2026-01-02T12:00:00+00:00","allocations":[0,null,1,null],"unallocated":[1,3],"attributes":[{"handle_id":"k8s-pod-network.a","secondary":{"namespace":"web","node":"node1","pod":"nginx"}},{"handle_id":"k8s-pod-network.b","secondary":{"node":"node1"}}],"sequenceNumber":102,"sequenceNumberForAllocation":{"0":100,"2":101},"strictAffinity":false,"deleted":false}
            """, json.GetRawText());
    }

    [Fact]
    public void Equal_owners_share_an_entry_until_the_last_of_their_addresses_is_released()
    {
        var block = new Block(Net("10.0.0.0/29"), 1);
        for (var ordinal = 0; ordinal < 3; ordinal++) block.Assign(ordinal, "h", On("a"));
        block.Assign(3, "h", On("b"));
        block.Release(1);

        var published = BlockPublication.Of(block, null, null);

        Assert.Equal([0, null, 0, 1, null, null, null, null], published.Allocations);
        Assert.Equal([new PublishedAttributes("h", On("a")), new PublishedAttributes("h", On("b"))], published.Attributes);
        Assert.Equal([4, 5, 6, 7, 1], published.Unallocated);
        Assert.Null(published.Affinity);
    }

    [Fact]
    public void A_block_that_calico_wrote_is_taken_over_as_it_stands()
    {
        using var spec = JsonDocument.Parse("""
            {"cidr":"10.0.0.0/29","affinity":"host:node1","allocations":[0,null,1,null,2,null,null,null],"unallocated":[5,1,3,6,7],
             "attributes":[{"handle_id":"a\r\nold tail","secondary":{"node":"node1"}},{"handle_id":"b","secondary":null,"releasedAt":"2026-01-02T11:59:00Z"},
             {"secondary":{}}],"sequenceNumber":1700000000000000000,"sequenceNumberForAllocation":{"0":7},"deleted":false,"strictAffinity":false}
            """);

        var block = BlockPublication.TryRestore(IpamJson.ReadBlock(spec.RootElement), out var problems);

        Assert.Empty(problems);
        Assert.Equal([5, 1, 3, 6, 7, 2], block!.FreeOrdinals);
        Assert.Equal(new Allocation("a", On("node1"), 7), block[0]);
        Assert.Equal(new Allocation(null, OwnerAttributes.Empty, 0), block[4]);
        Assert.Equal(1700000000000000000UL, block.SequenceNumber);
    }

    [Fact]
    public void A_published_block_that_contradicts_itself_is_not_restored()
    {
        var broken = Sound() with { Unallocated = [0, 1, 2, 3] };

        Assert.Null(BlockPublication.TryRestore(broken, out var problems));
        Assert.Equal(
            ["ordinal 0 is allocated but appears in Unallocated", "expected 4 addresses in this block, but Unallocated (4) + Allocated (1) = 5"],
            problems);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"cidr":"10.0.0.1/24","allocations":[],"unallocated":[],"attributes":[]}""")]
    [InlineData("""{"cidr":7,"allocations":[],"unallocated":[],"attributes":[]}""")]
    public void A_spec_of_the_wrong_form_is_an_error(string json)
    {
        using var spec = JsonDocument.Parse(json);

        Assert.ThrowsAny<Exception>(() => IpamJson.ReadBlock(spec.RootElement));
    }

    [Fact]
    public void A_sound_block_has_no_problems() => Assert.Empty(BlockCheck.Problems(Sound(), Noon));

    [Fact]
    public void Each_way_in_which_a_block_can_be_broken_is_told()
    {
        AssertProblem(block => block with { Allocations = [5, null, null, null] },
            "allocation 0 indexes a nonexistent attribute 5", "attribute index 0 exists but is not indexed by an allocation");
        AssertProblem(block => block with { Attributes = [.. block.Attributes, new PublishedAttributes("x", OwnerAttributes.Empty)] },
            "attribute index 1 exists but is not indexed by an allocation");
        AssertProblem(block => block with { Attributes = [block.Attributes[0] with { ReleasedAt = Noon.AddSeconds(1) }] },
            "attribute index 0 has releasedAt in the future, suggesting clock skew");
        AssertProblem(block => block with { Unallocated = [1, 2, 9] },
            "ordinal 9 appears in the Unallocated array but is out of the block");
        AssertProblem(block => block with { Unallocated = [1, 2, 2] }, "ordinal 2 appears more than once in Unallocated array");
        AssertProblem(block => block with { Unallocated = [0, 1, 2] }, "ordinal 0 is allocated but appears in Unallocated");
        AssertProblem(block => block with { Unallocated = [1, 2] },
            "expected 4 addresses in this block, but Unallocated (2) + Allocated (1) = 3");
    }

    private static void AssertProblem(Func<PublishedBlock, PublishedBlock> spoil, params string[] problems) =>
        Assert.Equal(problems, BlockCheck.Problems(spoil(Sound()), Noon));

    private static PublishedBlock Sound()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);
        block.Assign(0, "h", On("a"));
        return BlockPublication.Of(block, "host:a", Noon);
    }
}
