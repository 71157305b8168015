using Agent.Actors.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>What carries a session: IPv6, TCP MD5, GTSM, who dials, two connections at once.</summary>
[Trait("Category", "Slow")]
public sealed class TransportTests
{
    private const string Reference = "kube-system/bgp/password";

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
    public async Task A_wrong_password_is_not_answered_and_the_right_one_is(string brand)
    {
        var options = new BrandOptions { Password = "secret", Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.CreateAsync(brand, options);
        lab.Node.Peer(options.Spec(settings => settings with { PasswordRef = Reference }));
        lab.Node.Passwords((Reference, "another"));
        await lab.Brand.StartAsync();
        await Eventually.BecomesAsync(
            "segments with a wrong signature are dropped", () => lab.Network.ReadAsync("node", "nstat", "-asz", "TcpExtTCPMD5Failure"),
            counter => !counter.Contains("TcpExtTCPMD5Failure             0 ", StringComparison.Ordinal));
        Assert.NotEqual("Established", await lab.Node.StateAsync(lab.Session));
        Assert.False(await lab.Brand.IsEstablishedAsync());

        lab.Node.Passwords((Reference, "secret"));

        await lab.EstablishedAsync();
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("openbgpd")]
    public async Task With_GTSM_on_both_ends_the_session_comes_up(string brand)
    {
        var options = new BrandOptions { Gtsm = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options, settings => settings with { TtlSecurity = 1 });

        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    [Fact]
    public async Task Without_GTSM_on_our_end_a_peer_that_expects_it_hears_nothing()
    {
        var options = new BrandOptions { Gtsm = true };
        using var lab = await PairLab.CreateAsync("bird", options);
        lab.Node.Peer(options.Spec(settings => settings with { TtlSecurity = 2 }));
        await lab.Brand.StartAsync();
        await lab.EstablishedAsync();

        lab.Node.Peer(options.Spec());

        await Eventually.BecomesAsync(
            "the session is gone", () => lab.Node.StateAsync(lab.Session), state => state.Length > 0 && state != "Established");
        await lab.Network.ReadAsync("router", "nstat", "-asz", "TcpExtTCPMinTTLDrop");
        await Eventually.BecomesAsync(
            "segments with a lower TTL are dropped", () => lab.Network.ReadAsync("router", "nstat", "-asz", "TcpExtTCPMinTTLDrop"),
            counter => !counter.Contains("TcpExtTCPMinTTLDrop             0 ", StringComparison.Ordinal));
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

    /// <remarks>OpenBGPD is not reset: it then keeps still for ever longer.</remarks>
    [Theory]
    [InlineData("bird", 3)]
    [InlineData("frr", 3)]
    [InlineData("gobgp", 1)]
    [InlineData("openbgpd", 0)]
    [InlineData("exabgp", 2)]
    public async Task Both_dial_and_one_session_is_left(string brand, int resets)
    {
        var options = new BrandOptions { Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(brand, options);
        lab.Node.Announce("10.48.0.0/26");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");

        for (var round = 1; round <= resets; round++)
        {
            await lab.Node.AskAsync<Done>(new PeerSetProtocol.Clear(lab.Session));
            await Eventually.BecomesAsync(
                "the session came up anew", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters.Established, count => count > round);
            await lab.EstablishedAsync();
            await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
            await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        }

        Assert.Single((await lab.Node.DescribeAsync(lab.Session)).Connections);
    }
}
