using Agent.Conformance.Tests.Support.Brands;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>What carries a session: IPv6, and who dials.</summary>
[Trait("Category", "Slow")]
public sealed class TransportTests
{
    public static TheoryData<string> Brands() => new(Brand.Names);

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task Over_IPv6_both_families_are_carried(string brand)
    {
        var options = new BrandOptions
        {
            OverV6 = true,
            Families = Brand.FamiliesOf(brand, overV6: true),
            Routes = ["10.10.0.0/24", "2001:db8:10::/48"],
        };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26", "2001:db8:48::/64");

        await lab.Brand.HasAsync(options.Carried("10.48.0.0/26 via 10.0.0.10", "2001:db8:48::/64 via fd00::10"));
        await lab.NodeHasAsync(options.Carried("10.10.0.0/24 via 10.0.0.1", "2001:db8:10::/48 via fd00::1"));
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task We_dial_a_passive_peer(string brand)
    {
        var options = new BrandOptions { Passive = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);

        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        Assert.StartsWith("outgoing-", Assert.Single((await lab.Node.DescribeAsync(lab.Session)).Connections), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task A_peer_dials_us_when_we_are_passive(string brand)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with { Passive = true });

        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        Assert.StartsWith("incoming-", Assert.Single((await lab.Node.DescribeAsync(lab.Session)).Connections), StringComparison.Ordinal);
    }
}
