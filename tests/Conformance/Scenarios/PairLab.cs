using Agent.Conformance.Tests.Support;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Our node (AS 64512, 10.0.0.10, fd00::10) and one router of a brand (10.0.0.1, fd00::1) on a bridge.</summary>
internal sealed class PairLab : IDisposable
{
    private PairLab(LabNetwork network, Brand brand) => (Network, Brand, Node) = (network, brand, new Speaker(network, "node"));

    public LabNetwork Network { get; }

    public Brand Brand { get; set; }

    public Speaker Node { get; set; }

    /// <summary>The name of the session on the node.</summary>
    public string Session => Brand.Options.Session;

    /// <summary>A lab in which nothing but the node runs.</summary>
    public static async Task<PairLab> CreateAsync(string brand, BrandOptions options)
    {
        var network = await LabNetwork.CreateAsync(("node", "10.0.0.10"), ("router", options.V4));
        try
        {
            await AddV6Async(network, "node", 10);
            await AddV6Async(network, "router", options.Host);
            return new PairLab(network, Brand.Of(brand, network, "router", options));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>A lab with the session established.</summary>
    public static async Task<PairLab> EstablishedAsync(
        string brand, BrandOptions options, Func<Agent.Bgp.SessionSettings, Agent.Bgp.SessionSettings>? change = null)
    {
        var lab = await CreateAsync(brand, options);
        try
        {
            lab.Node.Peer(options.Spec(change));
            await lab.Brand.StartAsync();
            await lab.EstablishedAsync();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>Gives a machine its IPv6 address.</summary>
    public static Task AddV6Async(LabNetwork network, string machine, int host) =>
        network.IpAsync(machine, $"address add fd00::{host}/64 dev eth0 nodad");

    /// <summary>Both ends say that the session is established.</summary>
    public async Task EstablishedAsync()
    {
        await Node.EstablishedAsync(Session);
        await Brand.EstablishedAsync();
    }

    /// <summary>Waits until the node has exactly these routes: <c>PREFIX via NEXTHOP</c>, with <c> stale</c> behind stale ones.</summary>
    public Task NodeHasAsync(params string[] routes) => Eventually.IsAsync(
        string.Join('\n', routes.Order(StringComparer.Ordinal)),
        async () => string.Join('\n', (await Node.RoutesAsync()).Select(route => route.Replace($" from {Session}", "", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)));

    public void Dispose()
    {
        Node.Dispose();
        Network.Dispose();
    }
}
