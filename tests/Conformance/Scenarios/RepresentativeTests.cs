namespace Agent.Conformance.Tests.Scenarios;

/// <summary>One row of each kind of scenario, with BIRD: what a quick run has of the slow ones.</summary>
public sealed class RepresentativeTests
{
    private const string Brand = "bird";

    [Fact]
    public Task Capabilities_that_both_ends_offer_are_used() =>
        new CapabilityTests().With_every_capability_of_ours_all_that_a_peer_offers_is_used(Brand);

    [Fact]
    public Task A_capability_that_is_switched_off_is_not_used() =>
        new CapabilityTests().A_capability_that_a_peer_does_not_offer_is_not_used(Brand, "four-octet AS");

    [Fact]
    public Task A_refresh_is_answered_to_us() =>
        new RefreshTests().A_refresh_that_we_ask_for_brings_the_routes_again_between_marks(Brand, marked: true);

    [Fact]
    public Task A_refresh_is_answered_by_us() => new RefreshTests().A_peer_that_asks_for_our_routes_hears_them_again_between_marks(Brand);

    [Fact]
    public Task A_peer_may_restart() =>
        new RestartTests().Routes_of_a_peer_that_is_killed_stay_until_it_is_back_and_those_it_lost_go(Brand, stay: true);

    [Fact]
    public Task We_may_restart() => new RestartTests().A_peer_keeps_our_routes_while_we_restart(Brand);

    [Fact]
    public Task A_peer_may_take_long_to_restart() =>
        new LongLivedTests().The_mark_goes_when_a_killed_peer_is_back_within_its_stale_time(Brand);

    [Fact]
    public Task We_may_take_long_to_restart() =>
        new LongLivedTests().A_peer_that_keeps_our_routes_takes_the_mark_off_when_we_are_back(Brand);

    [Fact]
    public Task Several_paths_are_sent() => new AddPathTests().A_peer_hears_every_path_that_we_have_and_of_each_that_it_is_gone(Brand);

    [Fact]
    public Task Several_paths_are_received() => new AddPathTests().We_take_every_path_of_a_peer_and_of_each_that_it_is_gone(Brand);

    [Fact]
    public Task A_password_is_needed() => new PasswordTests().A_wrong_password_is_not_answered_and_the_right_one_is(Brand);

    [Fact]
    public Task A_neighbours_TTL_is_needed() => new GtsmTests().We_hear_nothing_from_a_peer_without_it_when_we_expect_it(Brand);

    [Fact]
    public Task IPv6_carries_both_families() => new TransportTests().Over_IPv6_both_families_are_carried(Brand);

    [Fact]
    public Task Either_end_dials() => new TransportTests().A_peer_dials_us_when_we_are_passive(Brand);

    [Fact]
    public Task Of_two_connections_one_is_left() =>
        new CollisionTests().Of_two_connections_that_of_the_higher_identifier_is_left(Brand, says: true);

    [Theory]
    [InlineData(500)]
    [InlineData(3000)]
    public Task Large_routes_are_passed_on(int communities) =>
        new LargeUpdateTests().A_large_route_of_another_router_reaches_the_peer_whole(Brand, 300, communities);
}
