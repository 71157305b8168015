using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class ExportPolicyTests
{
    private static readonly ExportSource Ibgp = new(true, 64512, 7, null);
    private static readonly ExportSource Ebgp = new(false, 64512, 7, null);
    private static readonly ExportTarget ToIbgp = new(true, 64512, null, NextHopMode.Auto, IpAddr.Parse("10.0.0.1"));
    private static readonly ExportTarget ToEbgp = ToIbgp with { Internal = false };

    private static readonly RibPolicy Policy = new()
    {
        Pools =
        [
            new PolicyPool(IpPrefix.Parse("10.48.0.0/16")),
            new PolicyPool(IpPrefix.Parse("10.49.0.0/16"), DisableBgpExport: true),
            new PolicyPool(IpPrefix.Parse("10.50.0.0/16"), Encapsulated: true),
        ],
        OwnBlocks =
        [
            new OwnBlock(IpPrefix.Parse("10.48.1.0/26")),
            new OwnBlock(IpPrefix.Parse("10.48.2.0/26"), BlockState.PendingDeletion),
            new OwnBlock(IpPrefix.Parse("10.48.3.0/26"), BlockState.Pending),
            new OwnBlock(IpPrefix.Parse("10.48.4.9/32")),
            new OwnBlock(IpPrefix.Parse("10.49.1.0/26")),
            new OwnBlock(IpPrefix.Parse("172.16.0.0/26")),
        ],
        ServicePrefixes = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("192.0.2.7/32")],
        ReflectorServices = [IpPrefix.Parse("198.51.100.0/24")],
    };

    [Theory]
    [InlineData("10.48.9.0/26", ExportVerdict.Pool)]
    [InlineData("10.48.0.0/16", ExportVerdict.Pool)]
    [InlineData("10.48.0.0/15", ExportVerdict.NoClause)]
    [InlineData("10.50.9.0/26", ExportVerdict.Pool)]
    [InlineData("10.49.9.0/26", ExportVerdict.PoolExportDisabled)]
    [InlineData("10.49.1.0/26", ExportVerdict.PoolExportDisabled)]
    [InlineData("10.48.1.0/26", ExportVerdict.OwnBlock)]
    [InlineData("10.48.1.7/32", ExportVerdict.InsideOwnBlock)]
    [InlineData("10.48.4.9/32", ExportVerdict.OwnBlock)]
    [InlineData("10.48.2.0/26", ExportVerdict.Pool)]
    [InlineData("10.48.2.7/32", ExportVerdict.Pool)]
    [InlineData("10.48.3.0/26", ExportVerdict.Pool)]
    [InlineData("172.16.0.0/26", ExportVerdict.OwnBlock)]
    [InlineData("172.16.0.1/32", ExportVerdict.InsideOwnBlock)]
    [InlineData("10.96.0.0/16", ExportVerdict.Service)]
    [InlineData("10.96.3.4/32", ExportVerdict.Service)]
    [InlineData("192.0.2.7/32", ExportVerdict.Service)]
    [InlineData("192.0.2.8/32", ExportVerdict.NoClause)]
    [InlineData("198.51.100.5/32", ExportVerdict.ReflectorService)]
    [InlineData("0.0.0.0/0", ExportVerdict.NoClause)]
    public void Steps_4_to_12_decide_by_the_first_clause_that_covers(string prefix, ExportVerdict expected) =>
        Assert.Equal(expected, ExportPolicy.Decide(new PolicyTable(Policy).Of(new PrefixKey(IpPrefix.Parse(prefix)))));

    [Theory]
    [InlineData(WellKnownCommunity.NoAdvertise, true, ExportVerdict.NoAdvertise)]
    [InlineData(WellKnownCommunity.NoAdvertise, false, ExportVerdict.NoAdvertise)]
    [InlineData(WellKnownCommunity.NoExport, true, null)]
    [InlineData(WellKnownCommunity.NoExport, false, ExportVerdict.NoExport)]
    [InlineData(WellKnownCommunity.NoExportSubconfed, true, null)]
    [InlineData(WellKnownCommunity.NoExportSubconfed, false, ExportVerdict.NoExport)]
    [InlineData(64512u << 16 | 1, false, null)]
    public void Well_known_communities_stop_a_route(uint community, bool toInternal, ExportVerdict? expected) =>
        Assert.Equal(
            expected, ExportPolicy.Gate(AttributeSet.Of(new PathAttributes { Communities = [5, community] }), Ebgp, toInternal ? ToIbgp : ToEbgp));

    [Fact]
    public void Internal_routes_go_to_internal_peers_only_by_reflection()
    {
        var route = AttributeSet.Of(new PathAttributes());

        Assert.Equal(ExportVerdict.InternalToInternal, ExportPolicy.Gate(route, Ibgp, ToIbgp));
        Assert.Null(ExportPolicy.Gate(route, Ibgp with { ClusterId = 1 }, ToIbgp));
        Assert.Null(ExportPolicy.Gate(route, Ibgp, ToIbgp with { ClusterId = 1 }));
        Assert.Null(ExportPolicy.Gate(route, Ibgp with { ClusterId = 1 }, ToIbgp with { ClusterId = 1 }));
        Assert.Null(ExportPolicy.Gate(route, Ibgp, ToEbgp));
        Assert.Null(ExportPolicy.Gate(route, Ebgp, ToIbgp));
    }

    [Fact]
    public void Internal_sessions_of_different_local_as_are_like_external_ones()
    {
        var other = ToIbgp with { LocalAs = 65000 };

        Assert.Null(ExportPolicy.Gate(AttributeSet.Of(new PathAttributes()), Ibgp, other));
        Assert.Equal(ExportVerdict.NoExport, ExportPolicy.Gate(AttributeSet.Of(new PathAttributes { Communities = [WellKnownCommunity.NoExport] }), Ibgp, other));
    }

    [Fact]
    public void A_route_that_went_through_the_cluster_does_not_go_to_its_clients_again() =>
        Assert.Equal(
            ExportVerdict.ClusterLoop,
            ExportPolicy.Gate(AttributeSet.Of(new PathAttributes { ClusterList = [3, 1] }), Ibgp, ToIbgp with { ClusterId = 1 }));

    [Theory]
    [InlineData("10.48.9.0/26", true, KernelVerdict.Programmed)]
    [InlineData("10.50.9.0/26", true, KernelVerdict.EncapsulatedPool)]
    [InlineData("10.50.9.0/26", false, KernelVerdict.Programmed)]
    [InlineData("10.96.3.4/32", true, KernelVerdict.ServiceNetwork)]
    [InlineData("10.96.0.0/16", false, KernelVerdict.ServiceNetwork)]
    [InlineData("1.1.1.1/32", true, KernelVerdict.Programmed)]
    public void The_kernel_filter_keeps_service_networks_and_overlays_out(string prefix, bool learned, KernelVerdict expected)
    {
        var table = new PolicyTable(Policy with { KernelRejects = [IpPrefix.Parse("10.96.0.0/16")] });

        Assert.Equal(expected, KernelPolicy.Decide(table.Of(new PrefixKey(IpPrefix.Parse(prefix))), learned));
    }

    [Fact]
    public void A_prefix_is_tagged_by_every_network_around_it()
    {
        var table = new PolicyTable(new RibPolicy
        {
            Communities =
            [
                new PrefixCommunities(IpPrefix.Parse("10.48.0.0/16"), [1, 2], []),
                new PrefixCommunities(IpPrefix.Parse("10.48.1.0/24"), [2, 3], [new LargeCommunity(1, 2, 3)]),
            ],
        });

        CommunityTags? TagsOf(string prefix) => table.Of(new PrefixKey(IpPrefix.Parse(prefix))).Tags;
        Assert.Equal([1u, 2u], TagsOf("10.48.9.0/26")!.Standard.ToArray());
        Assert.Equal([1u, 2u, 3u], TagsOf("10.48.1.0/26")!.Standard.ToArray());
        Assert.Equal([new LargeCommunity(1, 2, 3)], TagsOf("10.48.1.0/26")!.Large.ToArray());
        Assert.Null(TagsOf("10.0.0.0/8"));
    }

    [Fact]
    public void Policies_are_equal_by_value() => Assert.Equal(Policy with { }, Policy with { Pools = [.. Policy.Pools] });
}
