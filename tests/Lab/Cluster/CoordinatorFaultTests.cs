using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests.Cluster;

/// <summary>Real processes that stop, die and are doubled while they coordinate.</summary>
public sealed class CoordinatorFaultTests
{
    [Fact]
    public async Task A_coordinator_that_is_stopped_and_continued_comes_back_as_another_incarnation_and_decides_nothing_meanwhile()
    {
        await using var lab = await ClusterLab.StartAsync(2);
        var before = await lab.MembersAsync("node1", "node2");
        var owner = await lab.OwnerAsync("owned", seen => seen.Node is { Length: > 0 });
        var (paused, other) = (lab.AgentOf(owner.Node), lab.Agents.Single(agent => agent.Environment["NODENAME"] != owner.Node));

        await lab.PauseAsync(paused);
        var next = await lab.OwnerAsync("elsewhere", seen => seen.Node == other.Environment["NODENAME"] && seen.Epoch > owner.Epoch);
        await lab.AddPodAsync(other, "web1");
        await ClusterLab.ContinueAsync(paused);

        var after = await Eventually.BecomesAsync(
            "it is a member again", () => lab.MembersAsync("node1", "node2"), holders => !holders.Order().SequenceEqual(before.Order()));
        Assert.Single(after.Intersect(before));
        await Eventually.BecomesAsync(
            "it says what has happened", () => paused.Process.Errors,
            log => log.Contains("was taken over; its shards stop, and the node joins anew", StringComparison.Ordinal));
        Assert.Equal(next, await lab.OwnerAsync("as it was", seen => seen.Epoch >= next.Epoch));
        Assert.NotEqual(await lab.AddPodAsync(paused, "web2"), await lab.AddPodAsync(other, "web3"));
    }

    [Fact]
    public async Task The_shards_of_a_killed_coordinator_are_taken_over_and_pods_go_on_being_wired()
    {
        await using var lab = await ClusterLab.StartAsync(3);
        var owner = await lab.OwnerAsync("owned", seen => seen.Node is { Length: > 0 });

        await lab.AgentOf(owner.Node).KillAsync();

        await lab.OwnerAsync("elsewhere", seen => seen.Node is { Length: > 0 } && seen.Node != owner.Node && seen.Epoch > owner.Epoch);
        var alive = lab.Agents.Where(agent => agent.Environment["NODENAME"] != owner.Node).ToList();
        Assert.NotEqual(await lab.AddPodAsync(alive[0], "web1"), await lab.AddPodAsync(alive[1], "web2"));
    }

    [Fact, Trait("Category", "Slow")]
    public async Task A_coordinator_that_is_told_to_stop_has_handed_its_shards_over_when_it_ends()
    {
        // Leases last so long that nothing can have been taken over.
        await using var lab = await ClusterLab.StartAsync(2, timeToLive: 60);
        var owner = await lab.OwnerAsync("owned", seen => seen.Node is { Length: > 0 });
        var (stopping, other) = (lab.AgentOf(owner.Node), lab.Agents.Single(agent => agent.Environment["NODENAME"] != owner.Node));
        await lab.AddPodAsync(stopping, "web1");

        await stopping.StopAsync();

        Assert.NotEqual(owner.Node, (await lab.ReadOwnerAsync()).Node);
        Assert.DoesNotContain(await lab.HoldersAsync(), holder => holder.Contains($"@{owner.Node}:", StringComparison.Ordinal));
        await lab.OwnerAsync("elsewhere", seen => seen.Node == other.Environment["NODENAME"] && seen.Epoch > owner.Epoch);
        await lab.AddPodAsync(other, "web2");
    }

    [Fact, Trait("Category", "Slow")]
    public async Task A_second_agent_under_a_nodes_name_does_not_start()
    {
        await using var lab = await ClusterLab.StartAsync(2);
        var twin = new AgentUnderTest(lab.Network, "node2", "10.0.0.12");
        foreach (var (name, value) in lab.Agents[1].Environment) twin.Environment[name] = value;
        twin.Environment["NODENAME"] = "node1";
        twin.Environment["AGENT_JOURNAL"] = lab.Network.FileOf("twin/journal.db");
        await lab.Agents[1].StopAsync();

        Assert.Equal(
            "another agent runs as node node1, at 10.0.0.11:7946: give one of the two another nodeName (NODENAME), or stop that one",
            await twin.RefusalAsync());
    }

    [Fact]
    public async Task Certificates_of_another_node_end_the_start_with_the_command_that_makes_the_right_ones()
    {
        await using var lab = await ClusterLab.StartAsync(1);
        var agent = lab.Agents[0];
        await agent.StopAsync();
        await lab.CertifyAsync(agent, "node", "node9", "--out", agent.Environment["AGENT_CERTIFICATES"]);

        var refusal = await agent.RefusalAsync();

        Assert.Contains("its certificate [CN=node9] is not that of node1", refusal, StringComparison.Ordinal);
        Assert.EndsWith("make them with 'agentctl cluster certs node node1'", refusal, StringComparison.Ordinal);
    }
}
