using Agent.Actors.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Two connections at once, one dialed by each end, with both OPENs on their way (RFC 4271 §6.8).</summary>
/// <remarks>
/// It does not depend on chance: nothing passes until both ends have dialed; then the peer stands still until its kernel has completed both
/// connections, so that it finds two when it goes on, as we do. It does not dial anew by itself, so that no timer has run out meanwhile.
/// </remarks>
[Trait("Category", "Slow")]
public sealed class CollisionTests
{
    [Theory]
    [InlineData("bird", true)]
    [InlineData("frr", true)]
    [InlineData("gobgp", false)]
    [InlineData("openbgpd", false)]
    [InlineData("exabgp", false)]
    public async Task Of_two_connections_that_of_the_higher_identifier_is_left(string brand, bool says)
    {
        var options = new BrandOptions { ConnectRetry = 120, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.CreateAsync(brand, options);
        lab.Node.Peer(options.Spec());
        lab.Node.Announce("10.48.0.0/26");
        await BlockAsync(lab, "add table inet lab", "add chain inet lab in { type filter hook input priority 0; }", "add rule inet lab in ip saddr 10.0.0.10 drop");
        await lab.Brand.StartAsync();
        await lab.Node.BegunAsync(lab.Session);
        await lab.Node.AskAsync<PeerSetProtocol.Recording>(new PeerSetProtocol.RecordPeer(lab.Session, On: true));

        await HoldWhileDialingAsync(lab);
        await BlockAsync(lab, "delete table inet lab");
        await Eventually.BecomesAsync(
            "both connections are there", () => lab.Network.ReadAsync("node", "ss", "-tnH", "state", "established"),
            connections => Connections(connections) == 2);
        await lab.Brand.SignalAsync("CONT");

        await lab.EstablishedAsync();
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await Eventually.BecomesAsync(
            "one connection is left", () => lab.Network.ReadAsync("node", "ss", "-tnH", "state", "established"),
            connections => Connections(connections) == 1);
        Assert.Single((await lab.Node.DescribeAsync(lab.Session)).Connections);

        // The proof: both connections were there, and one side said why one of them went, or closed it before it spoke.
        var recording = string.Join('\n', lab.Node.Recordings.Lines);
        Assert.Contains(" accepted incoming-", recording, StringComparison.Ordinal);
        Assert.StartsWith(
            "    up outgoing-", lab.Node.Recordings.Lines.First(line => line.StartsWith("    up ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(recording.Contains("NOTIFICATION 6/7 ", StringComparison.Ordinal)
            || (!says && recording.Contains(" closed incoming-", StringComparison.Ordinal)), recording);
    }

    /// <summary>Stops the peer at a moment when it has dialed.</summary>
    private static Task HoldWhileDialingAsync(PairLab lab) => Eventually.BecomesAsync(
        "both ends have dialed",
        async () =>
        {
            await lab.Brand.SignalAsync("STOP");
            var dialing = await lab.Network.ReadAsync("router", "ss", "-tnH", "state", "syn-sent") is { Length: > 0 }
                && await lab.Network.ReadAsync("node", "ss", "-tnH", "state", "syn-sent") is { Length: > 0 };
            if (!dialing) await lab.Brand.SignalAsync("CONT");
            return dialing;
        },
        dialing => dialing);

    private static async Task BlockAsync(PairLab lab, params string[] commands)
    {
        foreach (var command in commands) await lab.Network.ReadAsync("router", "nft", command);
    }

    private static int Connections(string listed) => listed.Split('\n').Count(line => line.Contains(":179", StringComparison.Ordinal));
}
