using System.Text.Json;
using Agent.Ipam.Tests.Support;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class NodeBlocksTests
{
    private static readonly Pool Pool = Samples.Pool("pool", "10.0.0.0/24", 30);

    [Fact]
    public void Events_read_from_the_journal_give_the_state_that_wrote_them()
    {
        BlockEvent[] events =
        [
            Claimed("10.0.0.0/30"),
            Claimed("fd00::/126"),
            new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.0"), "a", On("node1").With("pod", "p")),
            new BlockEvent.Assigned(Net("fd00::/126"), Ip("fd00::"), "a", OwnerAttributes.Empty),
            new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.1"), "b", On("node1")),
            new BlockEvent.Released(Net("10.0.0.0/30"), Ip("10.0.0.0")),
            new BlockEvent.Sealed(Net("10.0.0.0/30")),
            new BlockEvent.Reopened(Net("10.0.0.0/30")),
            new BlockEvent.Sealed(Net("fd00::/126")),
            new BlockEvent.Unclaimed(Net("fd00::/126")),
        ];
        var written = new NodeBlocks("node1");
        var read = new NodeBlocks("node1");

        foreach (var happened in events)
        {
            written.Apply(happened);
            var again = IpamJson.ReadEvent(IpamJson.ManifestOf(happened), IpamJson.WriteEvent(happened));
            Assert.Equal(happened, again);
            read.Apply(again);
        }

        Assert.Equal(written.Text(), read.Text());
        Assert.Equal([Ip("10.0.0.1")], read.AddressesOf("b"));
        Assert.Empty(read.AddressesOf("a"));
    }

    [Fact]
    public void Journal_entries_have_short_names_and_readable_json()
    {
        var assigned = new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.1"), "b", On("node1"));

        Assert.Equal("address-assigned", IpamJson.ManifestOf(assigned));
        Assert.Equal("""{"address":"10.0.0.1","handle":"b","attributes":{"node":"node1"},"block":"10.0.0.0/30"}""", IpamJson.WriteEvent(assigned));
        Assert.Equal(
            ["block-claimed", "block-restored", "block-sealed", "block-reopened", "block-unclaimed", "address-assigned", "address-released"],
            IpamJson.EventTypes.Select(row => row.Manifest));
        Assert.Equal(
            typeof(BlockEvent).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(BlockEvent))).ToHashSet(),
            IpamJson.EventTypes.Select(row => row.Type).ToHashSet());
    }

    [Fact]
    public void An_unknown_journal_entry_is_an_error()
    {
        var unknown = Assert.Throws<JsonException>(() => IpamJson.ReadEvent("block-painted", "{}"));

        Assert.Equal("no block event has the manifest 'block-painted'; was the journal written by a newer release?", unknown.Message);
    }

    [Fact]
    public void A_snapshot_gives_the_same_state_with_order_sequence_and_seals()
    {
        var state = Owning("10.0.0.8/30", "10.0.0.0/30");
        for (var i = 0; i < 6; i++) state.Assign($"h{i}", Pool);
        state.Release("h1");
        state.Apply(new BlockEvent.Sealed(Net("10.0.0.0/30")));

        var again = new NodeBlocks("node1");
        foreach (var restored in state.Snapshot()) again.Apply(restored);

        Assert.Equal(state.Text(), again.Text());
        Assert.Equal([Net("10.0.0.8/30"), Net("10.0.0.0/30")], again.Blocks.Select(owned => owned.Cidr));
        Assert.True(again.Blocks[1].IsSealed);
        Assert.Equal(state.AllocationOf(Ip("10.0.0.10")), again.AllocationOf(Ip("10.0.0.10")));
        Assert.Equal([Ip("10.0.0.11")], again.AddressesOf("h3"));
    }

    [Fact]
    public void After_a_lost_journal_a_block_serves_what_it_had_but_gives_out_nothing_until_its_quarantine_is_over()
    {
        var lost = Owning("10.0.0.0/30");
        lost.Assign("a", Pool);
        var published = lost.Publish(lost.Blocks[0]);
        var state = new NodeBlocks("node1");

        state.Apply(new BlockEvent.Restored(published.Cidr, "pool", "claim", published, IsSealed: true));

        Assert.Equal(new AssignmentDecision.Existing(Ip("10.0.0.0")), AssignmentPlan.Decide(state, Request("a", Pool)));
        Assert.Equal(new AssignmentDecision.ClaimNeeded(Pool), AssignmentPlan.Decide(state, Request("b", Pool)));
        state.Release("a");
        state.Apply(new BlockEvent.Reopened(published.Cidr));
        Assert.Equal(Ip("10.0.0.1"), state.Assign("b", Pool));
    }

    [Fact]
    public void What_is_assigned_in_a_block_that_is_given_up_is_forgotten()
    {
        var state = Owning("10.0.0.0/30", "10.0.0.4/30");
        for (var i = 0; i < 5; i++) state.Assign(i == 4 ? "h0-second" : $"h{i}", Pool);

        state.Apply(new BlockEvent.Sealed(Net("10.0.0.0/30")));
        state.Apply(new BlockEvent.Unclaimed(Net("10.0.0.0/30")));

        Assert.Empty(state.AddressesOf("h0"));
        Assert.Equal([Ip("10.0.0.4")], state.AddressesOf("h0-second"));
        Assert.Null(state.Find(Ip("10.0.0.0")));
        Assert.Null(state.AllocationOf(Ip("10.0.0.0")));
    }

    [Fact]
    public void Events_that_do_not_fit_are_refused_and_change_nothing()
    {
        var state = Owning("10.0.0.0/30");
        state.Assign("a", Pool);
        var before = state.Text();
        var sound = state.Publish(state.Blocks[0]);

        AssertBroken(state, Claimed("10.0.0.0/30"), "block 10.0.0.0/30 cannot become node1's, which has 10.0.0.0/30");
        AssertBroken(state, Claimed("10.0.0.0/29"), "block 10.0.0.0/29 cannot become node1's, which has 10.0.0.0/30");
        AssertBroken(state, new BlockEvent.Sealed(Net("10.0.0.4/30")), "block 10.0.0.4/30 is not one of node1's");
        AssertBroken(state, new BlockEvent.Reopened(Net("10.0.0.0/30")), "block 10.0.0.0/30 is not sealed");
        AssertBroken(state, new BlockEvent.Unclaimed(Net("10.0.0.0/30")), "block 10.0.0.0/30 is not sealed");
        AssertBroken(state, new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.0"), "b", OwnerAttributes.Empty),
            "10.0.0.0 of block 10.0.0.0/30 is assigned already, to a");
        AssertBroken(state, new BlockEvent.Released(Net("10.0.0.0/30"), Ip("10.0.0.1")),
            "10.0.0.1 of block 10.0.0.0/30 is released but not assigned");
        AssertBroken(state, new BlockEvent.Restored(Net("10.0.0.4/30"), "p", "c", sound, false), "block 10.0.0.4/30 cannot be restored from 10.0.0.0/30");
        AssertBroken(new NodeBlocks("n"), new BlockEvent.Restored(sound.Cidr, "p", "c", sound with { Unallocated = [1, 2] }, false),
            "block 10.0.0.0/30 cannot be restored: expected 4 addresses in this block, but Unallocated (2) + Allocated (1) = 3");
        Assert.Equal(before, state.Text());
        state.Apply(new BlockEvent.Sealed(Net("10.0.0.0/30")));
        AssertBroken(state, new BlockEvent.Sealed(Net("10.0.0.0/30")), "block 10.0.0.0/30 is sealed");
        AssertBroken(state, new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip("10.0.0.1"), "b", OwnerAttributes.Empty), "block 10.0.0.0/30 is sealed");
    }

    private static void AssertBroken(NodeBlocks state, BlockEvent happened, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => state.Apply(happened)).Message);
}
