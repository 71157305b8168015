using System.Text.Json;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>A dual-stack cluster, and a node of IPv6 alone, with real kernels, the real CNI plugin and BIRD over IPv6.</summary>
/// <remarks>
/// node1, node2 (agents, AS 64512) 10.0.0.10, .11 and fd00:10::10, ::11 - bridge - fd00:10::1, ::2 tor1, tor2 (BIRD, AS 65001, which announce
/// one prefix both).
/// </remarks>
public sealed class IPv6Tests : IAsyncLifetime
{
    private const string BothFamilies = """
        , "assign_ipv4": "true", "assign_ipv6": "true"
        """;

    private LabNetwork _lab = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"), ("node2", "10.0.0.11"), ("tor1", "10.0.0.1"), ("tor2", "10.0.0.2"));
        foreach (var (machine, host) in new[] { ("node1", "10"), ("node2", "11"), ("tor1", "1"), ("tor2", "2") })
            await _lab.IpAsync(machine, $"address add fd00:10::{host}/64 dev eth0 nodad");
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Dual_stack_pods_reach_each_other_over_the_mesh_and_are_taken_away_again()
    {
        // The kernel answers a pod's ARP for its gateway 169.254.1.1 only if the node itself has a route there.
        foreach (var node in new[] { "node1", "node2" }) await _lab.IpAsync(node, "route add default via 10.0.0.1 dev eth0");
        var (one, two) = (DualStack("node1", "10"), DualStack("node2", "11"));
        await one.StartAsync();
        await two.StartAsync();

        var web = await AddAsync(one, "web");
        var db = await AddAsync(two, "db");

        var status = await Eventually.BecomesAsync(
            "both sessions are established", () => one.CtlAsync("", "node", "status"),
            ended => ended.Output.Split("Established").Length == 3);
        Assert.Matches(
            @"IPv6 BGP status\n[^|]*\| PEER ADDRESS [^\n]*\n[^\n]*\n\| fd00:10::11 +\| node-to-node mesh \| up +\|", status.Output);
        var routes = await Eventually.BecomesAsync(
            "node1 has its own block and node2's", () => _lab.Routes6Async("node1"),
            text => text.Contains(" via fd00:10::11 dev eth0 proto bird metric 1024", StringComparison.Ordinal)
                && text.Contains("blackhole fd00:48::", StringComparison.Ordinal));
        Assert.Matches($@"(?m)^{web.IPv6} dev cali\w+ metric 1024( pref medium)?$", routes);
        Assert.Matches(@"(?m)^blackhole fd00:48::[0-9a-f:]*/122 dev lo proto bird metric 1024( pref medium)?$", routes);
        await _lab.PingAsync("web", db.IPv6);
        await _lab.PingAsync("web", db.IPv4);
        Assert.Equal(
            $"{web.IPv4}/32,{web.IPv6}/128\n",
            await one.DatastoreAsync("""SELECT annotations ->> '$."cni.projectcalico.org/podIPs"' FROM resource WHERE kind = 'Pod' AND name = 'web'"""));

        await one.DeletePodAsync("web", "web", BothFamilies);
        Assert.DoesNotContain($"{web.IPv6} dev", await _lab.Routes6Async("node1"), StringComparison.Ordinal);
        Assert.Equal(
            "0\n", await one.JournalAsync(
                "SELECT sum(CASE manifest WHEN 'address-assigned' THEN 1 WHEN 'address-released' THEN -1 ELSE 0 END) FROM journal"));
    }

