using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests.Bgp;

/// <summary>A node-to-node mesh half of our agents and half of BIRDs that are configured as Calico configures them.</summary>
/// <remarks>
/// node1, node2 (agents) 10.0.0.10, .11 - bridge - 10.0.0.1, .12, .3 bird1, bird2, bird3 (BIRD 2), all of AS 64512. Of two members of Calico the one
/// with the lower address, as a text, is passive: bird1 waits for all others, bird2 dials the agents.
/// </remarks>
[Trait("Category", "Slow")]
public sealed partial class CalicoMeshTests : IAsyncLifetime
{
    private static readonly string[] Birds = ["bird1", "bird2", "bird3"];

    private readonly Dictionary<string, string> _addresses = new()
    {
        ["node1"] = "10.0.0.10",
        ["node2"] = "10.0.0.11",
        ["bird1"] = "10.0.0.1",
        ["bird2"] = "10.0.0.12",
        ["bird3"] = "10.0.0.3",
    };

    private readonly Dictionary<string, string> _blocks = new()
    {
        ["bird1"] = "10.48.201.0/26",
        ["bird2"] = "10.48.202.0/26",
        ["bird3"] = "10.48.203.0/26",
    };

    private readonly Dictionary<string, BirdUnderTest> _birds = [];
    private readonly Dictionary<string, AgentUnderTest> _agents = [];
    private LabNetwork _lab = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync([.. _addresses.Select(member => (member.Key, member.Value))]);
        string[] members = ["node1", "node2", "bird1", "bird2"];
        foreach (var bird in Birds[..2])
        {
            // A workload of its own: its route lies in the block, which stands for it.
            await _lab.IpAsync(bird, $"route add {_blocks[bird].Replace("0/26", "5/32", StringComparison.Ordinal)} dev lo scope link");
            _birds[bird] = new BirdUnderTest(_lab, bird, Configuration(bird, members));
            await _birds[bird].StartAsync();
        }

        foreach (var node in members[..2])
        {
            _agents[node] = new AgentUnderTest(_lab, node, _addresses[node]);
            await _agents[node].StartAsync();
            await _lab.AddNamespaceAsync($"pod-{node}");
            var pod = await _agents[node].AddPodAsync($"pod-{node}", node);
            var routes = await _lab.RoutesWithAsync(node, $"{pod} dev cali", "blackhole ");
            _blocks[node] = Block().Match(routes).Groups[1].Value;
        }

        foreach (var bird in Birds[..2]) await AddNodeAsync(bird);
        await ConvergesAsync(members);
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_graceful_restart_of_any_member_takes_no_route_from_any_kernel()
    {
        string[] members = ["node1", "node2", "bird1", "bird2"];
        var watchers = new List<LabProcess>();
        foreach (var member in members) watchers.Add(await _lab.WatchRoutesAsync(member));

        await _birds["bird2"].StopForRestartAsync();
        await Eventually.BecomesAsync(
            "node1 has lost it", () => _agents["node1"].SessionAsync(_addresses["bird2"]), text => text.Length > 0 && text != "Established");
        await _birds["bird2"].StartAsync("-R");
        await ConvergesAsync(members);

        await _agents["node2"].StopAsync();
        await Eventually.BecomesAsync(
            "bird1 has lost it", () => _birds["bird1"].AskAsync("show protocols Mesh_10_0_0_11"),
            text => !text.Contains("Established", StringComparison.Ordinal));
        await _agents["node2"].StartAsync();
        await ConvergesAsync(members);

        Assert.Equal("", string.Join('\n', watchers.SelectMany(LabNetwork.ChangesSeenBy)));
    }

