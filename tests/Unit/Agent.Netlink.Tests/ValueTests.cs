using Agent.Primitives;

namespace Agent.Netlink.Tests;

public sealed class ValueTests
{
    [Fact]
    public void The_host_interface_of_a_pod_is_named_as_Calico_names_it()
    {
        Assert.Equal("calic440f455693", HostInterfaceName.For("default", "nginx"));
        Assert.Equal("eni0c440f455693"[..4], HostInterfaceName.For("default", "nginx", "eni0")[..4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => HostInterfaceName.For("default", "nginx", "toolong"));
    }

    [Fact]
    public void A_mac_address_is_written_as_it_is_read()
    {
        Assert.Equal("0a:1b:2c:3d:4e:5f", MacAddress.Parse("0A:1b:2c:3d:4e:5f").ToString());
        Assert.Equal("fe80::ecee:eeff:feee:eeee", PodPlan.GatewayV6.ToString());
        foreach (var bad in (string?[])[null, "", "0a:1b:2c:3d:4e", "0a-1b-2c-3d-4e-5f", "0g:1b:2c:3d:4e:5f", "0a:1b:2c:3d:4e:5f:"])
            Assert.False(MacAddress.TryParse(bad, out _));
    }

    [Fact]
    public void Next_hops_are_equal_whatever_order_they_came_in()
    {
        var one = new NextHop(IpAddr.Parse("10.0.0.1"), 2);
        var two = new NextHop(IpAddr.Parse("10.0.0.2"), 2, Weight: 5);

        Assert.Equal(NextHops.Of(one, two), NextHops.Of(two, one));
        Assert.Equal(NextHops.Of(one, two).GetHashCode(), NextHops.Of(two, one).GetHashCode());
        Assert.NotEqual(NextHops.Of(one), NextHops.Of(two));
        Assert.Equal(default, NextHops.Of([]));
        Assert.Throws<ArgumentException>(() => NextHops.Of([one with { Weight = 0 }, two]));
        Assert.Throws<ArgumentException>(() => NextHops.Of(new NextHop[NextHops.Limit + 1]));
    }

    [Fact]
    public void Route_keys_are_ordered_by_table_then_destination_then_priority()
    {
        var sorted = new List<RouteKey>
        {
            new(254, IpPrefix.Parse("10.0.0.0/8"), 0),
            new(254, IpPrefix.Parse("10.0.0.0/8"), 1024),
            new(254, IpPrefix.Parse("10.0.0.0/16"), 0),
            new(255, IpPrefix.Parse("10.0.0.0/8"), 0),
        };

        Assert.Equal(sorted, sorted.AsEnumerable().Reverse().Order());
    }

    [Fact]
    public void Ours_is_what_BGP_marks_and_what_leads_to_a_pod()
    {
        var blackhole = KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"));
        var pod = KernelRoute.ToPod(IpAddr.Parse("10.48.110.14"), 9);

        Assert.Equal(RouteOwnership.Bgp, RouteOwner.Of(blackhole, null));
        Assert.Equal(RouteOwnership.Foreign, RouteOwner.Of(blackhole with { Table = 100 }, null));
        Assert.Equal(RouteOwnership.Foreign, RouteOwner.Of(blackhole with { Protocol = RouteProtocol.Static }, null));
        Assert.Equal(RouteOwnership.Pod, RouteOwner.Of(pod, "calic440f455693"));
        Assert.Equal(RouteOwnership.Foreign, RouteOwner.Of(pod, "eth0"));
        Assert.Equal(RouteOwnership.Foreign, RouteOwner.Of(pod, null));
        Assert.Equal(RouteOwnership.Foreign, RouteOwner.Of(pod with { Scope = RouteScope.Universe }, "calic440f455693"));
        Assert.Equal(RouteOwnership.Pod, RouteOwner.Of(pod, "pod1", "pod"));
    }

    [Fact]
    public void Errors_have_names_and_say_what_the_kernel_said()
    {
        Assert.Equal("ENETUNREACH: Nexthop has invalid gateway", new KernelError(101, "Nexthop has invalid gateway").ToString());
        Assert.Equal("errno 4095", new KernelError(4095).ToString());
    }

    [Fact]
    public void A_failure_reads_as_a_sentence()
    {
        var change = RouteChange.Replace(KernelRoute.Via(
            IpPrefix.Parse("10.48.177.64/26"), NextHops.Of(new NextHop(IpAddr.Parse("10.0.0.10"), 2))));

        Assert.Equal(
            "replace 10.48.177.64/26 via 10.0.0.10 dev 2 proto 12 scope 0: ENETDOWN",
            new RouteFailure(0, change, new KernelError(Errno.NetworkDown)).ToString());
    }
}
