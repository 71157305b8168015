using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Routes kept beyond the restart time (RFC 9494 §4.2 to §4.6) and graceful restart of some families only (RFC 4724 §3).</summary>
public sealed class LongLivedTests
{
    private const string Block = "10.210.4.0/26";
    private readonly Speaker _speaker = new();

    public LongLivedTests()
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.210.0.0/16"));
        _speaker.Up("a", "10.0.0.2", peerAs: 65002);
        _speaker.Up("b", "10.0.0.3", peerAs: 65003);
        _speaker.Up("knows", "10.0.0.8", peerAs: 65008, terms: _speaker.Terms("10.0.0.8") with { LongLivedRestart = true });
        _speaker.Up("other", "10.0.0.9", peerAs: 65009);
    }

    [Fact]
    public void After_the_restart_time_stale_routes_are_kept_and_marked_and_told_only_to_who_knows_the_mark()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block);
        Assert.Equal([Block], Prefixes("other"));
        Expire();

        Assert.Equal([$"{Block} via 10.0.0.2 dev 2"], KernelNow());
        Assert.Equal([WellKnownCommunity.LongLivedStale], _speaker.View("knows")[IpPrefix.Parse(Block)].Communities.AsEnumerable());
        Assert.Empty(Prefixes("other"));
        Assert.Equal(ExportVerdict.LongLivedStale, _speaker.Verdict(Block, "other"));
    }

    [Fact]
    public void Any_other_route_is_preferred_to_a_long_lived_stale_one()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block);
        _speaker.Announce("b", Speaker.External("10.0.0.3", 65003, 65001, 65000), Block);
        Assert.Equal(RouteReason.AsPathLength, _speaker.Reason(Block, "b"));
        Expire();

        _speaker.Settle();
        Assert.Equal(RouteReason.LongLivedStale, _speaker.Reason(Block, "a"));
        Assert.Equal([$"{Block} via 10.0.0.3 dev 2"], KernelNow());
    }

    [Fact]
    public void A_route_that_another_speaker_marked_is_the_least_preferred_too()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002) with { Communities = [WellKnownCommunity.LongLivedStale] }, Block);
        Assert.Empty(Prefixes("other"));
        Assert.Equal([Block], Prefixes("knows"));

        _speaker.Announce("b", Speaker.External("10.0.0.3", 65003, 65001, 65000), Block);
        _speaker.Settle();
        Assert.Equal(RouteReason.LongLivedStale, _speaker.Reason(Block, "a"));
        Assert.Equal([Block], Prefixes("other"));
    }

    [Fact]
    public void What_must_not_be_kept_that_long_goes_with_the_restart_time()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002) with { Communities = [WellKnownCommunity.NotLongLived] }, Block);
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), "10.210.5.0/26");
        Expire();

        Assert.Equal(["10.210.5.0/26 via 10.0.0.2 dev 2"], KernelNow());
        Assert.Equal(1, _speaker.Rib.PathCount);
    }

    [Fact]
    public void The_stale_time_of_a_family_ends_them()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block);
        Expire();
        _speaker.Settle();

        _speaker.Rib.LongLivedExpired("a", IpFamily.V6);
        Assert.Single(KernelNow());
        _speaker.Rib.LongLivedExpired("a", IpFamily.V4);
        Assert.Empty(KernelNow());
        Assert.Empty(Prefixes("knows"));
    }

    [Fact]
    public void A_peer_that_is_back_takes_the_mark_off_what_it_announces_and_its_end_of_rib_removes_the_rest()
    {
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block, "10.210.5.0/26");
        Expire();
        _speaker.Settle();

        _speaker.Up("a", "10.0.0.2", peerAs: 65002);
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block);
        Assert.Equal([Block], Prefixes("other"));
        Assert.Equal(2, _speaker.View("knows").Count);
        Assert.Empty(_speaker.View("knows")[IpPrefix.Parse(Block)].Communities);

        _speaker.EndOfRib("a");
        Assert.Equal([Block], Prefixes("knows"));
    }

    [Fact]
    public void Routes_of_a_family_that_the_peer_does_not_want_kept_go_with_the_session()
    {
        var terms = _speaker.Terms("10.0.0.2");
        _speaker.Up("a", "10.0.0.2", peerAs: 65002, terms: terms with { Families = [terms.Families[0] with { KeptWhenDown = false }] });
        _speaker.Announce("a", Speaker.External("10.0.0.2", 65002), Block);
        _speaker.Rib.PeerDown("a", keepStale: true);

        Assert.Empty(KernelNow());
    }

    private void Expire()
    {
        _speaker.Rib.PeerDown("a", keepStale: true);
        _speaker.Settle();
        _speaker.Rib.StaleExpired("a", IpFamily.V4);
    }

    private string[] Prefixes(string peer) => [.. _speaker.View(peer).Keys.Select(prefix => prefix.ToString())];

    private string[] KernelNow()
    {
        _speaker.Settle();
        return [.. _speaker.KernelText];
    }
}
