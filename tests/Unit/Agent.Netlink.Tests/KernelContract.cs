using Agent.Netlink.Tests.Support;
using Agent.Primitives;

namespace Agent.Netlink.Tests;

/// <summary>What every <see cref="IKernel"/> does alike; carried out on the imitation and on Linux.</summary>
public abstract class KernelContract
{
    private const string Cali = "calic440f455693";
    private static readonly IpAddr PodAddress = IpAddr.Parse("10.48.110.14");
    private static readonly IpPrefix Block = IpPrefix.Parse("10.48.110.0/26");
    private static readonly IpPrefix Remote = IpPrefix.Parse("10.48.177.64/26");
    private static readonly IpAddr Gateway = IpAddr.Parse("172.31.0.2");

    protected abstract IKernel Kernel { get; }

    protected abstract string PodNetns { get; }

    protected abstract void ApplyForeign(RouteChange change);

    protected abstract void DeleteLink(string name);

    protected abstract void SetDown(string name);

    protected abstract void RemovePodNetns();

    [Fact]
    public async Task Every_form_of_route_is_dumped_as_it_was_given()
    {
        var uplink = await UplinkAsync();
        KernelRoute[] routes =
        [
            KernelRoute.Unreachable(IpPrefix.Parse("10.1.0.0/16")),
            KernelRoute.Blackhole(Block),
            KernelRoute.Via(Remote, Via(uplink)),
            KernelRoute.Via(Remote, Via(uplink)) with { Priority = 1024, PrefSource = IpAddr.Parse("172.31.0.1") },
            KernelRoute.Via(IpPrefix.Parse("192.0.2.0/24"), NextHops.Of(
                new NextHop(IpAddr.Parse("172.31.0.3"), uplink, Weight: 3), new NextHop(Gateway, uplink))),
            KernelRoute.Via(IpPrefix.Parse("198.51.100.0/24"), NextHops.Of(new NextHop(IpAddr.Parse("10.99.0.1"), uplink, OnLink: true))),
        ];

        var result = await ApplyAsync(routes.Select(RouteChange.Replace));

        Assert.Equal((6, ""), (result.Applied, string.Join(';', result.Failures)));
        Assert.Equal(routes.OrderBy(route => route.Key), await OursAsync());
    }

    [Fact]
    public async Task A_pods_route_is_dumped_as_it_was_given()
    {
        var route = KernelRoute.ToPod(PodAddress, await UplinkAsync());

        await ApplyAsync([RouteChange.Replace(route)]);

        Assert.Contains(route, await Kernel.DumpRoutesAsync());
    }

    [Fact]
    public async Task An_IPv6_route_is_dumped_as_installed()
    {
        var uplink = await UplinkAsync();
        KernelRoute[] routes =
        [
            KernelRoute.Blackhole(IpPrefix.Parse("2001:db8:1::/64")),
            KernelRoute.ToPod(IpAddr.Parse("2001:db8:1::14"), uplink) with { Protocol = RouteOwner.BgpProtocol },
        ];

        var result = await ApplyAsync(routes.Select(RouteChange.Replace));

        Assert.True(result.Succeeded, string.Join(';', result.Failures));
        Assert.Equal(routes.Select(route => route.AsInstalled()).OrderBy(route => route.Key), await OursAsync());
    }

    [Fact]
    public async Task One_bad_route_fails_alone_and_names_its_error()
    {
        var uplink = await UplinkAsync();
        var good = KernelRoute.Via(Remote, Via(uplink));
        var bad = KernelRoute.Via(Block, NextHops.Of(new NextHop(IpAddr.Parse("203.0.113.1"), uplink)));
        var absent = KernelRoute.Via(IpPrefix.Parse("10.9.0.0/16"), NextHops.Of(NextHop.Device(9999)));
        var last = KernelRoute.Blackhole(IpPrefix.Parse("10.10.0.0/16"));

        var result = await ApplyAsync(new[] { bad, good, absent, last }.Select(RouteChange.Replace));

        Assert.Equal(2, result.Applied);
        Assert.Equal(
            [
                new RouteFailure(0, RouteChange.Replace(bad), new KernelError(Errno.NetworkUnreachable, "Nexthop has invalid gateway")),
                new RouteFailure(2, RouteChange.Replace(absent), new KernelError(Errno.NoDevice, result.Failures[1].Error.Detail)),
            ],
            result.Failures.AsEnumerable());
        Assert.Equal([last, good], await OursAsync());
    }

