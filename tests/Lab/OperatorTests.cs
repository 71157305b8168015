using System.Text.Json;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>What an operator sees of a running agent with a real BIRD as its peer.</summary>
/// <remarks>node1 (agent, AS 64512) 10.0.0.10 - bridge - 10.0.0.1 tor (BIRD, AS 65001).</remarks>
public sealed class OperatorTests : IAsyncLifetime
{
    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;
    private BirdUnderTest _bird = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"), ("tor", "10.0.0.1"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        _bird = new BirdUnderTest(_lab, "tor", "10.0.0.1", 65001, "10.0.0.10");
        await _bird.StartAsync();
        await _agent.StartAsync();
        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _agent.EstablishedAsync("10.0.0.1");
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Every_actor_of_the_agent_answers_Describe()
    {
        var tree = await JsonAsync("actor", "hierarchy");
        var actors = tree.GetProperty("rows").EnumerateArray().ToArray();
        Assert.True(actors.Length > 12, tree.ToString());

        foreach (var actor in actors)
        {
            var described = await _agent.CtlAsync("", "actor", "describe", actor.GetProperty("path").GetString()!, "-o", "json");

            // The runtime's own actors keep nothing of the agent's, and say so.
            if (described.ExitCode == 0) Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(described.Output).RootElement.ValueKind);
            else Assert.Contains("belongs to the actor runtime", described.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_tables_the_reasons_and_the_verbs_of_bgp_are_those_of_the_session()
    {
        await Eventually.BecomesAsync(
            "BIRD's route is the best one", () => _agent.CtlAsync("", "bgp", "routes", "10.10.10.10/32"),
            ended => ended.Output.Contains("*>   10.10.10.10/32   10.0.0.1   Global_10_0_0_1", StringComparison.Ordinal));
        var explained = await Eventually.BecomesAsync(
            "the kernel has it", () => JsonAsync("bgp", "explain", "10.10.10.10"), answer => answer.GetProperty("kernel").GetString() == "programmed");
        Assert.Equal("SplitHorizon", explained.GetProperty("exports")[0].GetProperty("verdict").GetString());
        var received = await JsonAsync("bgp", "received", "10.0.0.1", "10.10.10.10/32");
        Assert.Equal("65001", received[0].GetProperty("paths")[0].GetProperty("attributes").GetProperty("asPath").GetString());

        await _lab.AddNamespaceAsync("web");
        var pod = await _agent.AddPodAsync("web", "c1");
        var told = await Eventually.BecomesAsync(
            "BIRD is told the node's block", () => JsonAsync("bgp", "advertised", "Global_10_0_0_1"), routes => routes.GetArrayLength() == 1);
        Assert.StartsWith(pod[..pod.LastIndexOf('.')], told[0].GetProperty("prefix").GetString(), StringComparison.Ordinal);

        Assert.Equal(0, (await _agent.CtlAsync("", "bgp", "refresh", "10.0.0.1")).ExitCode);
        await CountsAsync("routeRefreshesOut", 1);
        Assert.Equal("Global_10_0_0_1 reset\n", (await _agent.CtlAsync("", "bgp", "clear", "all")).Output);
        await CountsAsync("established", 2);
        Assert.Contains("Administrative", await _bird.SessionAsync() + await LostAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(
            "no peer named 'nobody': 'agentctl bgp peers' lists them\n", (await _agent.CtlAsync("", "bgp", "neighbor", "nobody")).Errors);
    }

    [Fact]
    public async Task A_session_is_recorded_to_a_file_that_replays_to_the_same_steps()
    {
        var begun = await JsonAsync("bgp", "record", "10.0.0.1", "on");
        var path = begun.GetProperty("path").GetString()!;
        await Eventually.BecomesAsync(
            "the recorded session is up", () => File.ReadAllTextAsync(path),
            text => text.Contains("announce 10.10.10.10/32 ", StringComparison.Ordinal));
        Assert.Equal(path, (await JsonAsync("bgp", "neighbor", "10.0.0.1")).GetProperty("peers")[0].GetProperty("recording").GetString());

        Assert.Equal(path, (await JsonAsync("bgp", "record", "10.0.0.1", "off")).GetProperty("path").GetString());

        var replayed = await Eventually.BecomesAsync(
            "the whole file is written", () => _agent.CtlAsync("", "bgp", "replay", path), ended => ended.ExitCode == 0);
        Assert.EndsWith(" steps, each as recorded; at the end the RIB knows 1 prefixes.\n", replayed.Output, StringComparison.Ordinal);
        Assert.Equal(
            "the session Global_10_0_0_1 is not being recorded\n", (await _agent.CtlAsync("", "bgp", "record", "10.0.0.1", "off")).Errors);
    }

    [Fact]
    public async Task What_is_on_disk_is_sound_while_the_agent_runs_and_after_it_was_killed()
    {
        await _lab.AddNamespaceAsync("web");
        await _agent.AddPodAsync("web", "c1");
        await Eventually.BecomesAsync(
            "nothing to complain about", () => VerifyAsync(), ended => ended.Output == "Nothing to complain about.\n");

        await _agent.KillAsync();

        Assert.Equal("Nothing to complain about.\n", (await VerifyAsync()).Output);
    }

    private Task<Ended> VerifyAsync() => _agent.CtlAsync("", "state", "verify", "--journal", _agent.Journal);

    private Task CountsAsync(string counter, long least) => Eventually.BecomesAsync(
        $"{counter} is {least}", () => JsonAsync("bgp", "neighbor", "10.0.0.1"),
        peers => peers.GetProperty("peers")[0].GetProperty("counters").GetProperty(counter).GetInt64() >= least);

    private async Task<string> LostAsync() => (await JsonAsync("bgp", "neighbor", "10.0.0.1")).ToString();

    private async Task<JsonElement> JsonAsync(params string[] words)
    {
        var ended = await _agent.CtlAsync("", [.. words, "-o", "json"]);
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
        return JsonDocument.Parse(ended.Output).RootElement;
    }
}
