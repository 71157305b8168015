using Agent.Bgp;
using Agent.Bgp.Tests.Wire;
using Agent.Bgp.Wire;
using Agent.Conformance.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>RFC 7606 end to end: malformed UPDATEs over TCP, and what the RIB has afterwards. The rows are those of the decoder's tests.</summary>
public sealed class MalformedTests
{
    private const string Victim = "10.2.0.0/24";
    private const string VictimNlri = "18 0a0200";
    private const string Steady = "10.1.0.0/24";

    private static readonly string Right = string.Concat(AttributeRow.Mandatory.Select(row => row.Whole));

    public static TheoryData<string> Names => [.. AttributeRow.Names];

    /// <summary>Wrong flags, lengths and values: the route goes or only the attribute does, other routes and the session stay.</summary>
    [Theory, MemberData(nameof(Names))]
    public async Task A_wrong_attribute_has_its_treatment_and_touches_nothing_else(string name)
    {
        var row = AttributeRow.Of(name);
        using var lab = await RawLab.EstablishedAsync();
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100"));
        var complaints = 0;

        foreach (var wrong in new[] { 0x40, 0x80, 0xc0 }) await WithdrawsAsync(row.With(row.Flags ^ wrong, row.Good));
        foreach (var value in row.Lengths.Concat(row.Values))
        {
            if (row.OnError == UpdateTreatment.AttributeDiscard) await DiscardsAsync(row.With(row.Flags, value), "");
            else await WithdrawsAsync(row.With(row.Flags, value));
        }

        // Of two the first counts, whatever the second is.
        await DiscardsAsync(row.Whole + row.With(row.Flags, row.Lengths[0]), row.Whole);
        Assert.Equal((1, 0), (await lab.Node.DescribeAsync("to-1")).Counters is var counters ? (counters.Established, counters.Lost) : default);

        async Task WithdrawsAsync(string attribute)
        {
            await lab.Router.SendBytesAsync(RawPeer.Update("", Right, VictimNlri));
            await lab.NodeHasAsync(Steady, Victim);
            await lab.Router.SendBytesAsync(RawPeer.Update("", AttributeRow.Others(name) + attribute, VictimNlri));
            await lab.NodeHasAsync(Steady);
            await ComplainsAsync();
        }

        async Task DiscardsAsync(string attribute, string instead)
        {
            await lab.Router.SendBytesAsync(RawPeer.Update(VictimNlri, "", ""));
            await lab.NodeHasAsync(Steady);
            await lab.Router.SendBytesAsync(RawPeer.Update("", AttributeRow.Others(name) + instead, VictimNlri));
            await lab.NodeHasAsync(Steady, Victim);
            var expected = await VictimAsync();
            await lab.Router.SendBytesAsync(RawPeer.Update(VictimNlri, "", ""));
            await lab.NodeHasAsync(Steady);
            await lab.Router.SendBytesAsync(RawPeer.Update("", AttributeRow.Others(name) + attribute, VictimNlri));
            await lab.NodeHasAsync(Steady, Victim);
            Assert.Equal(expected, await VictimAsync());
            await ComplainsAsync();
        }

        async Task ComplainsAsync() => Assert.Equal(++complaints, (await lab.Node.DescribeAsync("to-1")).Counters.MalformedUpdates);

        async Task<PathAttributes?> VictimAsync() =>
            Assert.Single((await lab.Node.ViewsAsync()).Single(route => route.Prefix == IpPrefix.Parse(Victim)).Paths).Attributes;
    }

    [Fact]
    public async Task Any_order_of_all_attributes_is_the_same_route()
    {
        using var lab = await RawLab.EstablishedAsync();
        var rows = AttributeRow.Mandatory.Concat(AttributeRow.Optional).ToArray();

        await lab.Router.SendBytesAsync(RawPeer.Update("", string.Concat(rows.Select(row => row.Whole)), "18 0a0100"));
        await lab.Router.SendBytesAsync(RawPeer.Update("", string.Concat(rows.Reverse().Select(row => row.Whole)), VictimNlri));

        await lab.NodeHasAsync(Steady, Victim);
        var paths = (await lab.Node.ViewsAsync()).Where(route => route.Prefix != IpPrefix.Parse("10.4.0.0/24")).Select(route => route.Paths[0].Attributes).ToArray();
        Assert.Equal(2, paths.Length);
        Assert.Equal(paths[0], paths[1]);
        Assert.Equal(0, (await lab.Node.DescribeAsync("to-1")).Counters.MalformedUpdates);
    }

