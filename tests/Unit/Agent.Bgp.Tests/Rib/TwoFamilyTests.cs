using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Both families over one connection: next hops of either (RFC 4760 §3, RFC 8950).</summary>
public sealed class TwoFamilyTests
{
    private static readonly IpAddr V4 = IpAddr.Parse("10.0.0.1");
    private static readonly IpAddr V6 = IpAddr.Parse("fd00::1");

    [Theory]
    [InlineData("10.0.0.1", null, false, "10.0.0.1", "::ffff:10.0.0.1")]
    [InlineData("10.0.0.1", "fd00::1", false, "10.0.0.1", "fd00::1")]
    [InlineData("fd00::1", "10.0.0.1", false, "10.0.0.1", "fd00::1")]
    [InlineData("fd00::1", null, true, "fd00::1", "fd00::1")]
    [InlineData("fd00::1", null, false, null, "fd00::1")]
    public void Each_family_has_the_next_hop_that_the_peer_understands(string local, string? other, bool extended, string? v4, string v6)
    {
        var terms = new SessionTerms
        {
            LocalAddress = IpAddr.Parse(local),
            OtherNextHop = other is null ? null : IpAddr.Parse(other),
            PeerRouterId = 1,
            PeerAs = 65001,
            IsInternal = false,
            HoldTime = default,
            KeepaliveInterval = default,
            FourByteAs = true,
            Families = [IpFamily.V4, IpFamily.V6],
            RouteRefresh = true,
            ExtendedNextHop = extended,
        };

        Assert.Equal((v4, v6), (terms.NextHopOf(IpFamily.V4)?.ToString(), terms.NextHopOf(IpFamily.V6)?.ToString()));
        Assert.Equal(v4 is null ? 1 : 2, PeerTerms.Of(terms).Families.Length);
    }

    [Fact]
    public void An_IPv4_route_with_an_IPv6_next_hop_is_announced_in_MP_REACH_and_read_from_it()
    {
        var attributes = new PathAttributes { AsPath = AsPath.Of(65001), NextHop = V6 };
        var format = new UpdateFormat(IpFamily.V4, AddPath: false, FourByteAs: true, ExtendedNextHop: true);
        Span<byte> message = stackalloc byte[MessageCodec.MaxMessageSize];
        var size = UpdateCodec.WriteAnnouncement(message, attributes, format, [new Nlri(IpPrefix.Parse("10.48.1.0/26"))], out _);
        var body = message[MessageCodec.HeaderSize..size];

        using var batch = new UpdateBatch();
        var decoder = new UpdateDecoder(new UpdateContext(true, false, [IpFamily.V4], [], ExtendedNextHop: true));
        Assert.True(decoder.TryDecode(body, batch, out var error), error?.ToString());
        Assert.Null(decoder.Complaint);
        Assert.Equal(attributes, Assert.Single(batch.Attributes.ToArray()));
        Assert.Equal(IpPrefix.Parse("10.48.1.0/26"), Assert.Single(batch.Operations.ToArray()).Nlri.Prefix);

        // Without the capability such a next hop cannot be read: RFC 7606 §7.11 resets the session.
        Assert.False(new UpdateDecoder(new UpdateContext(true, false, IpFamily.V4)).TryDecode(body, batch, out _));
    }

    [Theory]
    [InlineData(true, "fd00::9")]
    [InlineData(false, "10.0.0.1")]
    public void An_IPv6_next_hop_of_an_IPv4_route_is_kept_only_towards_who_takes_it(bool extended, string expected)
    {
        var speaker = new Speaker();
        speaker.Rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("fd00::/64"), 2), new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 2)],
            OwnAddresses = [V4, V6],
        });
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("tor", "10.0.0.9", peerAs: 65001);
        var terms = speaker.Terms("10.0.0.2");
        speaker.Rib.PeerUp(
            speaker.Spec("b", "10.0.0.2"),
            terms with { Families = [terms.Families[0] with { Format = terms.Families[0].Format with { ExtendedNextHop = extended } }] });
        speaker.Wire = _ => { };
        speaker.Announce("tor", new PathAttributes { AsPath = AsPath.Of(65001), NextHop = IpAddr.Parse("fd00::9") }, "10.48.1.0/26");
        speaker.Settle();

        Assert.Equal("10.48.1.0/26 via fd00::9 dev 2", Assert.Single(speaker.KernelText));
        Assert.Equal(IpAddr.Parse(expected), Assert.Single(speaker.Rib.Advertised("b")).Attributes.NextHop);
    }

    [Fact]
    public void A_link_local_next_hop_is_on_the_link_of_its_session_and_is_told_to_nobody()
    {
        var speaker = new Speaker();
        var twoLinks = new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 2), new ConnectedNetwork(IpPrefix.Parse("10.0.1.0/24"), 3)],
            OwnAddresses = [V4],
        };
        speaker.Rib.SetConnected(twoLinks);
        speaker.Up("left", "10.0.0.9", peerAs: 65001);
        speaker.Up("right", "10.0.1.9", peerAs: 65001);
        speaker.Up("b", "10.0.0.2");
        speaker.Wire = _ => { };
        var attributes = new PathAttributes { AsPath = AsPath.Of(65001), NextHop = IpAddr.Parse("fe80::9") };
        speaker.Announce("left", attributes, "10.48.1.0/26", "10.48.2.0/26");
        speaker.Announce("right", attributes, "10.48.2.0/26", "10.48.3.0/26");
        speaker.Settle();

        Assert.Equal(
            ["10.48.1.0/26 via fe80::9 dev 2", "10.48.2.0/26 via fe80::9 dev 2, fe80::9 dev 3", "10.48.3.0/26 via fe80::9 dev 3"], speaker.KernelText);
        Assert.All(speaker.Rib.Advertised("b"), route => Assert.Equal(V4, route.Attributes.NextHop));

        speaker.Rib.SetConnected(twoLinks with { Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 7)] });
        speaker.Settle();

        Assert.Equal(
            ["10.48.1.0/26 via fe80::9 dev 7", "10.48.2.0/26 via fe80::9 dev 7", "10.48.3.0/26 unreachable"], speaker.KernelText);
    }
}
