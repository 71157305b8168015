using Agent.Conformance.Tests.Support;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Our node (AS 64512, 10.0.0.10, fd00::10) and several routers on a bridge, each on a machine of its own: 10.0.0.HOST, fd00::HOST.</summary>
internal sealed class StarLab : IDisposable
{
    private readonly Brand[] _routers;

    private StarLab(LabNetwork network, IEnumerable<Brand> routers) =>
        (Network, _routers, Node) = (network, [.. routers], new Speaker(network, "node"));

    public LabNetwork Network { get; }

    public Speaker Node { get; }

    /// <summary>The routers, in the order given.</summary>
    public IReadOnlyList<Brand> Routers => _routers;

    /// <summary>A lab in which nothing but the node runs.</summary>
    public static async Task<StarLab> CreateAsync(params (string Brand, BrandOptions Options)[] routers)
    {
        var network = await LabNetwork.CreateAsync(
            [("node", "10.0.0.10"), .. routers.Select(router => (NameOf(router.Options), router.Options.V4))]);
        try
        {
            await PairLab.AddV6Async(network, "node", 10);
            foreach (var (_, options) in routers) await PairLab.AddV6Async(network, NameOf(options), options.Host);
            return new StarLab(network, routers.Select(router => Brand.Of(router.Brand, network, NameOf(router.Options), router.Options)));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Starts all routers.</summary>
    public Task StartAsync() => Task.WhenAll(_routers.Select(router => router.StartAsync()));

    /// <summary>Both ends of every session with the node say that it is established.</summary>
    public async Task EstablishedAsync()
    {
        foreach (var router in _routers.Where(router => router.Options.NodeHost == 10))
        {
            await Node.EstablishedAsync(router.Options.Session);
            await router.EstablishedAsync();
        }
    }

    /// <summary>Another router of a brand on the machine of one that has ended.</summary>
    public async Task<Brand> ReplaceAsync(int at, string brand, BrandOptions options)
    {
        _routers[at] = Brand.Of(brand, Network, NameOf(options), options);
        await _routers[at].StartAsync();
        return _routers[at];
    }

    /// <summary>Waits until the node has exactly these routes: <c>PREFIX via NEXTHOP from SESSION</c>, with <c> stale</c> behind stale ones.</summary>
    public Task NodeHasAsync(params string[] routes) => Eventually.IsAsync(
        string.Join('\n', routes.Order(StringComparer.Ordinal)),
        async () => string.Join('\n', (await Node.RoutesAsync()).Order(StringComparer.Ordinal)));

    public void Dispose()
    {
        Node.Dispose();
        Network.Dispose();
    }

    private static string NameOf(BrandOptions options) => $"r{options.Host}";
}
