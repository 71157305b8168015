using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class ExportAttributesTests
{
    private static readonly IpAddr Self = IpAddr.Parse("10.0.0.1");
    private static readonly IpAddr Other = IpAddr.Parse("10.0.0.2");
    private static readonly ExportTarget ToIbgp = new(true, 64512, null, NextHopMode.Auto, Self);
    private static readonly ExportTarget ToEbgp = ToIbgp with { Internal = false };
    private static readonly ExportSource FromIbgp = new(true, 64512, 7, null);
    private static readonly ExportSource FromEbgp = new(false, 64512, 7, null);

    private static readonly PathAttributes Received = new()
    {
        Origin = Origin.Incomplete,
        AsPath = AsPath.Of(65001, 65002),
        NextHop = Other,
        Med = 30,
        LocalPref = 100,
        Communities = [9],
        Aggregator = new Aggregator(65002, Other),
        AtomicAggregate = true,
        Unknown = [new UnknownAttribute(0xe0, 99, [1])],
    };

    [Fact]
    public void A_local_route_goes_to_internal_peers_with_an_empty_path_and_local_pref_100() => Assert.Equal(
        new PathAttributes { NextHop = Self, LocalPref = 100 }, OfLocal(ToIbgp, null));

    [Fact]
    public void A_local_route_goes_to_external_peers_with_our_as_and_no_local_pref() => Assert.Equal(
        new PathAttributes { NextHop = Self, AsPath = AsPath.Of(64512) }, OfLocal(ToEbgp, null));

    [Fact]
    public void To_external_peers_our_as_is_prepended_med_zeroed_next_hop_self_and_internal_attributes_go() => Assert.Equal(
        Received with { AsPath = AsPath.Of(64512, 65001, 65002), Med = 0, LocalPref = null, NextHop = Self },
        OfLearned(Received with { OriginatorId = 3, ClusterList = [4] }, FromIbgp, ToEbgp, null));

    [Fact]
    public void A_missing_med_stays_missing() =>
        Assert.Null(OfLearned(Received with { Med = null }, FromIbgp, ToEbgp, null).Med);

    [Fact]
    public void An_external_route_goes_to_internal_peers_unchanged_with_its_local_pref() => Assert.Equal(
        Received, OfLearned(Received with { LocalPref = null }, FromEbgp, ToIbgp, null));

    [Theory]
    [InlineData(NextHopMode.Auto, true, false)]
    [InlineData(NextHopMode.Auto, false, true)]
    [InlineData(NextHopMode.Self, true, true)]
    [InlineData(NextHopMode.Self, false, true)]
    [InlineData(NextHopMode.Keep, true, false)]
    [InlineData(NextHopMode.Keep, false, false)]
    public void The_next_hop_mode_decides_the_next_hop(NextHopMode mode, bool toInternal, bool self) => Assert.Equal(
        self ? Self : Other,
        OfLearned(
            Received, FromIbgp with { ClusterId = 1 }, (toInternal ? ToIbgp : ToEbgp) with { NextHopMode = mode }, null).NextHop);

    [Theory]
    [InlineData(1u, null, new uint[] { 1, 8 })]
    [InlineData(null, 2u, new uint[] { 2, 8 })]
    [InlineData(1u, 1u, new uint[] { 1, 8 })]
    [InlineData(1u, 2u, new uint[] { 2, 1, 8 })]
    public void Reflection_adds_the_originator_and_prepends_the_clusters_of_clients(uint? from, uint? to, uint[] clusters) => Assert.Equal(
        Received with { OriginatorId = 7, ClusterList = [.. clusters] },
        OfLearned(
            Received with { ClusterList = [8] }, FromIbgp with { ClusterId = from }, ToIbgp with { ClusterId = to }, null));

    [Fact]
    public void A_reflected_route_keeps_its_first_originator() => Assert.Equal(
        3u,
        OfLearned(Received with { OriginatorId = 3 }, FromIbgp with { ClusterId = 1 }, ToIbgp, null).OriginatorId);

    [Fact]
    public void Between_our_own_as_numbers_the_one_left_is_prepended() => Assert.Equal(
        Received with { AsPath = AsPath.Of(64512, 65001, 65002), Med = 0 },
        OfLearned(
            Received with { LocalPref = 500, OriginatorId = 3, ClusterList = [4] }, FromIbgp, ToIbgp with { LocalAs = 65000 }, null));

    [Fact]
    public void Tags_join_what_the_route_carries_without_duplicates()
    {
        var tags = new CommunityTags(1, [9, 10], [new LargeCommunity(1, 2, 3)]);

        var tagged = OfLearned(Received, FromEbgp, ToIbgp, tags);

        Assert.Equal(Received with { Communities = [9, 10], LargeCommunities = [new LargeCommunity(1, 2, 3)] }, tagged);
        Assert.Equal([9u, 10u], OfLocal(ToEbgp, tags).Communities.ToArray());
    }

    private static PathAttributes OfLocal(in ExportTarget target, CommunityTags? tags) =>
        Edited(ExportAttributes.LocalSet, ExportAttributes.OfLocal(target, new ExportAdditions(tags)));

    private static PathAttributes OfLearned(PathAttributes attributes, in ExportSource source, in ExportTarget target, CommunityTags? tags) =>
        Edited(AttributeSet.Of(attributes), ExportAttributes.OfLearned(source, target, new ExportAdditions(tags)));

    private static PathAttributes Edited(AttributeSet set, AttributeEdits edits)
    {
        var room = new byte[edits.RoomFor(set.Bytes.Length)];
        return AttributeReader.Read(new AttributeSet(room.AsSpan(0, edits.Apply(set, room))));
    }
}
