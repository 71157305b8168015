using System.Text.Json;
using Agent.Netlink.Tests.Support;
using Agent.Primitives;

namespace Agent.Netlink.Tests;

public sealed class RtNetlinkKernelTests : KernelContract, IDisposable
{
    private readonly TestNamespace _host = new();
    private readonly TestNamespace _pod = new();
    private readonly RtNetlinkKernel _kernel;
    private readonly RtNetlinkKernel _foreign;

    public RtNetlinkKernelTests()
    {
        _host.AddUplink();
        _kernel = RtNetlinkKernel.Open(_host.Path);
        _foreign = RtNetlinkKernel.Open(_host.Path);
    }

    protected override IKernel Kernel => _kernel;

    protected override string PodNetns => _pod.Path;

    public void Dispose()
    {
        _kernel.Dispose();
        _foreign.Dispose();
        _pod.Dispose();
        _host.Dispose();
    }

    protected override void ApplyForeign(RouteChange change) =>
        Assert.Empty(_foreign.ApplyRoutesAsync(new[] { change }).GetAwaiter().GetResult().Failures);

    protected override void DeleteLink(string name) => _host.Ip($"link del {name}");

    protected override void SetDown(string name) => _host.Ip($"link set {name} down");

    protected override void RemovePodNetns() => _pod.Dispose();

    [Fact]
    public async Task Iproute2_sees_the_routes_as_the_labs_show_them()
    {
        var uplink = await UplinkAsync();
        await ApplyAsync(
        [
            RouteChange.Replace(KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"))),
            RouteChange.Replace(KernelRoute.Unreachable(IpPrefix.Parse("10.48.111.0/26"))),
            RouteChange.Replace(KernelRoute.ToPod(IpAddr.Parse("10.48.110.14"), uplink)),
            RouteChange.Replace(KernelRoute.Via(
                IpPrefix.Parse("10.48.177.64/26"), NextHops.Of(new NextHop(IpAddr.Parse("172.31.0.10"), uplink)))),
        ]);

        Assert.Equal(
            [
                "blackhole 10.48.110.0/26 proto bird",
                "10.48.110.14 dev up0 scope link",
                "unreachable 10.48.111.0/26 proto bird",
                "10.48.177.64/26 via 172.31.0.10 dev up0 proto bird",
                "172.31.0.0/24 dev up0 proto kernel scope link src 172.31.0.1",
            ],
            _host.Ip("route").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task Iproute2_sees_every_next_hop_of_a_multipath_route()
    {
        var uplink = await UplinkAsync();
        await ApplyAsync([RouteChange.Replace(KernelRoute.Via(IpPrefix.Parse("192.0.2.0/24"), NextHops.Of(
            new NextHop(IpAddr.Parse("172.31.0.3"), uplink, 2), new NextHop(IpAddr.Parse("172.31.0.2"), uplink))))]);

        using var json = JsonDocument.Parse(_host.Ip("-j route show 192.0.2.0/24"));
        var hops = json.RootElement[0].GetProperty("nexthops").EnumerateArray()
            .Select(hop => (hop.GetProperty("gateway").GetString(), hop.GetProperty("dev").GetString(), hop.GetProperty("weight").GetInt32()));
        Assert.Equal([("172.31.0.2", "up0", 1), ("172.31.0.3", "up0", 2)], hops);
    }

    [Fact]
    public async Task A_route_that_an_administrator_deletes_is_told()
    {
        var route = KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"));
        var news = new NewsLog();
        using var watch = _kernel.Watch(news.Add);
        await ApplyAsync([RouteChange.Replace(route)]);

        _host.Ip("route del blackhole 10.48.110.0/26");

        Assert.Equal(new KernelNews.RouteDeleted(route), await news.NextAsync<KernelNews.RouteDeleted>());
    }

    [Fact]
    public async Task Everything_refused_is_reported_one_by_one()
    {
        var hops = NextHops.Of(new NextHop(IpAddr.Parse("203.0.113.1"), await UplinkAsync()));
        var changes = Enumerable.Range(0, 2500)
            .Select(i => RouteChange.Replace(KernelRoute.Via(new IpPrefix(IpAddr.FromV4(0x0B00_0000u + (uint)i * 256), 24), hops))).ToArray();

        var result = await ApplyAsync(changes);

        var error = new KernelError(Errno.NetworkUnreachable, "Nexthop has invalid gateway");
        Assert.Equal(0, result.Applied);
        Assert.Equal(changes.Select((change, i) => new RouteFailure(i, change, error)), result.Failures);
    }

    [Fact]
    public async Task News_that_is_not_read_in_time_becomes_an_overrun_and_the_watch_goes_on()
    {
        var news = new NewsLog();
        using var gate = new ManualResetEventSlim();
        using var kernel = RtNetlinkKernel.Open(_host.Path, watchBuffer: 4096);
        using var watch = kernel.Watch(item =>
        {
            gate.Wait();
            news.Add(item);
        });
        var flood = Enumerable.Range(0, 2000)
            .Select(i => RouteChange.Add(KernelRoute.Blackhole(new IpPrefix(IpAddr.FromV4(0x0B00_0000u + (uint)i * 256), 24)))).ToArray();

        await _foreign.ApplyRoutesAsync(flood);
        gate.Set();
        await news.NextAsync<KernelNews.Overrun>();
        var mark = KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"));
        ApplyForeign(RouteChange.Add(mark));

        Assert.Equal(mark, (await news.NextAsync<KernelNews.RouteChanged>(changed => changed.Route == mark)).Route);
    }

    [Fact]
    public async Task A_parameter_that_does_not_exist_or_has_no_such_value_is_refused()
    {
        var missing = await _kernel.WriteSysctlAsync("net/ipv4/no_such_parameter", "1");
        var invalid = await _kernel.WriteSysctlAsync("net/ipv4/ip_default_ttl", "many");

        Assert.Equal(("ENOENT", "EINVAL"), (missing?.Name, invalid?.Name));
        await Assert.ThrowsAsync<ArgumentException>(() => _kernel.WriteSysctlAsync("../etc/passwd", "1"));
    }
}
