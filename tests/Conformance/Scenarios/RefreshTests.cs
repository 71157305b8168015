using Agent.Actors.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Route refresh, plain and with marks at its begin and end, asked for by either side (RFC 2918, RFC 7313).</summary>
[Trait("Category", "Slow")]
public sealed class RefreshTests
{
    /// <remarks>GoBGP knows no marks, and ExaBGP breaks off when it is to make some. OpenBGPD 7.7 sends nothing when it is asked.</remarks>
    [Theory]
    [InlineData("bird", true)]
    [InlineData("frr", true)]
    [InlineData("gobgp", false)]
    [InlineData("exabgp", false)]
    public async Task A_refresh_that_we_ask_for_brings_the_routes_again_between_marks(string brand, bool marked)
    {
        var options = new BrandOptions { EnhancedRefresh = marked, Routes = ["10.10.0.0/24", "10.11.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(
            brand, options, settings => settings with { Offer = settings.Offer with { EnhancedRouteRefresh = marked } });
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
        var before = await lab.Node.DescribeAsync(lab.Session);
        Assert.Equal(marked, before.Terms!.EnhancedRefresh);

        lab.Node.Tell(new PeerSetProtocol.ToPeer(lab.Session, new PeerProtocol.RequestRefresh()));

        await Eventually.BecomesAsync(
            "routes came again", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters,
            seen => seen.Received.Update > before.Counters.Received.Update
                && seen.Received.RouteRefresh == before.Counters.Received.RouteRefresh + (marked ? 2 : 0));
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
    }

    /// <remarks>Our marks are two messages more. GoBGP keeps what it heard and never asks.</remarks>
    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task A_peer_that_asks_for_our_routes_hears_them_again_between_marks(string brand)
    {
        var options = new BrandOptions();
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26", "10.49.0.0/26");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10", "10.49.0.0/26 via 10.0.0.10");
        var before = (await lab.Node.DescribeAsync(lab.Session)).Counters;

        await lab.Brand.RefreshAsync();

        await Eventually.BecomesAsync(
            "the peer asked and was told", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters,
            seen => seen.Received.RouteRefresh == before.Received.RouteRefresh + 1 && seen.Sent.Update > before.Sent.Update
                && seen.Sent.RouteRefresh == before.Sent.RouteRefresh + 2);
        lab.Node.Announce("10.48.0.0/26", "10.50.0.0/26");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10", "10.50.0.0/26 via 10.0.0.10");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task A_peer_that_does_not_offer_refresh_is_not_asked(string brand)
    {
        var options = new BrandOptions { RouteRefresh = false, EnhancedRefresh = false, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);

        var answer = await lab.Node.AskAsync<PeerProtocol.RefreshSent>(
            new PeerSetProtocol.ToPeer(lab.Session, new PeerProtocol.RequestRefresh()));

        Assert.StartsWith("the peer does not know route refresh (RFC 2918)", answer.Refusal, StringComparison.Ordinal);
        Assert.Equal(0, (await lab.Node.DescribeAsync(lab.Session)).Counters.Sent.RouteRefresh);
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }
}
