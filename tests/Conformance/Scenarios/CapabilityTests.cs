using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Capabilities on and off on either side.</summary>
[Trait("Category", "Slow")]
public sealed class CapabilityTests
{
    public static TheoryData<string> Brands() => new(Brand.Names);

    /// <remarks>OpenBGPD and ExaBGP that are told to carry IPv4 carry it only with a peer that says so.</remarks>
    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    public async Task Without_any_capability_of_ours_IPv4_is_spoken(string brand)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with
        {
            RestartTime = TimeSpan.Zero,
            Offer = new CapabilityOffer
            {
                MultiProtocol = false,
                RouteRefresh = false,
                EnhancedRouteRefresh = false,
                FourOctetAs = false,
                AddPath = AddPathMode.None,
                LongLivedRestart = false,
            },
        });
        lab.Node.Announce("10.48.0.0/26");

        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task With_every_capability_of_ours_the_session_comes_up(string brand)
    {
        var options = new BrandOptions { Families = [IpFamily.V4, IpFamily.V6], GracefulRestart = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with
        {
            Offer = new CapabilityOffer
            {
                RestartAfterNotification = true,
                LongLivedStaleTime = TimeSpan.FromHours(1),
                ExtendedMessages = true,
                ExtendedNextHop = true,
                HostName = "node",
                DomainName = "example.org",
                Role = BgpRole.Peer,
            },
        });
        lab.Node.Announce("10.48.0.0/26");

        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        await Eventually.BecomesAsync(
            "the peer has our route", lab.Brand.RoutesAsync, routes => routes.Any(route => route.StartsWith("10.48.0.0/26 via ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task A_two_byte_peer_is_spoken_to_with_AS_TRANS(string brand)
    {
        // BIRD without the capability can have no neighbour above 65535.
        var options = new BrandOptions { As4 = false, NodeAsn = brand == "bird" ? 64512 : 4_200_000_001, Routes = ["10.10.0.0/24"] };
        // ExaBGP takes My Autonomous System for our AS, the others our capability.
        using var lab = await PairLab.CreateAsync(brand, options with { NodeAsn = brand == "exabgp" ? 23456 : options.NodeAsn });
        lab.Node.Peer(options.Spec());
        await lab.Brand.StartAsync();
        await lab.EstablishedAsync();
        lab.Node.Announce("10.48.0.0/26");

        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task A_refresh_brings_the_routes_again(string brand)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24", "10.11.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
        var before = (await lab.Node.DescribeAsync(lab.Session)).Counters.Received.Update;

        lab.Node.Tell(new PeerSetProtocol.ToPeer(lab.Session, new PeerProtocol.RequestRefresh()));

        await Eventually.BecomesAsync(
            "routes came again", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters.Received.Update, updates => updates > before);
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
    }

    [Fact]
    public async Task A_peer_asks_for_our_routes_again()
    {
        var options = new BrandOptions();
        using var lab = await PairLab.EstablishedAsync("bird", options);
        lab.Node.Announce("10.48.0.0/26");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        var before = (await lab.Node.DescribeAsync(lab.Session)).Counters.Received.RouteRefresh;

        await ((Bird)lab.Brand).CommandAsync("reload", "in", "node");

        await Eventually.BecomesAsync(
            "BIRD asked", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters.Received.RouteRefresh, count => count > before);
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task ADD_PATH_is_agreed_on_in_both_directions(string brand)
    {
        var options = new BrandOptions { AddPath = true, Asn = 64512, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26");

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms;
        Assert.NotNull(terms);
        Assert.Equal(IpFamily.V4, Assert.Single(terms.AddPathReceive));
        Assert.Equal(IpFamily.V4, Assert.Single(terms.AddPathSend));
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }
}
