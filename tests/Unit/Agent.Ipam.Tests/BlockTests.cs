using Agent.Primitives;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class BlockTests
{
    [Fact]
    public void A_new_block_gives_its_addresses_in_ascending_order_network_and_broadcast_address_included()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);

        var addresses = Enumerable.Range(0, 4).Select(_ => AssignNext(block)).ToList();

        Assert.Equal([Ip("10.0.0.0"), Ip("10.0.0.1"), Ip("10.0.0.2"), Ip("10.0.0.3")], addresses);
        Assert.Null(block.NextFree(AddressSet.Empty));
        Assert.Equal((4, 0, 4), (block.Size, block.FreeCount, block.AssignedCount));
    }

    [Fact]
    public void A_freed_address_comes_back_only_after_all_others()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);
        var addresses = new List<IpAddr>();
        for (var i = 0; i < 5; i++)
        {
            addresses.Add(AssignNext(block));
            block.Release(block.OrdinalOf(addresses[^1]));
        }

        Assert.Equal(4, addresses.Take(4).Distinct().Count());
        Assert.Equal(addresses[0], addresses[4]);
    }

    [Fact]
    public void Reserved_addresses_are_skipped_and_keep_their_place_in_the_queue()
    {
        var block = new Block(Net("10.0.0.0/29"), 1);
        var reserved = Reserve("10.0.0.0/31", "10.0.0.3/32");

        var first = AssignNext(block, reserved);
        var second = AssignNext(block, reserved);
        block.Release(block.OrdinalOf(first));

        Assert.Equal((Ip("10.0.0.2"), Ip("10.0.0.4")), (first, second));
        Assert.Equal([0, 1, 3, 5, 6, 7, 2], block.FreeOrdinals);
    }

    [Fact]
    public void Reservations_of_six_addresses_leave_58_of_a_26()
    {
        var block = new Block(Net("10.0.0.0/26"), 1);
        var reserved = Reserve("10.0.0.1/32", "10.0.0.32/30", "10.0.0.17/32", "11.0.0.0/30");

        while (block.NextFree(reserved) is { } ordinal) block.Assign(ordinal, "h", OwnerAttributes.Empty);

        Assert.Equal(58, block.AssignedCount);
        Assert.Equal([1, 17, 32, 33, 34, 35], block.FreeOrdinals);
    }

    [Fact]
    public void Any_free_address_can_be_assigned_out_of_turn()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);

        block.Assign(2, "h", On("a"));

        Assert.Equal([0, 1, 3], block.FreeOrdinals);
        Assert.Equal(new Allocation("h", On("a"), 1), block[2]);
    }

    [Fact]
    public void Each_change_raises_the_sequence_and_an_allocation_bears_the_number_before_it()
    {
        var block = new Block(Net("10.0.0.0/30"), 50);

        block.Assign(0, "a", OwnerAttributes.Empty);
        block.Assign(1, "b", OwnerAttributes.Empty);
        block.Release(0);
        block.Assign(0, "c", OwnerAttributes.Empty);

        Assert.Equal(54UL, block.SequenceNumber);
        Assert.Equal((53UL, 51UL), (block[0]!.Sequence, block[1]!.Sequence));
    }

    [Fact]
    public void Assigning_twice_and_releasing_what_is_free_are_broken_invariants()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);
        block.Assign(1, "a", OwnerAttributes.Empty);

        var twice = Assert.Throws<InvalidOperationException>(() => block.Assign(1, "b", OwnerAttributes.Empty));
        var free = Assert.Throws<InvalidOperationException>(() => block.Release(2));

        Assert.Equal("10.0.0.1 of block 10.0.0.0/30 is assigned already, to a", twice.Message);
        Assert.Equal("10.0.0.2 of block 10.0.0.0/30 is released but not assigned", free.Message);
        Assert.Equal("10.0.0.0/30 (1/4 assigned)", block.ToString());
        Assert.Equal(2UL, block.SequenceNumber);
    }

    [Fact]
    public void A_block_in_which_only_windows_keeps_addresses_is_empty()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);
        Assert.True(block.IsEmpty);

        block.Assign(0, "Windows-Reserved-IPAM-Handle", OwnerAttributes.Empty);
        Assert.True(block.IsEmpty);

        block.Assign(1, null, OwnerAttributes.Empty);
        Assert.False(block.IsEmpty);
    }

    [Fact]
    public void An_address_outside_and_a_block_too_large_are_refused()
    {
        var block = new Block(Net("10.0.0.0/30"), 1);

        Assert.Throws<ArgumentOutOfRangeException>(() => block.OrdinalOf(Ip("10.0.0.4")));
        Assert.Throws<ArgumentException>(() => new Block(Net("10.0.0.0/19"), 1));
        Assert.Equal(4096, new Block(Net("fd00::/116"), 1).Size);
    }

    [Fact]
    public void Blocks_of_ipv6_work_the_same()
    {
        var block = new Block(Net("fd00::40/122"), 1);

        Assert.Equal(Ip("fd00::40"), AssignNext(block));
        Assert.Equal(63, block.OrdinalOf(Ip("fd00::7f")));
    }

    private static IpAddr AssignNext(Block block, AddressSet? reserved = null)
    {
        var ordinal = block.NextFree(reserved ?? AddressSet.Empty)!.Value;
        block.Assign(ordinal, "h", OwnerAttributes.Empty);
        return block.AddressOf(ordinal);
    }
}
