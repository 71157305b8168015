using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>A pod that peers with its own node: BIRD in a pod's namespace, wired by the real CNI plugin.</summary>
[Trait("Category", "Slow")]
public sealed class LocalWorkloadTests : IAsyncLifetime
{
    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        // The kernel answers a pod's ARP for its gateway 169.254.1.1 only if the node itself has a route there.
        await _lab.IpAsync("node1", "route add default via 10.0.0.1 dev eth0");
        await _agent.StartAsync();
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_selected_pod_dials_its_node_and_what_it_announces_is_routed_to_it()
    {
        await _lab.AddNamespaceAsync("web");
        await _agent.ApplyAsync("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {app: anchor}}\nspec: {nodeName: node1}\n");
        var address = await _agent.AddPodAsync("web", "c1");
        await _agent.ApplyAsync("apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\nspec: {localWorkloadPeeringIPV4: 169.254.200.1}\n");
        await _agent.ApplyAsync(
            "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: anchors}\nspec: {localWorkloadSelector: app == 'anchor', asNumber: 65010, localASNumber: 65020}\n");
        await Eventually.BecomesAsync(
            "the host end has the address to peer with", () => _lab.ReadAsync("node1", "ip", "-4", "-o", "addr"),
            text => text.Contains("inet 169.254.200.1/32 scope link cali", StringComparison.Ordinal));

        var bird = new BirdUnderTest(_lab, "web", $$"""
            router id {{address}};
            protocol device { scan time 1; }
            protocol static static1 { ipv4; route 10.10.10.10/32 blackhole; }
            protocol bgp node {
              local {{address}} as 65010; neighbor 169.254.200.1 as 65020; multihop;
              connect delay time 1; connect retry time 1; error wait time 1, 2;
              ipv4 { import all; export where source = RTS_STATIC; };
            }
            """);
        await bird.StartAsync();

        await Eventually.BecomesAsync("BIRD is established", bird.SessionAsync, session => session.Contains("Established", StringComparison.Ordinal));
        await Eventually.BecomesAsync(
            "the node has the pod's route", () => _lab.RoutesAsync("node1"),
            routes => System.Text.RegularExpressions.Regex.IsMatch(routes, $@"(?m)^10\.10\.10\.10 via {address} dev cali\w+ proto bird"));
        Assert.DoesNotContain("65010", (await _agent.CtlAsync("", "node", "status")).Output, StringComparison.Ordinal);
        Assert.Contains("No IPv4 peers found.", (await _agent.CtlAsync("", "node", "status")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await _agent.CtlAsync("", "delete", "bgppeer", "anchors")).ExitCode);
        await Eventually.BecomesAsync(
            "the address is gone", () => _lab.ReadAsync("node1", "ip", "-4", "-o", "addr"),
            text => !text.Contains("169.254.200.1", StringComparison.Ordinal));
        await Eventually.BecomesAsync(
            "the route is gone", () => _lab.RoutesAsync("node1"), routes => !routes.Contains("10.10.10.10", StringComparison.Ordinal));
    }
}
