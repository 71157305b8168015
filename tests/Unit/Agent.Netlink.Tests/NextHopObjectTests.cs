using System.Text.Json;
using Agent.Netlink.Linux;
using Agent.Netlink.Tests.Support;
using Agent.Primitives;

namespace Agent.Netlink.Tests;

/// <summary>Routes in bulk share a next hop that is an object of the kernel's; nobody can tell by what the kernel is said to have.</summary>
public sealed class NextHopObjectTests : IDisposable
{
    private readonly TestNamespace _host = new();
    private readonly RtNetlinkKernel _kernel;

    public NextHopObjectTests()
    {
        _host.AddUplink();
        _kernel = RtNetlinkKernel.Open(_host.Path);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _host.Dispose();
    }

    [Fact]
    public async Task Many_routes_of_two_gateways_share_two_objects_and_read_back_as_they_were_asked_for()
    {
        var routes = await RoutesAsync(NextHopObjects.Worth, "172.31.0.2", "172.31.0.3");

        await ApplyAsync(routes.Select(RouteChange.Replace));

        Assert.Equal(["172.31.0.2 up0 bird", "172.31.0.3 up0 bird"], Objects());
        Assert.Equal(routes.Length, _host.Ip("route").Split("nhid").Length - 1);
        Assert.Equal(routes, await OursAsync());
    }

    [Fact]
    public async Task A_few_routes_bring_their_next_hop_along_even_where_there_is_an_object()
    {
        var routes = await RoutesAsync(NextHopObjects.Worth + 10, "172.31.0.2");
        await ApplyAsync(routes[10..].Select(RouteChange.Add));

        await ApplyAsync(routes[..10].Select(RouteChange.Add));

        Assert.Equal(routes.Length - 10, _host.Ip("route").Split("nhid").Length - 1);
        Assert.Equal(routes, await OursAsync());
    }

    [Fact]
    public async Task An_object_is_deleted_when_no_route_uses_it_any_more_and_those_of_others_stay()
    {
        _host.Ip("nexthop add id 7 via 172.31.0.9 dev up0 proto static");
        var routes = await RoutesAsync(NextHopObjects.Worth, "172.31.0.2");
        await ApplyAsync(routes.Select(RouteChange.Replace));
        await ApplyAsync(routes[1..].Select(RouteChange.Delete));
        Assert.Equal(routes[..1], await OursAsync());
        Assert.Equal(["172.31.0.2 up0 bird", "172.31.0.9 up0 static"], Objects());

        await ApplyAsync([RouteChange.Delete(routes[0])]);
        Assert.Empty(await OursAsync());

        Assert.Equal(["172.31.0.9 up0 static"], Objects());
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_used_again()
    {
        var routes = await RoutesAsync(2 * NextHopObjects.Worth, "172.31.0.2");
        await ApplyAsync(routes[..NextHopObjects.Worth].Select(RouteChange.Replace));

        using (var next = RtNetlinkKernel.Open(_host.Path))
        {
            var result = await next.ApplyRoutesAsync(routes[NextHopObjects.Worth..].Select(RouteChange.Replace).ToArray());
            Assert.Empty(result.Failures);
        }

        Assert.Equal(["172.31.0.2 up0 bird"], Objects());
        Assert.Equal(routes, await OursAsync());
    }

    [Fact]
    public async Task An_object_that_somebody_deletes_is_told_and_made_anew()
    {
        var news = new NewsLog();
        using var watch = _kernel.Watch(news.Add);
        var routes = await RoutesAsync(NextHopObjects.Worth, "172.31.0.2");
        await ApplyAsync(routes.Select(RouteChange.Replace));

        _host.Ip("nexthop flush");
        Assert.Equal(new KernelNews.NextHopDeleted(), await news.NextAsync<KernelNews.NextHopDeleted>());
        Assert.Empty(await OursAsync());

        await ApplyAsync(routes.Select(RouteChange.Replace));
        Assert.Equal(routes, await OursAsync());
    }

    [Fact]
    public async Task Routes_over_a_link_without_carrier_are_taken_without_an_object()
    {
        var news = new NewsLog();
        using var watch = _kernel.Watch(news.Add);
        var routes = await RoutesAsync(NextHopObjects.Worth, "172.31.0.2");
        await ApplyAsync(routes.Select(RouteChange.Replace));

        _host.Ip("link set up1 down");
        await news.NextAsync<KernelNews.LinkChanged>(changed => changed.Link is { Name: "up0", HasCarrier: false });
        Assert.Empty(await OursAsync());

        await ApplyAsync(routes.Select(RouteChange.Replace));
        Assert.Equal(routes, await OursAsync());
        Assert.Empty(Objects());
    }

    [Fact]
    public async Task Adding_what_is_there_is_refused_as_ever()
    {
        var routes = await RoutesAsync(NextHopObjects.Worth, "172.31.0.2");
        await ApplyAsync(routes.Select(RouteChange.Add));

        var again = await _kernel.ApplyRoutesAsync(routes.Select(RouteChange.Add).ToArray());

        Assert.Equal(routes.Select((route, i) => (i, route, "EEXIST")),
            again.Failures.Select(failure => (failure.Index, failure.Change.Route, failure.Error.Name)));
    }

    private async Task ApplyAsync(IEnumerable<RouteChange> changes) =>
        Assert.Empty((await _kernel.ApplyRoutesAsync(changes.ToArray())).Failures);

    private async Task<KernelRoute[]> RoutesAsync(int ofEach, params string[] gateways)
    {
        var uplink = (await _kernel.DumpLinksAsync()).Single(link => link.Name == "up0").Index;
        return [.. Enumerable.Range(0, ofEach * gateways.Length).Select(i => KernelRoute.Via(
            new IpPrefix(IpAddr.FromV4(0x0B00_0000u + (uint)i * 64), 26),
            NextHops.Of(new NextHop(IpAddr.Parse(gateways[i % gateways.Length]), uplink))))];
    }

    private async Task<KernelRoute[]> OursAsync() =>
        [.. (await _kernel.DumpRoutesAsync()).Where(route => route.Protocol == RouteOwner.BgpProtocol)];

    /// <summary>The objects that iproute2 sees: gateway, device, protocol.</summary>
    private string[] Objects()
    {
        using var json = JsonDocument.Parse(_host.Ip("-j nexthop"));
        return [.. json.RootElement.EnumerateArray()
            .Select(each => $"{each.GetProperty("gateway")} {each.GetProperty("dev")} {each.GetProperty("protocol")}")
            .Order(StringComparer.Ordinal)];
    }
}
