using Agent.Actors.Tests.Support;
using Agent.Bgp.Wire;
using Agent.Conformance.Tests.Support;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>Our node (AS 64512, 10.0.0.10), one router that says what the test has it say (10.0.0.1, same AS), and another that is well (10.0.0.2, AS 65002).</summary>
internal sealed class RawLab : IDisposable
{
    /// <summary>A route of the other router, which nothing is to touch.</summary>
    public const string Bystander = "10.4.0.0/24 via 10.0.0.9 from to-2";

    private RawLab(LabNetwork network) => (Network, Node) = (network, new Speaker(network, "node"));

    public LabNetwork Network { get; }

    public Speaker Node { get; }

    /// <summary>The router that says what it is told to.</summary>
    public LoopbackPeer.Conversation Router { get; private set; } = null!;

    /// <summary>The other one.</summary>
    public LoopbackPeer.Conversation Other { get; private set; } = null!;

    public static async Task<RawLab> EstablishedAsync()
    {
        var lab = new RawLab(await LabNetwork.CreateAsync(("node", "10.0.0.10"), ("r1", "10.0.0.1"), ("r2", "10.0.0.2")));
        try
        {
            lab.Node.Peer(RawPeer.Spec(1, 64512, settings => settings with { Families = [IpFamily.V4, IpFamily.V6] }), RawPeer.Spec(2, 65002));
            await lab.ConnectAsync();
            (_, lab.Other) = await RawPeer.EstablishAsync(
                lab.Network, "r2", 2, 65002, new Capability.MultiProtocol(IpFamily.V4), new Capability.FourOctetAs(65002));
            await lab.Other.SendBytesAsync(RawPeer.Update("", "400101 00" + "400206 0201 0000fdea" + "400304 0a000009", "18 0a0400"));
            await lab.NodeHasAsync();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>The router's session, new.</summary>
    public async Task ConnectAsync()
    {
        (_, Router) = await RawPeer.EstablishAsync(
            Network, "r1", 1, 64512, new Capability.MultiProtocol(IpFamily.V4), new Capability.MultiProtocol(IpFamily.V6),
            new Capability.FourOctetAs(64512), new Capability.RouteRefresh(), new Capability.EnhancedRouteRefresh());
        await Node.EstablishedAsync("to-1");
    }

    /// <summary>Waits until the node has exactly these prefixes from the router, and the other router's.</summary>
    public Task NodeHasAsync(params string[] prefixes)
    {
        string[] expected = [.. prefixes.Select(prefix => $"{prefix} via 10.0.0.9 from to-1"), Bystander];
        return Eventually.IsAsync(
            string.Join('\n', expected.Order(StringComparer.Ordinal)),
            async () => string.Join('\n', (await Node.RoutesAsync()).Order(StringComparer.Ordinal)));
    }

    public void Dispose()
    {
        Router?.Dispose();
        Other?.Dispose();
        Node.Dispose();
        Network.Dispose();
    }
}
