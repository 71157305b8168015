using Agent.Bgp;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Several paths of one prefix, really sent and really received (RFC 7911): two ExaBGPs of two ASes announce it.</summary>
[Trait("Category", "Slow")]
public sealed class AddPathTests
{
    private const string Shared = "10.20.0.0/24";

    public static TheoryData<string> Brands() => new(Brand.Names);

    [Theory]
    [MemberData(nameof(Brands))]
    public async Task A_peer_hears_every_path_that_we_have_and_of_each_that_it_is_gone(string brand)
    {
        var options = new BrandOptions { Asn = 64512, AddPath = true };
        using var lab = await StarLab.CreateAsync((brand, options), Source(11, 10), Source(12, 10));
        lab.Node.Peer([.. lab.Routers.Select(router => router.Options.Spec())]);
        await lab.StartAsync();
        await lab.EstablishedAsync();

        await lab.Routers[0].HasAsync($"{Shared} via 10.0.0.11", $"{Shared} via 10.0.0.12");
        await Eventually.IsAsync(
            "65111 via 10.0.0.11, 65112 via 10.0.0.12",
            async () => string.Join(
                ", ", (await lab.Routers[0].PathsAsync(Shared)).Select(path => $"{path.AsPath} via {path.NextHop}").Order(StringComparer.Ordinal)));
        Assert.Equal(2, (await lab.Node.AdvertisedAsync("to-1")).Select(route => route.PathId).Distinct().Count());

        await lab.Routers[1].WithdrawAsync(Shared);
        await lab.Routers[0].HasAsync($"{Shared} via 10.0.0.12");
        await lab.Routers[2].KillAsync();
        await lab.Routers[0].HasAsync();
    }

    /// <remarks>ExaBGP passes nothing on: it makes both paths itself.</remarks>
    [Theory]
    [MemberData(nameof(Brands))]
    public async Task We_take_every_path_of_a_peer_and_of_each_that_it_is_gone(string brand)
    {
        var options = new BrandOptions { Asn = 64512, AddPath = true, Sources = brand == "exabgp" ? [] : [11, 12] };
        using var lab = await StarLab.CreateAsync((brand, options), Source(11, 1), Source(12, 1));
        lab.Node.Peer(options.Spec());
        await lab.StartAsync();
        await lab.EstablishedAsync();
        if (lab.Routers[0] is ExaBgp exabgp)
            foreach (var (host, asn) in new[] { (11, 65111), (12, 65112) })
                await exabgp.CommandAsync($"announce route {Shared} next-hop 10.0.0.{host} path-information 0.0.0.{host} as-path [ {asn} ]");

        await lab.NodeHasAsync($"{Shared} via 10.0.0.11 from to-1", $"{Shared} via 10.0.0.12 from to-1");
        var paths = (await lab.Node.ViewsAsync()).Single(route => route.Prefix == IpPrefix.Parse(Shared)).Paths;
        Assert.Equal(["65111", "65112"], paths.Select(path => path.Attributes!.AsPath.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(2, paths.Select(path => path.PathId).Distinct().Count());

        if (lab.Routers[0] is ExaBgp announcer) await announcer.CommandAsync($"withdraw route {Shared} next-hop 10.0.0.11 path-information 0.0.0.11 as-path [ 65111 ]");
        else await lab.Routers[1].WithdrawAsync(Shared);
        await lab.NodeHasAsync($"{Shared} via 10.0.0.12 from to-1");
    }

    /// <summary>A capability that lets only one side tell several paths.</summary>
    [Theory]
    [InlineData(AddPathMode.Send)]
    [InlineData(AddPathMode.Receive)]
    public async Task One_direction_alone_is_agreed_on(AddPathMode mode)
    {
        var options = new BrandOptions { Asn = 64512, AddPath = true, Routes = ["10.10.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync(
            "bird", options, settings => settings with { Offer = settings.Offer with { AddPath = mode } });
        lab.Node.Announce("10.48.0.0/26");

        var terms = (await lab.Node.DescribeAsync(lab.Session)).Terms!;
        Assert.Equal(mode == AddPathMode.Send, terms.AddPathSend.Contains(IpFamily.V4));
        Assert.Equal(mode == AddPathMode.Receive, terms.AddPathReceive.Contains(IpFamily.V4));
        await lab.Brand.HasAsync("10.48.0.0/26 via 10.0.0.10");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
    }

    /// <summary>An ExaBGP that announces the prefix to the router or to our node.</summary>
    private static (string Brand, BrandOptions Options) Source(int host, int to) => ("exabgp", new BrandOptions
    {
        Host = host,
        Asn = BrandOptions.SourceAsn(host),
        NodeHost = to,
        Routes = [Shared],
    });
}
