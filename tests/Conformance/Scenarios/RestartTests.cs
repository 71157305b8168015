using Agent.Bgp;
using Agent.Conformance.Tests.Support;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Graceful restart in both roles: the peer is killed and comes back, and we do.</summary>
[Trait("Category", "Slow")]
public sealed class RestartTests
{
    /// <remarks>OpenBGPD offers no family that it could keep; ExaBGP offers all of them.</remarks>
    [Theory]
    [InlineData("bird", true)]
    [InlineData("frr", true)]
    [InlineData("gobgp", true)]
    [InlineData("openbgpd", false)]
    [InlineData("exabgp", true)]
    public async Task Routes_of_a_peer_that_is_killed_stay_until_it_is_back_and_those_it_lost_go(string brand, bool stay)
    {
        var options = new BrandOptions { GracefulRestart = true, Routes = ["10.10.0.0/24", "10.11.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");

        await lab.Brand.KillAsync();

        if (stay) await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1 stale", "10.11.0.0/24 via 10.0.0.1 stale");
        else await lab.NodeHasAsync();

        lab.Brand = Brand.Of(brand, lab.Network, "router", options with { Routes = ["10.10.0.0/24"], Restarting = true });
        await lab.Brand.StartAsync();
        await lab.EstablishedAsync();
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    public async Task A_peer_keeps_our_routes_while_we_restart(string brand)
    {
        var options = new BrandOptions { GracefulRestart = true };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26", "10.49.0.0/26");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10", "10.49.0.0/26 via 10.0.0.10");

        await lab.Node.StopForRestartAsync();
        await Eventually.BecomesAsync("the peer sees it", lab.Brand.IsEstablishedAsync, established => !established);
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10", "10.49.0.0/26 via 10.0.0.10");

        lab.Node = new Speaker(lab.Network, "node", routesKept: true);
        lab.Node.Announce("10.48.0.0/26");
        lab.Node.Peer(options.Spec());
        await lab.EstablishedAsync();
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task Without_graceful_restart_a_lost_peer_takes_its_routes_along(string brand)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with
        {
            RestartTime = TimeSpan.Zero,
            Offer = new CapabilityOffer { LongLivedRestart = false },
        });
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");

        await lab.Brand.KillAsync();

        await lab.NodeHasAsync();
    }
}
