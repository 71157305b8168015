namespace Agent.Bgp.Tests.Routing;

public sealed class RibPeerLossTests
{
    [Fact]
    public void A_lost_peer_takes_its_routes_with_it()
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: false);
        speaker.Settle();

        Assert.Equal(["10.48.3.0/26 via 10.0.0.3 dev 2", "10.96.0.0/16 via 10.0.0.3 dev 2"], speaker.KernelText);
        Assert.Equal(["- 10.48.2.0/26", "+ 10.96.0.0/16"], speaker.Heard("tor"));
        Assert.Equal(2, speaker.Rib.PathCount);
    }

    [Fact]
    public void The_loss_of_many_routes_is_worked_off_in_slices()
    {
        var speaker = Two();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), [.. Enumerable.Range(0, 100).Select(i => $"172.16.{i}.0/24")]);
        speaker.Settle();

        speaker.Rib.PeerDown("b", keepStale: false);

        var slices = 1;
        while (speaker.Rib.Work(budget: 10)) slices++;
        Assert.Equal(21, slices);   // 103 prefixes are passed, then 102 of them decided anew
        speaker.Settle();
        Assert.Equal(2, speaker.Kernel.Count);
    }

    [Fact]
    public void A_peer_that_is_back_before_its_loss_is_worked_off_has_only_what_it_says_now()
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: false);
        speaker.Up("b", "10.0.0.2");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Settle();

        Assert.Equal(
            ["10.48.2.0/26 via 10.0.0.2 dev 2", "10.48.3.0/26 via 10.0.0.3 dev 2", "10.96.0.0/16 via 10.0.0.3 dev 2"],
            speaker.KernelText);
    }

    [Fact]
    public void Stale_routes_stay_in_use_until_end_of_rib_takes_those_not_announced_again()
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: true);
        speaker.Settle();
        Assert.Equal(3, speaker.Kernel.Count);
        Assert.True(speaker.Route("10.48.2.0/26").Best!.Stale);
        Assert.Empty(speaker.Heard("tor"));

        speaker.Up("b", "10.0.0.2");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.96.0.0/16");
        speaker.Settle();
        Assert.Equal(3, speaker.Kernel.Count);
        Assert.False(speaker.Route("10.96.0.0/16").Best!.Stale);

        speaker.EndOfRib("b");
        speaker.Settle();
        Assert.Equal(
            ["10.48.3.0/26 via 10.0.0.3 dev 2", "10.96.0.0/16 via 10.0.0.2 dev 2, 10.0.0.3 dev 2"], speaker.KernelText);
        Assert.Equal(["- 10.48.2.0/26"], speaker.Heard("tor"));
    }

    [Fact]
    public void Stale_routes_are_not_told_to_their_peer_as_it_comes_back()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("tor", "10.0.0.9", peerAs: 65001);
        speaker.Up("tor2", "10.0.0.8", peerAs: 65002);
        speaker.Announce("tor", Speaker.External("10.0.0.9", 65001), "10.48.2.0/26");
        speaker.Settle();
        speaker.Rib.PeerDown("tor", keepStale: true);
        speaker.Settle();

        speaker.Up("tor", "10.0.0.9", peerAs: 65001);

        Assert.Equal(["End-of-RIB"], speaker.Heard("tor"));
        Assert.Equal(["+ 10.48.2.0/26", "End-of-RIB"], speaker.Heard("tor2"));
    }

    [Fact]
    public void Stale_routes_go_when_their_time_is_over()
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: true);
        speaker.Rib.StaleExpired("b");
        speaker.Settle();

        Assert.Equal(["10.48.3.0/26 via 10.0.0.3 dev 2", "10.96.0.0/16 via 10.0.0.3 dev 2"], speaker.KernelText);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Stale_routes_go_at_once_when_the_peer_comes_back_without_its_forwarding(bool gracefulRestart, bool preserved)
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: true);
        speaker.Up("b", "10.0.0.2", terms: speaker.Terms("10.0.0.2", gracefulRestart, preserved: preserved));
        speaker.Settle();

        Assert.Equal(2, speaker.Kernel.Count);
    }

    [Fact]
    public void Routes_that_are_stale_for_the_second_time_go()
    {
        var speaker = Two();
        speaker.Rib.PeerDown("b", keepStale: true);
        speaker.Up("b", "10.0.0.2");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.96.0.0/16");
        speaker.Rib.PeerDown("b", keepStale: true);
        speaker.Settle();

        Assert.Equal(["10.48.3.0/26", "10.96.0.0/16"], speaker.Kernel.Keys.Select(prefix => prefix.ToString()));
        Assert.Equal([true], speaker.Rib.Received("b").Select(route => route.Path.Stale));
    }

    [Fact]
    public void A_session_that_replaces_one_still_up_starts_from_nothing()
    {
        var speaker = Two();
        speaker.Up("b", "10.0.0.2");
        speaker.Settle();

        Assert.Empty(speaker.Rib.Received("b"));
        Assert.Equal(["10.48.3.0/26 via 10.0.0.3 dev 2", "10.96.0.0/16 via 10.0.0.3 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void Our_own_restart_is_complete_when_every_expected_peer_has_sent_its_routes()
    {
        var speaker = new Speaker();
        speaker.Rib.BeginRestart(["b", "c", "d", "e"]);
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Rib.SetOriginated(RibOutputTests.Blocks("10.48.1.0/26"));
        speaker.Up("b", "10.0.0.2");
        speaker.Up("c", "10.0.0.3", terms: speaker.Terms("10.0.0.3", gracefulRestart: false));
        speaker.Up("d", "10.0.0.4", terms: speaker.Terms("10.0.0.4", restarting: true));

        Assert.Equal(["+ 10.48.1.0/26"], speaker.Heard("b"));   // our End-of-RIB waits
        speaker.EndOfRib("b");
        Assert.Empty(speaker.Heard("b"));
        Assert.False(speaker.Rib.RestartComplete);

        speaker.Up("e", "10.0.0.5");
        Assert.Equal(["+ 10.48.1.0/26"], speaker.Heard("e"));
        speaker.EndOfRib("e");

        Assert.True(speaker.Rib.RestartComplete);
        foreach (var peer in new[] { "b", "e" }) Assert.Equal(["End-of-RIB"], speaker.Heard(peer));
    }

    [Fact]
    public void Our_own_restart_ends_at_the_owners_deadline()
    {
        var speaker = new Speaker();
        speaker.Rib.BeginRestart(["b"]);
        speaker.Up("b", "10.0.0.2");
        Assert.Empty(speaker.Heard("b"));

        speaker.Rib.EndRestart();

        Assert.True(speaker.Rib.RestartComplete);
        Assert.Equal(["End-of-RIB"], speaker.Heard("b"));
    }

    // b and c announce a block each and share 10.96.0.0/16; the ToR hears what is in the pools.
    private static Speaker Two()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16", "10.96.0.0/16"));
        speaker.Up("b", "10.0.0.2");
        speaker.Up("c", "10.0.0.3");
        speaker.Up("tor", "10.0.0.9", peerAs: 65001);
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26", "10.96.0.0/16");
        speaker.Announce("c", Speaker.Internal("10.0.0.3") with { Med = 1 }, "10.48.3.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3") with { Communities = [1] }, "10.96.0.0/16");
        speaker.Heard("tor");
        return speaker;
    }
}
