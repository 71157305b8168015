using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>GRACEFUL_SHUTDOWN (RFC 8326) and BLACKHOLE (RFC 7999), where a peer's policy honours them.</summary>
public sealed class CommunityOptionTests
{
    private const string Block = "10.48.1.0/26";
    private static readonly PeerPolicy Honours = new() { HonoursGracefulShutdown = true, HonoursBlackhole = true };
    private readonly Speaker _speaker = new();

    public CommunityOptionTests()
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        _speaker.Up("tor", "10.0.0.8", peerAs: 65008, policy: Honours);
        _speaker.Up("other", "10.0.0.9", peerAs: 65009, policy: Honours);
        _speaker.Up("mesh", "10.0.0.2", policy: Honours);
    }

    [Fact]
    public void A_router_that_is_about_to_go_is_used_only_where_there_is_no_other()
    {
        Announce("tor", WellKnownCommunity.GracefulShutdown);
        Assert.Equal(0u, _speaker.View("mesh")[IpPrefix.Parse(Block)].LocalPref);
        Assert.Equal([$"{Block} via 10.0.0.8 dev 2"], _speaker.KernelText);

        _speaker.Announce("other", Speaker.External("10.0.0.9", 65009, 65010, 65011), Block);
        _speaker.Settle();
        Assert.Equal([$"{Block} via 10.0.0.9 dev 2"], _speaker.KernelText);
        Assert.Equal(RouteReason.LocalPref, _speaker.Reason(Block, "tor"));
    }

    [Fact]
    public void Within_the_AS_it_is_the_sender_who_lowers_the_preference()
    {
        _speaker.Announce("mesh", Speaker.Internal("10.0.0.2", 300) with { Communities = [WellKnownCommunity.GracefulShutdown] }, Block);
        _speaker.Announce("tor", Speaker.External("10.0.0.8", 65008), Block);
        _speaker.Settle();

        Assert.Equal([$"{Block} via 10.0.0.2 dev 2"], _speaker.KernelText);
    }

    [Fact]
    public void Packets_to_a_blackholed_prefix_are_dropped_and_the_route_stays_in_the_AS()
    {
        Announce("tor", WellKnownCommunity.Blackhole);

        Assert.Equal([$"{Block} blackhole"], _speaker.KernelText);
        Assert.Equal(ExportVerdict.NoExport, _speaker.Verdict(Block, "other"));
        Assert.Equal(
            [WellKnownCommunity.Blackhole, WellKnownCommunity.NoExport],
            _speaker.View("mesh")[IpPrefix.Parse(Block)].Communities.Order());
    }

    [Fact]
    public void Without_the_option_both_are_communities_like_others_and_a_change_of_it_needs_no_new_session()
    {
        Announce("tor", WellKnownCommunity.Blackhole, WellKnownCommunity.GracefulShutdown);
        _speaker.Rib.SetPeerPolicy("tor", new PeerPolicy());
        _speaker.Settle();

        Assert.Equal([$"{Block} via 10.0.0.8 dev 2"], _speaker.KernelText);
        Assert.Equal(100u, _speaker.View("mesh")[IpPrefix.Parse(Block)].LocalPref);

        _speaker.Rib.SetPeerPolicy("tor", Honours);
        _speaker.Settle();
        Assert.Equal([$"{Block} blackhole"], _speaker.KernelText);
        Assert.Equal(0u, _speaker.View("mesh")[IpPrefix.Parse(Block)].LocalPref);
    }

    private void Announce(string peer, params uint[] communities)
    {
        _speaker.Announce(peer, Speaker.External("10.0.0.8", 65008) with { Communities = [.. communities] }, Block);
        _speaker.Settle();
    }
}
