using Agent.Bgp;
using Agent.Conformance.Tests.Support.Brands;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Our node is the route reflector of a client of each brand (RFC 4456).</summary>
public sealed class ReflectorTests
{
    private const uint Cluster = 0x01010101;

    [Fact]
    public async Task Each_brand_hears_of_all_others_who_announced_it_and_by_which_cluster()
    {
        var clients = Brand.Names.Select((brand, index) =>
        {
            var host = index + 1;
            return (brand, new BrandOptions { Host = host, Asn = 64512, Routes = [$"10.10.{host}.0/24", $"10.11.{host}.0/24"] });
        }).ToArray();
        using var lab = await StarLab.CreateAsync(clients);
        lab.Node.Peer([.. lab.Routers.Select(router => router.Options.Spec(policy: new PeerPolicy { ClientClusterId = Cluster }))]);
        await lab.StartAsync();
        await lab.EstablishedAsync();

        string[] Announced(int host, params string[] networks) => [.. networks.Select(network => $"{network}.{host}.0/24 via 10.0.0.{host}")];
        string[] Others(Brand than, params string[] networks) =>
            [.. lab.Routers.Where(other => other != than).SelectMany(other => Announced(other.Options.Host, networks))];
        foreach (var router in lab.Routers) await router.HasAsync(Others(router, "10.10", "10.11"));
        foreach (var router in lab.Routers)
        {
            foreach (var other in lab.Routers.Where(other => other != router))
            {
                await router.HasAsync(
                    other.Options.Routes[0], new BrandRoute { NextHop = other.Options.V4, Originator = other.Options.V4, Clusters = "1.1.1.1" });
            }
        }

        foreach (var router in lab.Routers) await router.WithdrawAsync(router.Options.Routes[1]);
        foreach (var router in lab.Routers) await router.HasAsync(Others(router, "10.10"));

        var killed = lab.Routers[2];
        await killed.KillAsync();
        foreach (var router in lab.Routers.Where(router => router != killed))
            await router.HasAsync([.. Others(router, "10.10").Except(Announced(killed.Options.Host, "10.10"))]);

        var back = await lab.ReplaceAsync(2, "gobgp", killed.Options);
        await lab.EstablishedAsync();
        await back.HasAsync(Others(back, "10.10"));
        foreach (var router in lab.Routers.Where(router => router != back))
            await router.HasAsync([.. Others(router, "10.10"), .. Announced(back.Options.Host, "10.11")]);
    }
}