    [Fact]
    public async Task A_gateway_over_an_interface_that_is_gone_or_down_is_refused()
    {
        var uplink = await UplinkAsync();
        SetDown("up0");

        var result = await ApplyAsync(
        [
            RouteChange.Replace(KernelRoute.Via(Block, NextHops.Of(new NextHop(Gateway, 9999)))),
            RouteChange.Replace(KernelRoute.Via(Remote, Via(uplink))),
            RouteChange.Replace(KernelRoute.ToPod(PodAddress, uplink)),
        ]);

        Assert.Equal(
            [Errno.NetworkUnreachable, Errno.NetworkUnreachable, Errno.NetworkDown],
            result.Failures.Select(failure => failure.Error.Number));
    }

    [Fact]
    public async Task The_kernel_finds_the_interface_by_the_gateway()
    {
        await ApplyAsync([RouteChange.Replace(KernelRoute.Via(Remote, Via(0)))]);

        Assert.Equal([KernelRoute.Via(Remote, Via(await UplinkAsync()))], await OursAsync());
    }

    [Fact]
    public async Task A_replacement_takes_the_place_of_what_has_its_key_and_an_addition_does_not()
    {
        var first = KernelRoute.Blackhole(Block);
        var second = KernelRoute.Via(Block, Via(await UplinkAsync()));
        await ApplyAsync([RouteChange.Add(first)]);

        var addition = await ApplyAsync([RouteChange.Add(second)]);
        var replacement = await ApplyAsync([RouteChange.Replace(second)]);

        Assert.Equal(Errno.Exists, Assert.Single(addition.Failures).Error.Number);
        Assert.True(replacement.Succeeded);
        Assert.Equal([second], await OursAsync());
    }

    [Fact]
    public async Task Deleting_what_is_gone_succeeds_and_what_is_anothers_stays()
    {
        var foreign = KernelRoute.Blackhole(Block) with { Protocol = RouteProtocol.Static };
        ApplyForeign(RouteChange.Add(foreign));

        var result = await ApplyAsync(
            [RouteChange.Delete(KernelRoute.Blackhole(Block)), RouteChange.Delete(KernelRoute.Blackhole(Remote))]);

        Assert.Equal(2, result.Applied);
        Assert.Contains(foreign, await Kernel.DumpRoutesAsync());
    }

    [Fact]
    public async Task Five_thousand_routes_go_in_and_out()
    {
        var hops = Via(await UplinkAsync());
        var routes = Enumerable.Range(0, 5000)
            .Select(i => KernelRoute.Via(new IpPrefix(IpAddr.FromV4(0x0B00_0000u + (uint)i * 64), 26), hops)).ToList();

        var added = await ApplyAsync(routes.Select(RouteChange.Replace));
        var there = await OursAsync();
        var deleted = await ApplyAsync(routes.Select(RouteChange.Delete));

        Assert.Equal((5000, 5000), (added.Applied, deleted.Applied));
        Assert.Equal(routes, there);
        Assert.Empty(await OursAsync());
    }

    [Fact]
    public async Task A_foreign_deletion_is_told_and_own_changes_are_not()
    {
        var news = new NewsLog();
        using var watch = Kernel.Watch(news.Add);
        var route = KernelRoute.Blackhole(Block);
        var mark = KernelRoute.Blackhole(Remote) with { Protocol = RouteProtocol.Static };

        await ApplyAsync([RouteChange.Replace(route)]);
        ApplyForeign(RouteChange.Add(mark));
        ApplyForeign(RouteChange.Delete(route));

        Assert.Equal(new KernelNews.RouteChanged(mark), await news.NextAsync<KernelNews.RouteChanged>());
        Assert.Equal(new KernelNews.RouteDeleted(route), await news.NextAsync<KernelNews.RouteDeleted>());
    }

