using Agent.Actors.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>TCP MD5 (RFC 2385): right, wrong, and changed while the session is up.</summary>
[Trait("Category", "Slow")]
public sealed class PasswordTests
{
    private const string Reference = "kube-system/bgp/password";

    public static TheoryData<string> Brands() => new(Brand.Names);

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

    /// <summary>Both ends change the password, the peer first.</summary>
    /// <remarks>No brand can keep the session over it: OpenBGPD takes the new password for its next connection, which it makes when the hold time
    /// of this one is over; the others end theirs at once.</remarks>
    [Theory]
    [MemberData(nameof(Brands))]
    public async Task A_password_that_both_ends_change_brings_the_session_back(string brand)
    {
        using var lab = await EstablishedAsync(brand);

        await lab.Brand.ChangePasswordAsync("changed");
        lab.Node.Passwords((Reference, "changed"));

        await LosesAsync(lab);
        await lab.EstablishedAsync();
        // What is announced now was not announced before: it is signed with the new password.
        lab.Node.Announce("10.48.0.0/26");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.Brand.AnnounceAsync("10.11.0.0/24");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
    }

    /// <summary>A password changed on our end alone: the peer hears nothing until it has it, too.</summary>
    [Theory]
    [MemberData(nameof(Brands))]
    public async Task A_password_that_we_alone_change_is_not_understood_until_the_peer_has_it(string brand)
    {
        using var lab = await EstablishedAsync(brand);

        lab.Node.Passwords((Reference, "changed"));
        await lab.Node.AskAsync<PeerSetProtocol.Status>(PeerSetProtocol.GetStatus.Instance);
        await lab.Node.DescribeAsync(lab.Session);
        lab.Node.Announce("10.48.0.0/26");
        await Eventually.BecomesAsync(
            "the peer drops what it does not understand", () => lab.Network.ReadAsync("router", "nstat", "-asz", "TcpExtTCPMD5Failure"),
            counter => !counter.Contains("TcpExtTCPMD5Failure             0 ", StringComparison.Ordinal));
        await lab.Brand.HasAsync();

        await LosesAsync(lab);
        await lab.Brand.ChangePasswordAsync("changed");
        await lab.EstablishedAsync();
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    /// <summary>A session with a password and a hold time that a test can wait for.</summary>
    private static async Task<PairLab> EstablishedAsync(string brand)
    {
        var options = new BrandOptions { Password = "secret", Routes = ["10.10.0.0/24"] };
        var lab = await PairLab.CreateAsync(brand, options);
        try
        {
            lab.Node.Passwords((Reference, "secret"));
            lab.Node.Peer(options.Spec(settings => settings with { PasswordRef = Reference, HoldTime = TimeSpan.FromSeconds(12) }));
            await lab.Brand.StartAsync();
            await lab.EstablishedAsync();
            await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    private static Task LosesAsync(PairLab lab) => Eventually.BecomesAsync(
        "the session is lost", async () => (await lab.Node.DescribeAsync(lab.Session)).Counters.Lost, lost => lost > 0);
}