    [Fact]
    public async Task A_node_of_IPv6_alone_shares_traffic_among_two_routers_and_loses_one_of_them()
    {
        var agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        agent.Environment["IP"] = "none";
        agent.Environment["IP6"] = "autodetect";
        agent.Environment["CALICO_ROUTER_ID"] = "hash";
        agent.Environment["CALICO_IPV4POOL_CIDR"] = "none";
        agent.Environment["CALICO_IPV6POOL_CIDR"] = "fd00:48::/64";
        var (tor1, tor2) = (Bird("tor1", "1"), Bird("tor2", "2"));
        await tor1.StartAsync();
        await tor2.StartAsync();
        await agent.StartAsync();
        await agent.ApplyAsync(Peer("tor1", "fd00:10::1") + "---\n" + Peer("tor2", "fd00:10::2"));

        await Eventually.BecomesAsync(
            "the route has two next hops", () => _lab.Routes6Async("node1"),
            text => text.Contains("fd00:99::/64 proto bird metric 1024", StringComparison.Ordinal)
                && text.Contains("nexthop via fd00:10::1 dev eth0 weight 1", StringComparison.Ordinal)
                && text.Contains("nexthop via fd00:10::2 dev eth0 weight 1", StringComparison.Ordinal));
        await _lab.AddNamespaceAsync("web");
        var added = await agent.AddAsync("web", "web", """
            , "assign_ipv4": "false", "assign_ipv6": "true"
            """);
        Assert.StartsWith("fd00:48:", AgentUnderTest.AddressIn(added), StringComparison.Ordinal);
        await Eventually.BecomesAsync(
            "BIRD has the node's block from the node's address", tor1.RoutesAsync,
            routes => routes.StartsWith("fd00:48:", StringComparison.Ordinal) && routes.EndsWith("/122 via fd00:10::10", StringComparison.Ordinal));
        Assert.Equal("1\n", await _lab.ReadAsync("node1", "cat", "/proc/sys/net/ipv6/conf/all/forwarding"));

        await agent.ApplyAsync("""
            apiVersion: projectcalico.org/v3
            kind: BGPPeer
            metadata: {name: tor2}
            spec: {peerIP: 'fd00:10::2', asNumber: 65002}
            """);
        await Eventually.BecomesAsync(
            "the route has one next hop", () => _lab.Routes6Async("node1"),
            text => text.Contains("fd00:99::/64 via fd00:10::1 dev eth0 proto bird metric 1024", StringComparison.Ordinal));
    }

    private static string Peer(string name, string address) => $$"""
        apiVersion: projectcalico.org/v3
        kind: BGPPeer
        metadata: {name: {{name}}}
        spec: {peerIP: '{{address}}', asNumber: 65001}

        """;

    private AgentUnderTest DualStack(string machine, string host)
    {
        var agent = new AgentUnderTest(_lab, machine, $"10.0.0.{host}");
        agent.Environment["IP6"] = $"fd00:10::{host}";
        agent.Environment["CALICO_IPV6POOL_CIDR"] = "fd00:48::/64";
        return agent;
    }

    private BirdUnderTest Bird(string machine, string host) => new(_lab, machine, $$"""
        router id 10.0.0.{{host}};
        protocol device { scan time 1; }
        protocol static static1 { ipv6; route fd00:99::/64 blackhole; }
        protocol bgp node {
          local fd00:10::{{host}} as 65001; neighbor fd00:10::10 as 64512;
          connect delay time 1; connect retry time 1; error wait time 1, 2;
          graceful restart on;
          ipv6 { import all; export where source = RTS_STATIC; };
        }
        """);

    private async Task<(string IPv4, string IPv6)> AddAsync(AgentUnderTest agent, string pod)
    {
        await _lab.AddNamespaceAsync(pod);
        await agent.ApplyAsync($"apiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}, namespace: default}}\nspec: {{}}\n");
        var added = await agent.AddAsync(pod, pod, BothFamilies);
        var addresses = JsonDocument.Parse(added.Output).RootElement.GetProperty("ips").EnumerateArray()
            .Select(ip => ip.GetProperty("address").GetString()!.Split('/')[0]).ToArray();
        Assert.Equal(2, addresses.Length);
        return (addresses[0], addresses[1]);
    }
}