    [Fact]
    public async Task A_member_that_comes_is_routed_to_by_all_and_one_that_goes_by_none()
    {
        string[] members = ["node1", "node2", "bird1", "bird2", "bird3"];
        _birds["bird3"] = new BirdUnderTest(_lab, "bird3", Configuration("bird3", members));
        await _birds["bird3"].StartAsync();
        foreach (var bird in Birds[..2]) await _birds[bird].ConfigureAsync(Configuration(bird, members));
        await AddNodeAsync("bird3");
        await ConvergesAsync(members);

        foreach (var bird in Birds[..2]) await _birds[bird].ConfigureAsync(Configuration(bird, members[..4]));
        Assert.Equal(0, (await _agents["node1"].CtlAsync("", "delete", "node", "bird3")).ExitCode);
        await ConvergesAsync(members[..4]);
        await Eventually.IsAsync("", () => _agents["node1"].SessionAsync(_addresses["bird3"]));
        Assert.Equal("Established", await _agents["node1"].SessionAsync(_addresses["bird1"]));
    }

    /// <summary>All sessions are up, and the kernel of each member has the block of each other one by its address, and its own as a blackhole.</summary>
    private async Task ConvergesAsync(string[] members)
    {
        foreach (var node in members.Where(_agents.ContainsKey))
            foreach (var other in members.Where(other => other != node)) await _agents[node].EstablishedAsync(_addresses[other]);
        foreach (var bird in members.Where(_birds.ContainsKey))
        {
            await Eventually.BecomesAsync(
                $"{bird} has all its sessions", () => _birds[bird].AskAsync("show protocols"),
                text => text.Split("Established").Length == members.Length);
        }

        foreach (var member in members)
        {
            var expected = members.Select(other => other == member
                ? $"blackhole {_blocks[other]} proto bird"
                : $"{_blocks[other]} via {_addresses[other]} dev eth0 proto bird").Order(StringComparer.Ordinal);
            await Eventually.IsAsync(
                string.Join('\n', expected),
                async () => string.Join('\n', (await _lab.RoutesAsync(member)).Split('\n').Where(line => line.Contains("proto bird", StringComparison.Ordinal))
                    .Select(line => Metric().Replace(line, "")).Order(StringComparer.Ordinal)));
        }
    }

    private Task AddNodeAsync(string bird) => _agents["node1"].ApplyAsync(
        $"apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {{name: {bird}}}\nspec: {{bgp: {{ipv4Address: {_addresses[bird]}/24}}}}\n");

    /// <summary>What Calico writes for a member: its kernel is learned from and written to, its block is a blackhole, and what lies inside stays here.</summary>
    private string Configuration(string bird, string[] members)
    {
        var address = _addresses[bird];
        var peers = string.Concat(members.Where(member => member != bird).Select(member => string.Create(CultureInfo.InvariantCulture, $$"""
            protocol bgp Mesh_{{_addresses[member].Replace('.', '_')}} from bgp_template {
              neighbor {{_addresses[member]}} as 64512;
              source address {{address}};
              {{(string.CompareOrdinal(_addresses[member], address) > 0 ? "passive on;" : "")}}
            }

            """)));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            router id {{address}};
            function calico_aggr()
            {
              if net = {{_blocks[bird]}} then accept;
              if net ~ [ {{_blocks[bird]}}+ ] then reject;
            }
            filter calico_export_to_bgp_peers
            {
              calico_aggr();
              if net ~ [ 10.48.0.0/16+ ] then accept;
              reject;
            }
            filter calico_kernel_programming { if source = RTS_STATIC || source = RTS_BGP then accept; reject; }
            protocol static { ipv4; route {{_blocks[bird]}} blackhole; }
            protocol kernel {
              learn; persist; scan time 2; graceful restart;
              ipv4 { import all; export filter calico_kernel_programming; };
            }
            protocol device { scan time 2; }
            protocol direct { ipv4; interface -"cali*", -"kube-ipvs*", "*"; }
            template bgp bgp_template {
              debug { states };
              description "Connection to BGP peer";
              local as 64512;
              multihop;
              connect delay time 2; connect retry time 5; error wait time 5, 30;
              graceful restart;
              ipv4 { import all; export filter calico_export_to_bgp_peers; add paths on; gateway recursive; next hop self; };
            }
            {{peers}}
            """);
    }

    [GeneratedRegex(@"(?m)^blackhole (\S+) proto bird")]
    private static partial Regex Block();

    [GeneratedRegex(@" metric \d+")]
    private static partial Regex Metric();
}
