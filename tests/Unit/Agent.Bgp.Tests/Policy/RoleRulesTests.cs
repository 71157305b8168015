using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>OTC by roles (RFC 9234 §5): what is refused, what is marked, what is not told.</summary>
public sealed class RoleRulesTests
{
    private const uint Ours = 64512;
    private const uint Neighbour = 65001;
    private static readonly ExportSource FromNeighbour = new(false, Ours, 7, null);
    private static readonly ExportTarget ToNeighbour = new(false, Ours, null, NextHopMode.Auto, IpAddr.Parse("10.0.0.1"));

    [Theory]
    [InlineData(BgpRole.Provider, Neighbour, true)]
    [InlineData(BgpRole.RouteServer, Neighbour, true)]
    [InlineData(BgpRole.Peer, Neighbour, false)]
    [InlineData(BgpRole.Peer, 65009u, true)]
    [InlineData(BgpRole.Customer, 65009u, false)]
    [InlineData(BgpRole.RouteServerClient, 65009u, false)]
    [InlineData(BgpRole.Provider, null, false)]
    [InlineData(BgpRole.Peer, null, false)]
    [InlineData(null, 65009u, false)]
    public void A_marked_route_from_whom_it_may_not_come_is_a_leak(BgpRole? role, uint? mark, bool leaks)
    {
        var session = Session(role);

        Assert.Equal(
            leaks ? ImportVerdict.RouteLeak : ImportVerdict.Accepted,
            ImportPolicy.Check(AttributeSet.Of(new PathAttributes { OnlyToCustomer = mark }), session, new PeerPolicy()));
    }

    [Theory]
    [InlineData(BgpRole.Customer, Neighbour)]
    [InlineData(BgpRole.Peer, Neighbour)]
    [InlineData(BgpRole.RouteServerClient, Neighbour)]
    [InlineData(BgpRole.Provider, null)]
    [InlineData(BgpRole.RouteServer, null)]
    [InlineData(null, null)]
    public void A_route_from_a_provider_a_peer_or_a_route_server_is_marked(BgpRole? role, uint? mark)
    {
        var source = FromNeighbour with { Mark = RoleRules.Mark(role, Neighbour) };

        Assert.Equal(mark, Told(new PathAttributes(), source, ToNeighbour with { Internal = true }));
        Assert.Equal(7u, Told(new PathAttributes { OnlyToCustomer = 7 }, source, ToNeighbour with { Internal = true }));
    }

    [Theory]
    [InlineData(BgpRole.Provider, true, Ours)]
    [InlineData(BgpRole.RouteServer, true, Ours)]
    [InlineData(BgpRole.Peer, false, Ours)]
    [InlineData(BgpRole.Customer, false, null)]
    [InlineData(BgpRole.RouteServerClient, false, null)]
    [InlineData(null, true, null)]
    public void A_marked_route_goes_to_customers_alone_and_others_are_marked_on_the_way(BgpRole? role, bool passes, uint? mark)
    {
        var target = ToNeighbour with { Role = role };
        var refusal = passes ? (ExportVerdict?)null : ExportVerdict.OnlyToCustomer;

        Assert.Equal(refusal, Gate(new PathAttributes { OnlyToCustomer = 7 }, FromNeighbour, target));
        Assert.Equal(refusal, Gate(new PathAttributes(), FromNeighbour with { Mark = 7 }, target));
        Assert.Null(Gate(new PathAttributes(), FromNeighbour, target));
        Assert.Equal(mark, Told(new PathAttributes(), FromNeighbour, target));
        Assert.Equal(mark, Edited(ExportAttributes.LocalSet, ExportAttributes.OfLocal(target, default)).OnlyToCustomer);
    }

    [Fact]
    public void Extended_communities_that_stay_within_an_as_do()
    {
        var attributes = new PathAttributes { ExtendedCommunities = [new(0x4004fde900000001), new(0x0002fde900000064), new(0x430c000000000008)] };
        var set = AttributeSet.Of(attributes);

        Assert.Equal(
            [new ExtendedCommunity(0x0002fde900000064)],
            Edited(set, ExportAttributes.OfLearned(FromNeighbour, ToNeighbour, default)).ExtendedCommunities.ToArray());
        Assert.Equal(
            attributes.ExtendedCommunities.ToArray(),
            Edited(set, ExportAttributes.OfLearned(FromNeighbour, ToNeighbour with { Internal = true }, default)).ExtendedCommunities.ToArray());
        Assert.Empty(Edited(
            AttributeSet.Of(new PathAttributes { ExtendedCommunities = [new(0x4004fde900000001)] }),
            ExportAttributes.OfLearned(FromNeighbour, ToNeighbour, default)).ExtendedCommunities);
    }

    private static SessionSettings Session(BgpRole? role) => new()
    {
        LocalAs = Ours,
        RouterId = 1,
        PeerAs = Neighbour,
        PeerAddress = IpAddr.Parse("10.0.0.2"),
        Offer = new CapabilityOffer { Role = role },
    };

    private static ExportVerdict? Gate(PathAttributes attributes, ExportSource source, ExportTarget target) =>
        ExportPolicy.Gate(AttributeSet.Of(attributes), source, target);

    private static uint? Told(PathAttributes attributes, ExportSource source, ExportTarget target) =>
        Edited(AttributeSet.Of(attributes), ExportAttributes.OfLearned(source, target, default)).OnlyToCustomer;

    private static PathAttributes Edited(AttributeSet set, AttributeEdits edits)
    {
        var room = new byte[edits.RoomFor(set.Bytes.Length)];
        return AttributeReader.Read(new AttributeSet(room.AsSpan(0, edits.Apply(set, room))));
    }
}
