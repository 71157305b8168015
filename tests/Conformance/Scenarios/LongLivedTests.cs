using Agent.Bgp;
using Agent.Conformance.Tests.Support;
using Agent.Conformance.Tests.Support.Brands;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Long-lived graceful restart in both roles (RFC 9494): what is not back within the restart time stays, marked, for its stale time.</summary>
[Trait("Category", "Slow")]
public sealed class LongLivedTests
{
    private const string Route = "10.10.0.0/24";
    private const string Ours = "10.48.0.0/26";

    private static BrandOptions Router(int staleTime) =>
        new() { GracefulRestart = true, RestartTime = 2, StaleTime = staleTime, Routes = [Route] };

    /// <summary>What a neighbour in another AS hears of the router's route.</summary>
    private static BrandRoute Told(string communities) => new() { NextHop = "10.0.0.10", AsPath = "64512 65001", Communities = communities };

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    public async Task Routes_of_a_killed_peer_outlive_its_restart_time_marked_and_go_with_its_stale_time(string brand)
    {
        using var lab = await KilledAsync(brand, staleTime: 30);

        await lab.Routers[1].HasAsync(Route, Told(Brand.LongLivedStale));
        await lab.NodeHasAsync($"{Route} via 10.0.0.1 from to-1 stale");
        await lab.Routers[2].HasAsync();

        await lab.NodeHasAsync();
        await lab.Routers[1].HasAsync();
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    public async Task The_mark_goes_when_a_killed_peer_is_back_within_its_stale_time(string brand)
    {
        using var lab = await KilledAsync(brand, staleTime: 3600);
        await lab.Routers[1].HasAsync(Route, Told(Brand.LongLivedStale));

        await lab.ReplaceAsync(0, brand, Router(staleTime: 3600) with { Restarting = true });
        await lab.EstablishedAsync();

        await lab.Routers[1].HasAsync(Route, Told(""));
        await lab.NodeHasAsync($"{Route} via 10.0.0.1 from to-1");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    public async Task A_peer_keeps_our_routes_marked_beyond_our_restart_time_and_drops_them_with_our_stale_time(string brand)
    {
        using var lab = await StoppedAsync(brand, staleTime: 30);

        await lab.Brand.HasAsync(Ours, new BrandRoute { NextHop = "10.0.0.10", AsPath = "64512", Communities = Brand.LongLivedStale });

        await lab.Brand.HasAsync();
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    public async Task A_peer_that_keeps_our_routes_takes_the_mark_off_when_we_are_back(string brand)
    {
        using var lab = await StoppedAsync(brand, staleTime: 3600);
        await lab.Brand.HasAsync(Ours, new BrandRoute { NextHop = "10.0.0.10", AsPath = "64512", Communities = Brand.LongLivedStale });

        lab.Node = new Speaker(lab.Network, "node", routesKept: true);
        lab.Node.Announce(Ours);
        lab.Node.Peer(lab.Brand.Options.Spec(settings => Restarting(settings, 3600)));
        await lab.EstablishedAsync();

        await lab.Brand.HasAsync(Ours, new BrandRoute { NextHop = "10.0.0.10", AsPath = "64512" });
        await lab.NodeHasAsync($"{Route} via 10.0.0.1");
    }

    /// <summary>A router of a brand that has been killed, a BIRD that knows the mark, and one that does not and is told no marked route.</summary>
    private static async Task<StarLab> KilledAsync(string brand, int staleTime)
    {
        var lab = await StarLab.CreateAsync((brand, Router(staleTime)), ("bird", new BrandOptions { Host = 2, Asn = 65002, GracefulRestart = true, StaleTime = 3600 }),
            ("bird", new BrandOptions { Host = 3, Asn = 65003 }));
        try
        {
            lab.Node.Peer([.. lab.Routers.Select(router => router.Options.Spec())]);
            await lab.StartAsync();
            await lab.EstablishedAsync();
            foreach (var observer in lab.Routers.Skip(1)) await observer.HasAsync(Route, Told(""));
            await lab.Routers[0].KillAsync();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>A router of a brand with a route of ours, after we have stopped for restart.</summary>
    private static async Task<PairLab> StoppedAsync(string brand, int staleTime)
    {
        var lab = await PairLab.EstablishedAsync(brand, Router(3600), settings => Restarting(settings, staleTime));
        try
        {
            lab.Node.Announce(Ours);
            await lab.Brand.HasAsync(Ours, new BrandRoute { NextHop = "10.0.0.10", AsPath = "64512" });
            await lab.Node.StopForRestartAsync();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    private static SessionSettings Restarting(SessionSettings settings, int staleTime) => settings with
    {
        RestartTime = TimeSpan.FromSeconds(2),
        Offer = settings.Offer with { LongLivedStaleTime = TimeSpan.FromSeconds(staleTime) },
    };
}
