using Agent.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>An AS number of four bytes of ours, and a peer that is told those of two (RFC 6793): AS_TRANS on the wire, AS4_PATH beside it.</summary>
public sealed class FourOctetTests
{
    private const uint Asn = 4_200_000_001;

    /// <summary>The far end shows our real AS: it put AS_PATH and AS4_PATH together.</summary>
    /// <remarks>ExaBGP knows us by the AS of our OPEN, which is AS_TRANS; the others read the capability, though they offer none.
    /// FRR takes no AS4_PATH of who has sent it the capability, and so tells us our own route. GoBGP cannot be without the capability.</remarks>
    [Theory]
    [InlineData("bird", Asn, "4200000001")]
    [InlineData("frr", Asn, "23456")]
    [InlineData("openbgpd", Asn, "4200000001")]
    [InlineData("exabgp", 23456, "4200000001")]
    public async Task A_two_byte_peer_reads_our_AS_in_AS4_PATH(string brand, uint known, string path)
    {
        var options = new BrandOptions { As4 = false, NodeAsn = known, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with { LocalAs = Asn });
        lab.Node.Announce("10.48.0.0/26");

        var description = await lab.Node.DescribeAsync(lab.Session);
        Assert.False(description.Terms!.FourByteAs);
        await lab.Brand.HasAsync("10.48.0.0/26", new BrandRoute { NextHop = "10.0.0.10", AsPath = path });
        await Eventually.BecomesAsync(
            "we have its route", lab.Node.RoutesAsync, routes => routes.Contains("10.10.0.0/24 via 10.0.0.1 from to-1", StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    [Trait("Category", "Slow")]
    public async Task Both_ends_may_have_an_AS_of_four_bytes(string brand)
    {
        var options = new BrandOptions { Asn = 4_200_000_002, NodeAsn = Asn, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26");

        await lab.Brand.HasAsync("10.48.0.0/26", new BrandRoute { NextHop = "10.0.0.10", AsPath = "4200000001" });
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        var path = (await lab.Node.ViewsAsync()).Single(route => route.Prefix == IpPrefix.Parse("10.10.0.0/24")).Paths[0].Attributes!.AsPath;
        Assert.Equal(AsPath.Of(4_200_000_002), path);
    }
}
