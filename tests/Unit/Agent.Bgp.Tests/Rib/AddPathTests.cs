using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Peers that take several paths of a prefix (RFC 7911; spec 3.5, 10.5).</summary>
public sealed class AddPathTests
{
    private const string Block = "10.210.4.0/26";
    private readonly Speaker _speaker = new();

    [Theory]
    [InlineData(true, "10.210.4.0/26 via 10.0.0.8 dev 2, 10.0.0.9 dev 2")]
    [InlineData(false, "10.210.4.0/26 via 10.0.0.8 dev 2")]
    public void Two_reflectors_that_each_hear_two_routers_give_their_client_both_next_hops_only_with_several_paths(bool addPath, string expected)
    {
        var network = new Network();
        foreach (var (name, address) in new[] { ("client", "10.0.0.5"), ("r1", "10.0.0.2"), ("r2", "10.0.0.3"), ("b1", "10.0.0.8"), ("b2", "10.0.0.9") })
            network.Add(name, address).Rib.SetPolicy(Speaker.Pool("10.210.0.0/16"));
        foreach (var border in new[] { "b1", "b2" })
            network[border].Rib.SetOriginated([new LocalRoute(IpPrefix.Parse(Block), LocalRouteKind.Block)]);
        foreach (var reflector in new[] { "r1", "r2" })
        {
            network.Connect("client", reflector, rightPolicy: new PeerPolicy { ClientClusterId = 1 }, addPath: addPath);
            network.Connect(reflector, "b1", rightAs: 64513, addPath: addPath);
            network.Connect(reflector, "b2", rightAs: 64513, addPath: addPath);
        }

        network.Connect("r1", "r2", addPath: addPath);
        network.Converge();

        Assert.Equal([expected], network["client"].KernelText);
        Assert.Equal("10.210.4.0/26 via 10.0.0.8 dev 2, 10.0.0.9 dev 2", network["r1"].KernelText.Single());

        // From each reflector: the two of the routers and the other reflector's two.
        Assert.Equal(addPath ? 8 : 2, network["client"].Rib.PathCount);

        network.Disconnect("r1", "b1");
        network.Disconnect("r2", "b1");
        network.Converge();
        Assert.Equal(["10.210.4.0/26 via 10.0.0.9 dev 2"], network["client"].KernelText);
    }

    [Fact]
    public void Each_path_goes_through_the_export_rules_by_itself()
    {
        Peers();
        _speaker.Announce("b", Speaker.Internal("10.0.0.2"), Block);
        _speaker.Announce("c", Speaker.Internal("10.0.0.3") with { Communities = [WellKnownCommunity.NoAdvertise] }, Block);
        _speaker.Announce("tor", Speaker.External("10.0.0.9", 65001), Block);

        // To tor the one of b, since the others are its own and not to be told; to b and c, by iBGP, the one of tor alone.
        Assert.Equal(["10.0.0.1"], NextHops("tor"));
        Assert.Equal(["10.0.0.9"], NextHops("b"));
        Assert.Equal(["10.0.0.9"], NextHops("c"));
        Assert.Equal(ExportVerdict.Pool, _speaker.Verdict(Block, "tor"));
    }

    [Fact]
    public void A_path_keeps_its_identifier_while_others_come_and_go()
    {
        Peers(client: 7);
        _speaker.Announce("b", Speaker.Internal("10.0.0.2"), Block);
        var first = Assert.Single(_speaker.Paths("tor")).Key.Id;

        _speaker.Announce("c", Speaker.Internal("10.0.0.3", localPref: 200), Block);
        var second = Assert.Single(_speaker.Paths("tor").Keys, path => path.Id != first).Id;
        _speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref: 300), Block);
        Assert.Equal([first, second], _speaker.Paths("tor").Keys.Select(path => path.Id).Order());
        Assert.NotEqual(0u, first);

        _speaker.Withdraw("b", Block);
        Assert.Equal(second, Assert.Single(_speaker.Paths("tor")).Key.Id);
    }

    [Fact]
    public void The_paths_that_one_peer_tells_are_told_apart_and_withdrawn_apart()
    {
        Peers(client: 7);
        _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.2"), Block, 1);
        _speaker.AnnouncePath("b", Speaker.Internal("10.0.0.4"), Block, 2);
        Assert.Equal(["10.0.0.2", "10.0.0.4"], NextHops("c"));
        Assert.Empty(_speaker.Paths("b"));

        _speaker.WithdrawPath("b", Block, 1);
        Assert.Equal(["10.0.0.4"], NextHops("c"));

        _speaker.Rib.PeerDown("b", keepStale: false);
        Assert.Empty(_speaker.Paths("c"));
        Assert.Empty(_speaker.Rib.Advertised("c"));
    }

    [Fact]
    public void A_route_that_originates_here_is_told_beside_learned_ones()
    {
        Peers();
        _speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse(Block), LocalRouteKind.Block)]);
        _speaker.Announce("tor", Speaker.External("10.0.0.9", 65001), Block);

        Assert.Equal(["10.0.0.1", "10.0.0.9"], NextHops("b"));
        Assert.Equal(["10.0.0.1"], NextHops("tor"));
    }

    [Fact]
    public void A_newcomer_and_one_who_asks_again_hear_every_path()
    {
        Peers(client: 7);
        _speaker.Announce("b", Speaker.Internal("10.0.0.2"), Block);
        _speaker.Announce("c", Speaker.Internal("10.0.0.3"), Block);
        _speaker.Settle();

        _speaker.Up("late", "10.0.0.7", terms: _speaker.Terms("10.0.0.7", addPath: true));
        Assert.Equal(["10.0.0.2", "10.0.0.3"], NextHops("late"));
        _speaker.Heard("late");
        _speaker.Rib.RefreshRequested("late", IpFamily.V4);
        Assert.Equal([$"+ {Block}", $"+ {Block}"], _speaker.Heard("late"));
    }

    private void Peers(uint? client = null)
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.210.0.0/16"));
        foreach (var (name, address, asNumber) in new[] { ("b", "10.0.0.2", Speaker.As), ("c", "10.0.0.3", Speaker.As), ("tor", "10.0.0.9", 65001u) })
        {
            _speaker.Up(
                name, address, asNumber, policy: new PeerPolicy { ClientClusterId = asNumber == Speaker.As ? client : null },
                terms: _speaker.Terms(address, addPath: true));
        }
    }

    private string[] NextHops(string peer) =>
        [.. _speaker.Paths(peer).Values.Select(path => path.NextHop).Order().Select(hop => hop.ToString())];
}