    [Fact]
    public async Task A_link_that_is_deleted_is_told_and_takes_its_routes_along()
    {
        var news = new NewsLog();
        using var watch = Kernel.Watch(news.Add);
        await ApplyAsync([RouteChange.Replace(KernelRoute.Via(Remote, Via(await UplinkAsync())))]);

        DeleteLink("up0");

        await news.NextAsync<KernelNews.AddressDeleted>(deleted => deleted.Address.Address == IpAddr.Parse("172.31.0.1"));
        await news.NextAsync<KernelNews.LinkDeleted>(deleted => deleted.Link.Name == "up0");
        Assert.Empty(await OursAsync());
    }

    [Fact]
    public async Task A_wired_pod_has_its_link_address_and_host_route()
    {
        var outcome = await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));

        Assert.True(outcome.Succeeded, $"{outcome.Failed}: {outcome.Error}");
        var host = (await Kernel.DumpLinksAsync()).Single(link => link.Name == Cali);
        var pod = (await Kernel.DumpLinksAsync(PodNetns)).Single(link => link.Name == "eth0");
        Assert.Equal(new KernelLink(host.Index, Cali, "veth", MacAddress.PodHostEnd, 1400, true, true, pod.Index), host);
        Assert.Equal(new KernelLink(pod.Index, "eth0", "veth", MacAddress.Parse("02:00:00:00:00:14"), 1400, true, true, host.Index), pod);
        Assert.Equal(
            [new KernelAddress(pod.Index, PodAddress, IpPrefix.Host(PodAddress), RouteScope.Universe)],
            (await Kernel.DumpAddressesAsync(PodNetns)).Where(address => address.Interface == pod.Index && address.Address.IsV4));
        Assert.Contains(KernelRoute.ToPod(PodAddress, host.Index), await Kernel.DumpRoutesAsync());
        Assert.Equal("1", await Kernel.ReadSysctlAsync($"net/ipv4/conf/{Cali}/proxy_arp"));
        Assert.Equal("1", await Kernel.ReadSysctlAsync($"net/ipv4/conf/{Cali}/rp_filter"));
    }

    [Fact]
    public async Task Wiring_again_replaces_the_earlier_wiring()
    {
        await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));

        var outcome = await Kernel.CarryOutAsync(PodPlan.Wire(Pod() with { Mtu = 1300 }));

        Assert.True(outcome.Succeeded, $"{outcome.Failed}: {outcome.Error}");
        Assert.Equal([1300], (await Kernel.DumpLinksAsync()).Where(link => link.Name == Cali).Select(link => link.Mtu));
    }

    [Fact]
    public async Task A_pod_whose_address_is_routed_elsewhere_is_refused_with_both_routes_named()
    {
        var uplink = await UplinkAsync();
        ApplyForeign(RouteChange.Add(KernelRoute.ToPod(PodAddress, uplink)));

        var outcome = await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));

        var host = (await Kernel.DumpLinksAsync()).Single(link => link.Name == Cali);
        Assert.Equal(new PodStep.AddHostRoute(Cali, PodAddress), outcome.Failed);
        Assert.Equal(
            $"EEXIST: route (Ifindex: {host.Index}, Dst: 10.48.110.14/32, Scope: 253) already exists for an interface other than '{Cali}': "
            + $"route (Ifindex: {uplink}, Dst: 10.48.110.14/32, Scope: 253, Iface: up0)",
            outcome.Error.ToString());
    }

    [Fact]
    public async Task A_host_route_that_is_there_already_over_the_same_interface_is_accepted()
    {
        await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));

        var outcome = await Kernel.CarryOutAsync(new PodPlan(null, [new PodStep.AddHostRoute(Cali, PodAddress)]));

        Assert.True(outcome.Succeeded, $"{outcome.Error}");
    }

    [Theory]
    [InlineData("169.254.200.1", RouteScope.Link)]
    [InlineData("fd00:200::1", RouteScope.Universe)]
    public async Task An_address_to_peer_with_comes_to_the_host_end_and_goes_again_and_both_may_be_repeated(string text, RouteScope scopeInLinux)
    {
        await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));
        var host = (await Kernel.DumpLinksAsync()).Single(link => link.Name == Cali).Index;
        var address = IpAddr.Parse(text);
        var (add, delete) = (new PodPlan(null, [new PodStep.AddHostAddress(Cali, address)]), new PodPlan(null, [new PodStep.DeleteHostAddress(Cali, address)]));

        Assert.Null((await Kernel.CarryOutAsync(add)).Error);
        Assert.Null((await Kernel.CarryOutAsync(add)).Error);
        var there = Assert.Single(await Kernel.DumpAddressesAsync(), known => known.Address == address);
        Assert.Equal((host, IpPrefix.Host(address)), (there.Interface, there.Network));
        Assert.Contains(there.Scope, new[] { RouteScope.Link, scopeInLinux });

        Assert.Null((await Kernel.CarryOutAsync(delete)).Error);
        Assert.Null((await Kernel.CarryOutAsync(delete)).Error);
        Assert.DoesNotContain(await Kernel.DumpAddressesAsync(), known => known.Address == address);
        Assert.Null((await Kernel.CarryOutAsync(new PodPlan(null, [new PodStep.DeleteHostAddress("cali-none", address)]))).Error);
    }

    [Fact]
    public async Task Unwiring_leaves_nothing_and_may_be_repeated()
    {
        await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));
        var plan = PodPlan.Unwire(PodNetns, "eth0", Cali, PodAddress);

        var first = await Kernel.CarryOutAsync(plan);
        var second = await Kernel.CarryOutAsync(plan);

        Assert.True(first.Succeeded && second.Succeeded, $"{first.Error} {second.Error}");
        Assert.DoesNotContain(await Kernel.DumpLinksAsync(), link => link.Name == Cali);
        Assert.DoesNotContain(await Kernel.DumpLinksAsync(PodNetns), link => link.Name == "eth0");
        Assert.DoesNotContain(await Kernel.DumpRoutesAsync(), route => route.Destination == IpPrefix.Host(PodAddress));
    }

    [Fact]
    public async Task Without_its_namespace_a_pod_can_be_unwired_but_not_wired()
    {
        RemovePodNetns();

        var wired = await Kernel.CarryOutAsync(PodPlan.Wire(Pod()));
        var unwired = await Kernel.CarryOutAsync(PodPlan.Unwire(PodNetns, "eth0", Cali, PodAddress));

        Assert.Equal((typeof(PodStep.CreateVeth), "ENOENT"), (wired.Failed!.GetType(), wired.Error!.Value.Name));
        Assert.True(unwired.Succeeded, $"{unwired.Error}");
        var failure = await Assert.ThrowsAsync<NetlinkException>(() => Kernel.DumpLinksAsync(PodNetns));
        Assert.Equal(Errno.NoEntry, failure.Error.Number);
    }

    [Fact]
    public async Task A_parameter_that_is_written_is_read_back()
    {
        Assert.Null(await Kernel.WriteSysctlAsync("net/ipv4/ip_forward", "1"));

        Assert.Equal("1", await Kernel.ReadSysctlAsync("net/ipv4/ip_forward"));
        Assert.Null(await Kernel.ReadSysctlAsync("net/ipv4/no_such_parameter"));
    }

    protected PodAttachment Pod() => new()
    {
        Netns = PodNetns,
        ContainerInterface = "eth0",
        HostInterface = Cali,
        Addresses = [PodAddress],
        Mtu = 1400,
        ContainerMac = MacAddress.Parse("02:00:00:00:00:14"),
        ReversePathFilter = 1,
    };

    protected async Task<int> UplinkAsync() => (await Kernel.DumpLinksAsync()).Single(link => link.Name == "up0").Index;

    protected Task<RouteBatchResult> ApplyAsync(IEnumerable<RouteChange> changes) => Kernel.ApplyRoutesAsync(changes.ToArray());

    protected async Task<IEnumerable<KernelRoute>> OursAsync() =>
        (await Kernel.DumpRoutesAsync()).Where(route => route.Protocol == RouteOwner.BgpProtocol);

    private static NextHops Via(int index) => NextHops.Of(new NextHop(Gateway, index));
}
