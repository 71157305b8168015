using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>How many prefixes a peer may announce (RFC 4271 §6.7).</summary>
public sealed class PrefixLimitTests
{
    private static readonly PrefixLimit Four = new(4, WarningPercent: 50);
    private readonly Speaker _speaker = new();

    [Fact]
    public void The_owner_is_warned_once_and_told_once_and_no_more_is_taken_in()
    {
        _speaker.Up("b", "10.0.0.2", policy: new PeerPolicy { PrefixLimit = Four });
        Announce(1);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());

        Announce(2, 3);
        Assert.Equal(new PrefixLimitNews("b", IpFamily.V4, Four, Exceeded: false), Assert.Single(_speaker.Rib.TakePrefixLimits()));
        Announce(1, 4);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());

        Announce(5, 6, 7);
        Assert.Equal(new PrefixLimitNews("b", IpFamily.V4, Four, Exceeded: true), Assert.Single(_speaker.Rib.TakePrefixLimits()));
        Announce(8);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());
        Assert.Equal(5, _speaker.Rib.PathCount);
    }

    [Fact]
    public void What_was_withdrawn_does_not_count_and_stale_routes_count_once_they_are_announced_again()
    {
        _speaker.Up("b", "10.0.0.2", policy: new PeerPolicy { PrefixLimit = Four with { WarningPercent = 100 } });
        Announce(1, 2, 3);
        _speaker.Withdraw("b", "10.48.1.0/26", "10.48.2.0/26");
        Announce(4, 5);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());

        _speaker.Rib.PeerDown("b", keepStale: true);
        _speaker.Up("b", "10.0.0.2", policy: new PeerPolicy { PrefixLimit = Four with { WarningPercent = 100 } });
        Announce(3, 4, 5);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());
        Announce(6, 7);
        Assert.Equal([false, true], _speaker.Rib.TakePrefixLimits().Select(news => news.Exceeded));
    }

    [Fact]
    public void A_new_limit_holds_for_what_is_there_already_and_not_for_the_next_session_once_taken_back()
    {
        _speaker.Up("b", "10.0.0.2");
        Announce(1, 2, 3, 4, 5);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());

        _speaker.Rib.SetPeerPolicy("b", new PeerPolicy { PrefixLimit = Four });
        Assert.True(Assert.Single(_speaker.Rib.TakePrefixLimits()).Exceeded);

        _speaker.Rib.PeerDown("b", keepStale: false);
        _speaker.Up("b", "10.0.0.2");
        Announce(1, 2, 3, 4, 5, 6);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());
        Assert.Equal(6, _speaker.Rib.PathCount);
    }

    [Fact]
    public void A_prefix_with_several_paths_counts_once_until_the_last_of_them_is_gone()
    {
        _speaker.Up("b", "10.0.0.2", policy: new PeerPolicy { PrefixLimit = Four with { WarningPercent = 100 } }, terms: _speaker.Terms("10.0.0.2", addPath: true));
        foreach (var number in (int[])[1, 2, 3])
            for (var path = 0u; path < 5; path++) AnnouncePath(number, path);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());
        Assert.Equal(15, _speaker.Rib.PathCount);

        for (var path = 0u; path < 4; path++) _speaker.WithdrawPath("b", "10.48.3.0/26", path);
        AnnouncePath(4, 7);
        Assert.False(Assert.Single(_speaker.Rib.TakePrefixLimits()).Exceeded);
        _speaker.WithdrawPath("b", "10.48.3.0/26", 4);
        AnnouncePath(5, 1);
        AnnouncePath(5, 2);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());

        // A limit that comes later counts what is there in the same way.
        _speaker.Rib.SetPeerPolicy("b", new PeerPolicy());
        AnnouncePath(6, 0);
        _speaker.Rib.SetPeerPolicy("b", new PeerPolicy { PrefixLimit = Four with { Most = 5 } });
        AnnouncePath(5, 3);
        Assert.Empty(_speaker.Rib.TakePrefixLimits());
        AnnouncePath(7, 0);
        Assert.True(Assert.Single(_speaker.Rib.TakePrefixLimits()).Exceeded);
    }

    private void AnnouncePath(int number, uint path) => _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.2"), $"10.48.{number}.0/26", path);

    private void Announce(params int[] numbers) =>
        _speaker.Announce("b", Speaker.Internal("10.0.0.2"), [.. numbers.Select(number => $"10.48.{number}.0/26")]);
}