    [Theory]
    [InlineData("ORIGIN")]
    [InlineData("AS_PATH")]
    [InlineData("NEXT_HOP")]
    public async Task A_missing_attribute_withdraws_the_route(string name)
    {
        using var lab = await RawLab.EstablishedAsync();
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100" + VictimNlri));
        await lab.NodeHasAsync(Steady, Victim);

        await lab.Router.SendBytesAsync(RawPeer.Update("", AttributeRow.Others(name), VictimNlri));

        await lab.NodeHasAsync(Steady);
        Assert.Equal(1, (await lab.Node.DescribeAsync("to-1")).Counters.MalformedUpdates);
    }

    /// <summary>Where the routes cannot be told any more the session ends, with the error; all its routes go, and it may come back.</summary>
    [Theory]
    [InlineData("0005 0000", "3/1")]
    [InlineData("0000 0005 4001", "3/1")]
    [InlineData("0002 18 0a 0000", "3/10")]
    [InlineData("0005 21 0a000000 0000", "3/10")]
    [InlineData("0000 0000 18 0a00", "3/10")]
    [InlineData("0000 0003 406300", "3/2")]
    [InlineData("0000 000c 800f03 000201 800f03 000201", "3/1")]
    [InlineData("0000 0004 800f01 00", "3/9")]
    [InlineData("0000 0005 800e02 0002", "3/9")]
    [InlineData("0000 000c 800e09 000201 04 0a000001 00", "3/9")]
    public async Task What_hides_the_routes_ends_the_session_with_its_error(string body, string error)
    {
        using var lab = await RawLab.EstablishedAsync();
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100"));
        await lab.NodeHasAsync(Steady);

        await lab.Router.SendBytesAsync(Octets.Message(BgpMessageType.Update, Octets.Hex(body)));

        Assert.Equal(error, await lab.Router.ReadNotificationAsync());
        await lab.NodeHasAsync();
        lab.Router.Dispose();
        await lab.ConnectAsync();
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100"));
        await lab.NodeHasAsync(Steady);
    }

    /// <summary>RFC 7313 with the real RIB: what the peer does not tell again between its marks is gone; our answer stands between ours.</summary>
    [Fact]
    public async Task Of_a_refresh_between_marks_only_what_was_told_again_is_left()
    {
        using var lab = await RawLab.EstablishedAsync();
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100" + VictimNlri));
        await lab.NodeHasAsync(Steady, Victim);

        await lab.Router.SendAsync(new BgpMessage.RouteRefresh(IpFamily.V4, RefreshSubtype.Begin));
        await lab.Router.SendBytesAsync(RawPeer.Update("", Right, "18 0a0100" + "18 0a0500"));
        await lab.NodeHasAsync(Steady, Victim, "10.5.0.0/24");
        await lab.Router.SendAsync(new BgpMessage.RouteRefresh(IpFamily.V4, RefreshSubtype.End));
        await lab.NodeHasAsync(Steady, "10.5.0.0/24");

        await lab.Router.SendAsync(new BgpMessage.RouteRefresh(IpFamily.V4));
        var heard = new List<string>();
        while (heard is not [.., "00010201"])
        {
            var (type, message) = await lab.Router.ReadAsync();
            if (type == BgpMessageType.RouteRefresh) heard.Add(Octets.Text(message));
            else if (type == BgpMessageType.Update && heard.Count > 0) heard.Add("UPDATE");
        }

        Assert.Equal(["00010101", "UPDATE", "00010201"], heard);
    }

    /// <summary>A peer without the capability of RFC 6793: our AS does not fit, so AS_TRANS stands for it in OPEN and AS_PATH, and AS4_PATH has it.</summary>
    [Fact]
    public async Task A_two_byte_peer_is_sent_AS_TRANS_and_AS4_PATH()
    {
        using var lab = await RawLab.EstablishedAsync();
        lab.Node.Peer(RawPeer.Spec(1, 65001, settings => settings with { LocalAs = 4_200_000_001 }));
        var (open, router) = await RawPeer.EstablishAsync(lab.Network, "r1", 1, 65001, new Capability.MultiProtocol(IpFamily.V4));
        using var conversation = router;
        lab.Node.Announce("10.48.0.0/26");

        Assert.Equal("5ba0", Octets.Text(open.AsSpan(1, 2)));
        byte[] update;
        do (_, update) = await conversation.ReadAsync();
        while (!Octets.Text(update).EndsWith("1a0a300000", StringComparison.Ordinal));
        Assert.Contains("40020402015ba0", Octets.Text(update), StringComparison.Ordinal);
        Assert.Contains("c011060201fa56ea01", Octets.Text(update), StringComparison.Ordinal);
    }
}
