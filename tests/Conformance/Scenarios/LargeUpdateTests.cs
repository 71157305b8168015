using System.Globalization;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Large UPDATEs in both directions: an AS_PATH of more than one segment, hundreds of communities, and more than 4096 bytes (RFC 8654).</summary>
/// <remarks>An ExaBGP makes the route; the node or the brand passes it on to the other.</remarks>
[Trait("Category", "Slow")]
public sealed class LargeUpdateTests
{
    private const string Route = "10.20.0.0/24";

    private static string[] Numbers(int count, int from) =>
        [.. Enumerable.Range(from, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];

    private static string[] Communities(int count) => [.. Numbers(count, 1).Select(number => "65000:" + number)];

    private static string Attributes(int asns, int communities) =>
        $"as-path [ 65111 {string.Join(' ', Numbers(asns, 1001))} ] community [ {string.Join(' ', Communities(communities))} ]";

    public static TheoryData<string, int, int> Sizes()
    {
        var rows = new TheoryData<string, int, int>();
        foreach (var brand in Brand.Names) rows.Add(brand, 300, 500);
        foreach (var brand in new[] { "bird", "frr", "exabgp" }) rows.Add(brand, 300, 3000);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_large_route_of_another_router_reaches_the_peer_whole(string brand, int asns, int communities)
    {
        using var lab = await EstablishedAsync(brand, to: 10);

        await ((ExaBgp)lab.Routers[1]).AnnounceAsync(Route, Attributes(asns, communities));

        var seen = Assert.Single(await Eventually.BecomesAsync("the peer has the route", () => lab.Routers[0].PathsAsync(Route), paths => paths.Count == 1));
        IsWhole(brand, $"64512 65111 {string.Join(' ', Numbers(asns, 1001))}", seen.AsPath);
        IsWhole(brand, string.Join(' ', Communities(communities)), seen.Communities);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_large_route_of_the_peer_is_taken_whole(string brand, int asns, int communities)
    {
        using var lab = await EstablishedAsync(brand, to: 1);

        await ((ExaBgp)lab.Routers[brand == "exabgp" ? 0 : 1]).AnnounceAsync(Route, Attributes(asns, communities));

        var view = Assert.Single(await Eventually.BecomesAsync("the node has the route", lab.Node.ViewsAsync, views => views.Count == 1));
        var attributes = view.Paths[0].Attributes!;
        Assert.Equal(
            $"{(brand == "exabgp" ? "" : "65001 ")}65111 {string.Join(' ', Numbers(asns, 1001))}", attributes.AsPath.ToString());
        Assert.Equal(Communities(communities), attributes.Communities.Select(BrandRoute.Community));
        Assert.Equal(0, (await lab.Node.DescribeAsync("to-1")).Counters.MalformedUpdates);
    }

    /// <summary>RFC 8654 §4: what does not fit into a message of a peer is not told to it; the session and other routes stay.</summary>
    [Theory]
    [InlineData("gobgp")]
    [InlineData("openbgpd")]
    public async Task A_route_too_large_for_a_peer_is_not_told_to_it(string brand)
    {
        using var lab = await EstablishedAsync(brand, to: 10);
        var source = (ExaBgp)lab.Routers[1];
        await source.AnnounceAsync(Route, Attributes(2, 2));
        await source.AnnounceAsync("10.21.0.0/24");
        await lab.Routers[0].HasAsync($"{Route} via 10.0.0.10", "10.21.0.0/24 via 10.0.0.10");

        await source.AnnounceAsync(Route, Attributes(300, 3000));

        await lab.Routers[0].HasAsync("10.21.0.0/24 via 10.0.0.10");
        Assert.Equal((1, 0), (await lab.Node.DescribeAsync("to-1")).Counters is var counters ? (counters.Established, counters.Lost) : default);
    }

    private static async Task<StarLab> EstablishedAsync(string brand, int to)
    {
        var options = new BrandOptions { Sources = to == 10 || brand == "exabgp" ? [] : [11] };
        var lab = await StarLab.CreateAsync(
            (brand, options),
            ("exabgp", new BrandOptions { Host = 11, Asn = 65111, NodeHost = to, NodeAsn = to == 10 ? 64512u : 65001u }));
        try
        {
            lab.Node.Peer(
                [.. lab.Routers.Where(router => router.Options.NodeHost == 10).Select(router => router.Options.Spec(
                    settings => settings with { Offer = settings.Offer with { ExtendedMessages = true } }))]);
            await lab.StartAsync();
            await lab.EstablishedAsync();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    // BIRD shows the begin of what is long.
    private static void IsWhole(string brand, string expected, string seen)
    {
        if (brand == "bird" && seen.EndsWith("...", StringComparison.Ordinal)) Assert.StartsWith(seen[..^3].Trim(), expected, StringComparison.Ordinal);
        else Assert.Equal(expected, seen);
    }
}
