using Agent.Bgp;
using Agent.Bgp.Session;
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

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms!;
        Assert.Equal(
            (false, false, false, false, false, false),
            (terms.FourByteAs, terms.RouteRefresh, terms.EnhancedRefresh, terms.LongLivedRestart, terms.ExtendedMessages, terms.Restart is not null));
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task With_every_capability_of_ours_all_that_a_peer_offers_is_used(string brand)
    {
        var options = new BrandOptions
        {
            Families = [IpFamily.V4, IpFamily.V6],
            GracefulRestart = true,
            StaleTime = 3600,
            AddPath = true,
            Role = brand is "bird" or "frr" or "openbgpd" ? "peer" : null,
            Routes = ["10.10.0.0/24"],
        };
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

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms!;
        Assert.Equal(OfferedBy(brand), Everything.Where(each => Gives(terms, each)));
        Assert.Equal((BgpRole.Peer, 2), (terms.Role, terms.Families.Length));
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        await Eventually.BecomesAsync(
            "the peer has our route", lab.Brand.RoutesAsync, routes => routes.Any(route => route.StartsWith("10.48.0.0/26 via ", StringComparison.Ordinal)));
    }

    /// <summary>Capabilities that brands have or have not.</summary>
    private static readonly string[] Everything =
        ["four-octet AS", "route refresh", "enhanced refresh", "extended messages", "graceful restart", "long-lived restart", "ADD-PATH"];

    /// <summary>Whether the terms have what a capability gives.</summary>
    private static bool Gives(SessionTerms terms, string capability) => capability switch
    {
        "four-octet AS" => terms.FourByteAs,
        "route refresh" => terms.RouteRefresh,
        "enhanced refresh" => terms.EnhancedRefresh,
        "extended messages" => terms.ExtendedMessages,
        "graceful restart" => terms.Restart is not null,
        "long-lived restart" => terms.LongLivedRestart,
        "ADD-PATH" => !terms.AddPathSend.IsEmpty && !terms.AddPathReceive.IsEmpty,
        _ => throw new ArgumentException($"there is no {capability}", nameof(capability)),
    };

    /// <summary>Each capability that a brand has a switch for, off there and on with us; <c>*</c> is its switch for all of them.</summary>
    [Theory]
    [InlineData("bird", "four-octet AS")]
    [InlineData("bird", "route refresh")]
    [InlineData("bird", "extended messages")]
    [InlineData("bird", "graceful restart")]
    [InlineData("bird", "long-lived restart")]
    [InlineData("bird", "ADD-PATH")]
    [InlineData("bird", "*")]
    [InlineData("frr", "graceful restart")]
    [InlineData("frr", "ADD-PATH")]
    [InlineData("frr", "*")]
    [InlineData("gobgp", "graceful restart")]
    [InlineData("gobgp", "long-lived restart")]
    [InlineData("gobgp", "ADD-PATH")]
    [InlineData("openbgpd", "four-octet AS")]
    [InlineData("openbgpd", "route refresh")]
    [InlineData("openbgpd", "enhanced refresh")]
    [InlineData("openbgpd", "graceful restart")]
    [InlineData("openbgpd", "ADD-PATH")]
    [InlineData("exabgp", "four-octet AS")]
    [InlineData("exabgp", "route refresh")]
    [InlineData("exabgp", "extended messages")]
    [InlineData("exabgp", "graceful restart")]
    [InlineData("exabgp", "ADD-PATH")]
    public async Task A_capability_that_a_peer_does_not_offer_is_not_used(string brand, string capability)
    {
        var all = new BrandOptions { Asn = 64512, GracefulRestart = true, StaleTime = 3600, AddPath = true, Routes = ["10.10.0.0/24"] };
        var options = capability switch
        {
            "four-octet AS" => all with { As4 = false },
            "route refresh" => all with { RouteRefresh = false, EnhancedRefresh = false },
            "enhanced refresh" => all with { EnhancedRefresh = false },
            "extended messages" => all with { ExtendedMessages = false },
            "graceful restart" => all with { GracefulRestart = false, StaleTime = null },
            "long-lived restart" => all with { StaleTime = null },
            "ADD-PATH" => all with { AddPath = false },
            _ => all with { Capabilities = false },
        };
        using var lab = await PairLab.EstablishedAsync(
            brand, options, settings => settings with { Offer = settings.Offer with { ExtendedMessages = true } });
        lab.Node.Announce("10.48.0.0/26");

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms!;
        Assert.Equal("", string.Join(", ", OfferedBy(brand).Where(each => Gives(terms, each) != IsLeft(each, capability))));
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    /// <summary>Each capability of ours off, and BIRD offering all: only what it gives is missing.</summary>
    [Theory]
    [InlineData("four-octet AS")]
    [InlineData("route refresh")]
    [InlineData("enhanced refresh")]
    [InlineData("extended messages")]
    [InlineData("graceful restart")]
    [InlineData("long-lived restart")]
    [InlineData("ADD-PATH")]
    public async Task A_capability_that_we_do_not_offer_is_not_used(string capability)
    {
        var options = new BrandOptions { Asn = 64512, GracefulRestart = true, StaleTime = 3600, AddPath = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync("bird", options, settings => settings with
        {
            RestartTime = capability == "graceful restart" ? TimeSpan.Zero : settings.RestartTime,
            Offer = settings.Offer with
            {
                FourOctetAs = capability != "four-octet AS",
                RouteRefresh = capability != "route refresh",
                EnhancedRouteRefresh = capability != "enhanced refresh",
                ExtendedMessages = capability != "extended messages",
                LongLivedRestart = capability != "long-lived restart",
                AddPath = capability == "ADD-PATH" ? AddPathMode.None : AddPathMode.Both,
            },
        });
        lab.Node.Announce("10.48.0.0/26");

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms!;
        Assert.Equal("", string.Join(", ", OfferedBy("bird").Where(each => Gives(terms, each)
            != (each != capability && (each, capability) is not ("long-lived restart", "graceful restart")))));
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    /// <summary>What a brand offers when all its switches are on.</summary>
    private static string[] OfferedBy(string brand) => brand switch
    {
        "bird" or "frr" => Everything,
        "gobgp" => ["four-octet AS", "route refresh", "graceful restart", "long-lived restart", "ADD-PATH"],
        "openbgpd" => ["four-octet AS", "route refresh", "enhanced refresh", "graceful restart", "ADD-PATH"],
        _ => ["four-octet AS", "route refresh", "enhanced refresh", "extended messages", "graceful restart", "ADD-PATH"],
    };

    /// <summary>Whether a capability is still there when a brand's switch for another one is off.</summary>
    private static bool IsLeft(string capability, string switchedOff) => switchedOff switch
    {
        "*" => false,
        "route refresh" => capability is not ("route refresh" or "enhanced refresh"),
        "graceful restart" => capability is not ("graceful restart" or "long-lived restart"),
        _ => capability != switchedOff,
    };

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
