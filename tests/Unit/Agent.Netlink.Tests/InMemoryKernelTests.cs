using Agent.Netlink.Tests.Support;
using Agent.Primitives;

namespace Agent.Netlink.Tests;

public sealed class InMemoryKernelTests : KernelContract
{
    private readonly InMemoryKernel _kernel = new();

    public InMemoryKernelTests()
    {
        _kernel.AddNamespace(PodNetns);
        _kernel.AddLink("up0");
        _kernel.AddAddress("up0", IpAddr.Parse("172.31.0.1"), 24);
    }

    protected override IKernel Kernel => _kernel;

    protected override string PodNetns => "/run/netns/pod";

    protected override void ApplyForeign(RouteChange change) => Assert.Null(_kernel.ApplyForeign(change));

    protected override void DeleteLink(string name) => Assert.True(_kernel.DeleteLink(name));

    protected override void SetDown(string name) => _kernel.SetLink(name, isUp: false);

    protected override void RemovePodNetns() => _kernel.RemoveNamespace(PodNetns);

    [Fact]
    public void Every_call_completes_inline()
    {
        var dump = _kernel.DumpRoutesAsync();
        var wiring = _kernel.CarryOutAsync(PodPlan.Wire(Pod()));

        Assert.True(dump.IsCompletedSuccessfully && wiring.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_link_that_goes_down_loses_its_routes_without_news_of_them()
    {
        var news = new List<KernelNews>();
        await ApplyAsync([RouteChange.Replace(KernelRoute.Blackhole(IpPrefix.Parse("10.0.0.0/8")))]);
        using (_kernel.Watch(news.Add)) _kernel.SetLink("up0", isUp: false);
        _kernel.SetLink("up0", isUp: true);

        Assert.IsType<KernelNews.LinkChanged>(Assert.Single(news));
        Assert.Equal(2, (await _kernel.DumpRoutesAsync()).Length);
    }

    [Fact]
    public async Task Lost_news_and_flushed_addresses_can_be_seen()
    {
        var news = new NewsLog();
        using var watch = _kernel.Watch(news.Add);
        _kernel.Overrun();
        await _kernel.CarryOutAsync(PodPlan.Unwire(null, "eth0", null, IpAddr.Parse("10.48.110.14")));

        await news.NextAsync<KernelNews.Overrun>();
        Assert.Equal([IpAddr.Parse("10.48.110.14")], _kernel.Flushed.AsEnumerable());
    }
}
