using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>Next hops behind routes that an administrator put into the node's kernel, whatever kind they are.</summary>
/// <remarks>node1 (agent) 10.0.0.10 - bridge - 10.0.0.1 rr (BIRD of the same AS), which tells of next hops beyond it.</remarks>
public sealed class NextHopTests
{
    [Fact]
    public async Task A_next_hop_is_where_the_longest_route_of_the_kernel_leads_or_nowhere()
    {
        using var lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"), ("rr", "10.0.0.1"));
        await lab.IpAsync(
            "node1", "route add default via 10.0.0.254", "link add wan type veth peer name wan1", "link set wan up", "link set wan1 up",
            "route add 10.9.0.0/24 dev wan",
            "route add blackhole 10.9.1.0/24", "route add unreachable 10.9.2.0/24", "route add prohibit 10.9.3.0/24",
            "route add 10.9.4.0/24 nexthop via 10.0.0.2 nexthop via 10.0.0.3");
        var agent = new AgentUnderTest(lab, "node1", "10.0.0.10");
        var bird = new BirdUnderTest(lab, "rr", """
            router id 10.0.0.1;
            protocol device {}
            protocol static { ipv4;
              route 10.20.0.0/24 blackhole; route 10.20.1.0/24 blackhole; route 10.20.2.0/24 blackhole; route 10.20.3.0/24 blackhole;
              route 10.20.4.0/24 blackhole; route 10.20.5.0/24 blackhole; }
            filter far {
              if net = 10.20.0.0/24 then bgp_next_hop = 10.9.0.7;
              if net = 10.20.1.0/24 then bgp_next_hop = 10.9.1.7;
              if net = 10.20.2.0/24 then bgp_next_hop = 10.9.2.7;
              if net = 10.20.3.0/24 then bgp_next_hop = 10.9.3.7;
              if net = 10.20.4.0/24 then bgp_next_hop = 10.9.4.7;
              if net = 10.20.5.0/24 then bgp_next_hop = 10.9.5.7;
              accept;
            }
            protocol bgp node { local 10.0.0.1 as 64512; neighbor 10.0.0.10 as 64512; ipv4 { import all; export filter far; }; }
            """);
        await bird.StartAsync();
        await agent.StartAsync();
        await agent.ApplyPeerAsync("10.0.0.1", 64512);

        await RoutesAsync(
            lab, "10.20.0.0/24 via 10.9.0.7 dev wan", "unreachable 10.20.1.0/24", "unreachable 10.20.2.0/24", "unreachable 10.20.3.0/24",
            "10.20.4.0/24 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth0 weight 1", "10.20.5.0/24 via 10.0.0.254 dev eth0");

        await lab.IpAsync("node1", "route del 10.9.0.0/24", "route del blackhole 10.9.1.0/24", "route replace 10.9.4.0/24 via 10.0.0.3");

        await RoutesAsync(
            lab, "10.20.0.0/24 via 10.0.0.254 dev eth0", "10.20.1.0/24 via 10.0.0.254 dev eth0", "unreachable 10.20.2.0/24",
            "unreachable 10.20.3.0/24", "10.20.4.0/24 via 10.0.0.3 dev eth0", "10.20.5.0/24 via 10.0.0.254 dev eth0");
    }

    private static Task RoutesAsync(LabNetwork lab, params string[] expected) => Eventually.BecomesAsync(
        string.Join(", ", expected), async () => await lab.ReadAsync("node1", "ip", "route", "show", "proto", "bird"),
        routes => Order(expected) == Order(routes.Split('\n').Select(Words).Aggregate(new List<string>(), Joined)));

    private static string Words(string line) => string.Join(' ', line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Lines of a route that go on with its next hops belong to it.</summary>
    private static List<string> Joined(List<string> lines, string line)
    {
        if (line.StartsWith("nexthop ", StringComparison.Ordinal)) lines[^1] += " " + line;
        else if (line.Length > 0) lines.Add(line);
        return lines;
    }

    private static string Order(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));
}
