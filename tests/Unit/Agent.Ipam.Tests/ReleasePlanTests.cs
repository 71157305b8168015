using Agent.Ipam.Tests.Support;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class ReleasePlanTests
{
    private static readonly Pool Pool = Samples.Pool("pool", "10.0.0.0/24", 30);

    [Fact]
    public void A_handle_is_released_with_all_its_addresses()
    {
        var state = Owning("10.0.0.0/30", "fd00::/126");
        state.Assign("a", Pool);
        state.Assign("b", Pool);
        state.Assign("a", Samples.Pool("six", "fd00::/64", 126));

        var released = ReleasePlan.ByHandle(state, "a");

        Assert.Equal(
            [new BlockEvent.Released(Net("10.0.0.0/30"), Ip("10.0.0.0")), new BlockEvent.Released(Net("fd00::/126"), Ip("fd00::"))], released);
        state.Release("a");
        Assert.Empty(ReleasePlan.ByHandle(state, "a"));
        Assert.Equal([Ip("10.0.0.1")], state.AddressesOf("b"));
    }

    [Fact]
    public void A_handle_is_released_only_where_the_given_sequence_matches()
    {
        var state = Owning("10.0.0.0/30");
        foreach (var address in new[] { "10.0.0.0", "10.0.0.1", "10.0.0.2" })
            state.Apply(new BlockEvent.Assigned(Net("10.0.0.0/30"), Ip(address), "vm", On("node1")));

        Assert.Equal([new BlockEvent.Released(Net("10.0.0.0/30"), Ip("10.0.0.1"))], ReleasePlan.ByHandle(state, "vm", 101));
    }

    [Fact]
    public void An_address_is_released_when_handle_and_sequence_match_or_are_not_given()
    {
        var state = Owning("10.0.0.0/30");
        var address = state.Assign("a", Pool);
        var release = new ReleaseDecision.Release(new BlockEvent.Released(Net("10.0.0.0/30"), address));

        Assert.Equal(release, ReleasePlan.ByAddress(state, address));
        Assert.Equal(release, ReleasePlan.ByAddress(state, address, "a", 100));
        Assert.Equal(
            new ReleaseDecision.Conflict("the given sequence number (99) does not match (100) when attempting to release IP"),
            ReleasePlan.ByAddress(state, address, "a", 99));
        Assert.Equal(
            new ReleaseDecision.Conflict("the given handle (b) does not match (a) when attempting to release IP 10.0.0.0"),
            ReleasePlan.ByAddress(state, address, "b"));
    }

    [Fact]
    public void Releasing_what_is_free_or_elsewhere_is_told_apart()
    {
        var state = Owning("10.0.0.0/30");

        Assert.Equal(new ReleaseDecision.NotAssigned(Ip("10.0.0.3")), ReleasePlan.ByAddress(state, Ip("10.0.0.3")));
        Assert.Equal(new ReleaseDecision.NotOwned(Ip("10.0.0.4")), ReleasePlan.ByAddress(state, Ip("10.0.0.4")));
    }

    [Fact]
    public void A_stale_release_does_not_hit_the_next_incarnation_of_a_block()
    {
        var state = Owning("10.0.0.0/30");
        var address = state.Assign("a", Pool);
        var stale = state.AllocationOf(address)!.Sequence;
        state.Release("a");
        state.Apply(new BlockEvent.Sealed(Net("10.0.0.0/30")));
        state.Apply(new BlockEvent.Unclaimed(Net("10.0.0.0/30")));
        state.Apply(Claimed("10.0.0.0/30", sequence: 1_000));

        Assert.Equal(address, state.Assign("a", Pool));
        Assert.IsType<ReleaseDecision.Conflict>(ReleasePlan.ByAddress(state, address, "a", stale));
    }
}
