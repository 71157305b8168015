using Agent.Primitives;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class PoolChoiceTests
{
    private static readonly Pool One = Pool("pool1", "10.1.0.0/16", 26);
    private static readonly Pool Two = Pool("pool2", "10.2.0.0/16", 26);
    private static readonly Pool Six = Pool("pool6", "fd00::/64", 122);

    [Fact]
    public void Without_a_wish_all_pools_of_the_family_are_used_in_order_of_their_names() =>
        Assert.Equal(["pool1", "pool2"], Chosen([Two, Six, One]));

    [Fact]
    public void Pools_that_were_asked_for_are_used_in_the_order_asked() =>
        Assert.Equal(["pool2", "pool1"], Chosen([One, Two], "10.2.0.0/16", "10.1.0.0/16", "10.2.0.0/16"));

    [Fact]
    public void A_pool_that_does_not_select_the_node_or_the_namespace_or_is_manual_is_passed_over()
    {
        Assert.Equal(["pool2"], Chosen([One with { SelectsNode = false }, Two]));
        Assert.Equal(["pool2"], Chosen([One with { SelectsNamespace = false }, Two]));
        Assert.Equal(["pool2"], Chosen([One with { IsAutomatic = false }, Two]));
    }

    [Fact]
    public void A_pool_that_was_asked_for_needs_to_select_nothing() => Assert.Equal(["pool1"],
        Chosen([One with { SelectsNode = false, SelectsNamespace = false, IsAutomatic = false }, Two], "10.1.0.0/16"));

    [Theory]
    [InlineData("10.1.0.0/16")]
    [InlineData("40.0.0.0/24")]
    [InlineData("10.2.0.0/17")]
    public void A_pool_that_is_asked_for_but_disabled_or_absent_is_an_error(string cidr) => Assert.Equal(
        $"the given pool ({cidr}) does not exist, or is not enabled", Refused([One with { IsEnabled = false }, Two], PoolUses.Workload, cidr));

    [Fact]
    public void Nothing_left_is_an_error_that_names_the_node() => Assert.Equal(
        "no configured Calico pools for node node1", Refused([One with { IsEnabled = false }, Six], PoolUses.Workload));

    [Fact]
    public void A_pool_must_allow_the_use_even_when_it_was_asked_for()
    {
        var tunnel = One with { Uses = PoolUses.Tunnel };

        Assert.Equal("cannot find a qualified ippool, no pools match the required use (Workload)",
            Refused([tunnel, Two], PoolUses.Workload, "10.1.0.0/16"));
        Assert.Equal(["pool2"], Chosen([tunnel, Two]));
        Assert.Equal(new[] { tunnel }, Assert.IsType<PoolChoice.Chosen>(
            PoolChoice.Choose([tunnel, Two], [tunnel.Cidr], IpFamily.V4, PoolUses.Tunnel, "node1")).Pools);
    }

    [Fact]
    public void A_wish_needs_a_use() => Assert.Equal(
        "must specify the intended use when assigning an IP", Refused([One], PoolUses.None));

    [Fact]
    public void Networks_of_the_other_family_are_refused()
    {
        Assert.Equal("provided IPv4 IPPools list contains one or more IPv6 IPPools", Refused([One, Six], PoolUses.Workload, "fd00::/64"));
        Assert.Equal(new PoolChoice.Refused("provided IPv6 IPPools list contains one or more IPv4 IPPools"),
            PoolChoice.Choose([One, Six], [One.Cidr], IpFamily.V6, PoolUses.Workload, "node1"));
    }

    [Fact]
    public void An_address_asked_for_by_itself_must_lie_in_an_enabled_pool_that_allows_the_use()
    {
        Pool[] pools = [One with { Uses = PoolUses.Tunnel | PoolUses.LoadBalancer, SelectsNode = false, IsAutomatic = false }, Two];

        Assert.Equal(new[] { Two }, Assert.IsType<PoolChoice.Chosen>(PoolChoice.ForAddress(pools, Ip("10.2.0.0"), PoolUses.Tunnel)).Pools);
        Assert.Equal(new[] { pools[0] }, Assert.IsType<PoolChoice.Chosen>(PoolChoice.ForAddress(pools, Ip("10.1.0.0"), PoolUses.None)).Pools);
        Assert.Equal(
            new PoolChoice.Refused("IP address 10.1.0.7 is in IP pool \"pool1\", which is not allowed for use \"Workload\" (allowedUses: [Tunnel LoadBalancer])"),
            PoolChoice.ForAddress(pools, Ip("10.1.0.7"), PoolUses.Workload));
        Assert.Equal(new PoolChoice.Refused("The provided IP address is not in a configured pool\n"),
            PoolChoice.ForAddress(pools, Ip("1.1.1.1"), PoolUses.Workload));
        Assert.Equal(new PoolChoice.Refused("The provided IP address is not in a configured pool\n"),
            PoolChoice.ForAddress([Two with { IsEnabled = false }], Ip("10.2.0.1"), PoolUses.Workload));
    }

    [Theory]
    [InlineData("pool2", "10.2.0.0/16", null)]
    [InlineData("10.9.0.0/24", "10.9.0.0/24", null)]
    [InlineData("fd00::/64", "fd00::/64", "\"fd00::\" isn't a IPv4 address")]
    [InlineData("pool6", "fd00::/64", "\"fd00::\" isn't a IPv4 address")]
    public void A_pool_is_named_by_network_or_name(string text, string cidr, string? error)
    {
        Assert.Equal(error is null, PoolChoice.TryResolve(text, [One, Two, Six], IpFamily.V4, out var found, out var why));
        Assert.Equal((Net(cidr), error), (found, why));
    }

    [Fact]
    public void An_unknown_pool_is_an_error_that_names_it()
    {
        Assert.False(PoolChoice.TryResolve("nope", [One], IpFamily.V4, out _, out var error));
        Assert.Equal("error parsing pool \"nope\": it is no network (address/length), and no IPPool has this name", error);
    }

    private static IEnumerable<string> Chosen(Pool[] pools, params string[] requested) => Assert.IsType<PoolChoice.Chosen>(
        PoolChoice.Choose(pools, [.. requested.Select(Net)], IpFamily.V4, PoolUses.Workload, "node1")).Pools.Select(pool => pool.Name);

    private static string Refused(Pool[] pools, PoolUses use, params string[] requested) => Assert.IsType<PoolChoice.Refused>(
        PoolChoice.Choose(pools, [.. requested.Select(Net)], IpFamily.V4, use, "node1")).Error;
}
