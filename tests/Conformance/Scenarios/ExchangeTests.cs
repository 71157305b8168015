using Agent.Conformance.Tests.Support.Brands;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Routes of both families, both ways, with every brand, over IPv4.</summary>
public sealed class ExchangeTests
{
    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    [InlineData("exabgp")]
    public async Task Routes_of_both_families_come_and_go_in_both_directions(string brand)
    {
        var options = new BrandOptions { Families = Brand.FamiliesOf(brand, overV6: false), Routes = ["10.10.0.0/24", "2001:db8:10::/48"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26", "2001:db8:48::/64");

        await lab.NodeHasAsync(options.Carried("10.10.0.0/24 via 10.0.0.1", "2001:db8:10::/48 via fd00::1"));
        await lab.Brand.HasAsync(options.Carried("10.48.0.0/26 via 10.0.0.10", "2001:db8:48::/64 via fd00::10"));

        await lab.Brand.AnnounceAsync("10.11.0.0/24");
        await lab.NodeHasAsync(options.Carried("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1", "2001:db8:10::/48 via fd00::1"));
        await lab.Brand.WithdrawAsync("10.11.0.0/24");
        lab.Node.Announce("10.49.0.0/26");
        await lab.NodeHasAsync(options.Carried("10.10.0.0/24 via 10.0.0.1", "2001:db8:10::/48 via fd00::1"));
        await lab.Brand.HasAsync("10.49.0.0/26 via 10.0.0.10");

        lab.Node.Peer();
        await lab.NodeHasAsync();
        await lab.Brand.HasAsync();
    }
}
