using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Peers that do not read: they delay nobody, hold nothing without bound, and hear the present state once they read again.</summary>
public sealed class BackPressureTests
{
    private readonly Speaker _speaker = new();

    public BackPressureTests()
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        _speaker.Up("b", "10.0.0.2");
        _speaker.Up("slow", "10.0.0.8", peerAs: 65008);
        _speaker.Up("fast", "10.0.0.9", peerAs: 65009);
        foreach (var peer in new[] { "slow", "fast" }) _speaker.Heard(peer);
    }

    [Fact]
    public void A_blocked_peer_hears_of_many_changes_the_last_one_and_the_others_hear_all()
    {
        Announce("10.48.1.0/26", "10.48.2.0/26");
        _speaker.Heard("slow");
        _speaker.Block("slow");
        for (var i = 0; i < 5; i++)
        {
            _speaker.Withdraw("b", "10.48.1.0/26");
            _speaker.Settle();
            Announce("10.48.1.0/26");
            _speaker.Settle();
        }

        _speaker.Withdraw("b", "10.48.2.0/26");
        Announce("10.48.3.0/26");
        Assert.Equal(14, _speaker.Heard("fast").Length);
        Assert.Empty(_speaker.Heard("slow"));

        _speaker.Ready("slow");
        Assert.Equal(["+ 10.48.1.0/26", "+ 10.48.3.0/26", "- 10.48.2.0/26"], _speaker.Heard("slow").Order(StringComparer.Ordinal));
        Assert.Equal(_speaker.View("fast").Keys, _speaker.View("slow").Keys);
    }

    [Fact]
    public void What_waits_for_a_blocked_peer_is_bounded_by_what_it_knows_and_goes_when_it_has_heard_or_is_lost()
    {
        Announce("10.48.1.0/26");
        _speaker.Settle();
        _speaker.Block("slow");
        _speaker.Withdraw("b", "10.48.1.0/26");
        for (var i = 2; i < 250; i++)
        {
            Announce($"10.48.{i}.0/26");
            _speaker.Settle();
            _speaker.Withdraw("b", $"10.48.{i}.0/26");
            _speaker.Settle();
        }

        // The one that it was told is kept, so that it can be withdrawn; those that came and went are not.
        Assert.Equal(1, _speaker.Rib.PrefixCount);
        _speaker.Ready("slow");
        Assert.Equal(["- 10.48.1.0/26"], _speaker.Heard("slow").TakeLast(1));
        Assert.Equal(0, _speaker.Rib.PrefixCount);

        Announce("10.48.1.0/26");
        _speaker.Settle();
        _speaker.Block("slow");
        _speaker.Withdraw("b", "10.48.1.0/26");
        _speaker.Settle();
        Assert.Equal(1, _speaker.Rib.PrefixCount);
        _speaker.Rib.PeerDown("slow", keepStale: false);
        Assert.Equal(0, _speaker.Rib.PrefixCount);
    }

    [Fact]
    public void A_peer_that_is_blocked_while_it_hears_the_table_hears_the_rest_and_then_end_of_rib()
    {
        Announce([.. Enumerable.Range(0, 20).Select(i => $"10.48.{i}.0/26")]);
        _speaker.Settle();
        _speaker.Up("late", "10.0.0.7", peerAs: 65007);
        foreach (var output in _speaker.Rib.TakeOutput(dumpBudget: 5)) Assert.NotEqual("fast", output.Peer);

        _speaker.Up("late", "10.0.0.7", peerAs: 65007);
        _speaker.Rib.TakeOutput(dumpBudget: 0);
        _speaker.Block("late");
        _speaker.Withdraw("b", "10.48.19.0/26");
        Assert.Empty(_speaker.Heard("late"));

        _speaker.Ready("late");
        var heard = _speaker.Heard("late");
        Assert.Equal("End-of-RIB", heard[^1]);
        Assert.Equal(19, _speaker.View("late").Count);
    }

    [Fact]
    public void A_peer_with_several_paths_has_each_of_them_withdrawn_that_is_gone()
    {
        _speaker.Up("c", "10.0.0.3", policy: new PeerPolicy { ClientClusterId = 1 }, terms: _speaker.Terms("10.0.0.3", addPath: true));
        _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.2"), "10.48.1.0/26", 1);
        _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.4"), "10.48.1.0/26", 2);
        Assert.Equal(2, _speaker.Paths("c").Count);

        _speaker.Block("c");
        _speaker.WithdrawPath("b", "10.48.1.0/26", 1);
        _speaker.Settle();
        _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.5"), "10.48.1.0/26", 3);
        _speaker.Ready("c");

        Assert.Equal(["10.0.0.4", "10.0.0.5"], _speaker.Paths("c").Values.Select(path => path.NextHop.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(_speaker.Rib.Advertised("c").Select(route => route.PathId), _speaker.Paths("c").Keys.Select(path => path.Id));
    }

    [Fact]
    public void Group_moves_policy_changes_and_groups_that_end_are_worked_off_in_slices()
    {
        Announce([.. Enumerable.Range(0, 100).Select(i => $"10.48.{i}.0/26")]);
        _speaker.Settle();
        _speaker.Rib.SetPeerPolicy("slow", new PeerPolicy { NextHopMode = NextHopMode.Keep });

        var (calls, most) = (0, 0);
        var routes = new List<int>();
        _speaker.Wire = output => routes.Add(output.Buffers.Sum(buffer => buffer.Length));
        while (_speaker.Rib.HasOutput)
        {
            routes.Clear();
            foreach (var output in _speaker.Rib.TakeOutput(dumpBudget: 10)) most = Math.Max(most, output.Buffers.Sum(buffer => buffer.Length));
            calls++;
        }

        // A hundred prefixes by ten: looked at for the new group, compared with the old one, told.
        Assert.InRange(calls, 20, 40);
        Assert.InRange(most, 1, 300);
        Assert.Equal(100, _speaker.Rib.Advertised("slow").Count(route => route.Attributes.NextHop == IpAddr.Parse("10.0.0.2")));
    }

    private void Announce(params string[] prefixes) => _speaker.Announce("b", Speaker.Internal("10.0.0.2"), prefixes);
}
