using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>GTSM (RFC 5082): what comes with a lower TTL than a neighbour's is not listened to.</summary>
[Trait("Category", "Slow")]
public sealed class GtsmTests
{
    public static TheoryData<string> Brands() => new(Brand.Names);

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task With_it_on_both_ends_the_session_comes_up(string brand)
    {
        var options = new BrandOptions { Gtsm = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with { TtlSecurity = 1 });

        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    /// <remarks>ExaBGP sends a TTL of 255 and asks for none; GoBGP asks for it on connections of its own alone.</remarks>
    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("openbgpd")]
    public async Task A_peer_that_expects_it_hears_nothing_from_us_without(string brand)
    {
        var options = new BrandOptions { Gtsm = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.CreateAsync(brand, options);
        lab.Node.Peer(options.Spec());
        await lab.Brand.StartAsync();

        await DropsAsync(lab, "router");
        Assert.NotEqual("Established", await lab.Node.StateAsync(lab.Session));
        Assert.False(await lab.Brand.IsEstablishedAsync());
        await lab.NodeHasAsync();
    }

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task We_hear_nothing_from_a_peer_without_it_when_we_expect_it(string brand)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.CreateAsync(brand, options);
        lab.Node.Peer(options.Spec(settings => settings with { TtlSecurity = 1 }));
        await lab.Brand.StartAsync();

        await DropsAsync(lab, "node");
        Assert.NotEqual("Established", await lab.Node.StateAsync(lab.Session));
        await lab.NodeHasAsync();
    }

    private static Task DropsAsync(PairLab lab, string machine) => Eventually.BecomesAsync(
        "segments with a lower TTL are dropped", () => lab.Network.ReadAsync(machine, "nstat", "-asz", "TcpExtTCPMinTTLDrop"),
        counter => !counter.Contains("TcpExtTCPMinTTLDrop             0 ", StringComparison.Ordinal));
}
