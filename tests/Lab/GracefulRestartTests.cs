using Agent.Ipc;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>An agent that stops, dies or drains while a BIRD with graceful restart (RFC 4724) has its routes.</summary>
/// <remarks>node1 (agent, AS 64512) 10.0.0.10 - bridge - 10.0.0.1 tor (BIRD, AS 65001); one pod gives node1 a block to advertise.</remarks>
public sealed class GracefulRestartTests : IAsyncLifetime
{
    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;
    private BirdUnderTest _bird = null!;
    private string _block = "";

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"), ("tor", "10.0.0.1"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        _bird = new BirdUnderTest(_lab, "tor", "10.0.0.1", 65001, "10.0.0.10");
        await _bird.StartAsync();
        await _agent.StartAsync();
        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _lab.AddNamespaceAsync("web");
        await _agent.AddPodAsync("web", "c1");
        await _agent.EstablishedAsync("10.0.0.1");
        var advertised = await Eventually.BecomesAsync("BIRD has the node's block", _bird.RoutesAsync, routes => routes.Length > 0);
        _block = advertised.Split(' ')[0];
        Assert.Equal($"{_block} via 10.0.0.10", advertised);
        await _lab.RoutesWithAsync("node1", "10.10.10.10 via 10.0.0.1", $"blackhole {_block}", " dev cali");
        await _lab.RoutesWithAsync("tor", $"{_block} via 10.0.0.10");
        await Eventually.BecomesAsync("the node has told BIRD all its routes", () => _bird.EndsOfRib, seen => seen > 0);
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task A_restart_takes_no_route_from_anybody(string signal)
    {
        var node = await _lab.WatchRoutesAsync("node1");
        var tor = await _lab.WatchRoutesAsync("tor");
        var nodeBefore = await _lab.RoutesAsync("node1");
        var torBefore = await _lab.RoutesAsync("tor");
        var ends = _bird.EndsOfRib;

        await _agent.Process.EndAsync(signal);
        await Eventually.BecomesAsync(
            "BIRD notices the end", _bird.SessionAsync, session => !session.Contains("Established", StringComparison.Ordinal));
        Assert.Equal(nodeBefore, await _lab.RoutesAsync("node1"));
        Assert.Equal($"{_block} via 10.0.0.10", await _bird.RoutesAsync());
        await _agent.StartAsync();
        await _agent.EstablishedAsync("10.0.0.1");
        await Eventually.BecomesAsync("the node has told BIRD all its routes again", () => _bird.EndsOfRib, seen => seen > ends);

        Assert.Equal($"{_block} via 10.0.0.10", await _bird.RoutesAsync());
        Assert.Empty(_bird.Removals(_block));
        Assert.Equal(nodeBefore, await _lab.RoutesAsync("node1"));
        Assert.Equal(torBefore, await _lab.RoutesAsync("tor"));
        Assert.Empty(LabNetwork.ChangesSeenBy(node));
        Assert.Empty(LabNetwork.ChangesSeenBy(tor));
    }

    [Fact]
    public async Task A_drain_takes_the_node_out_of_traffic_at_once()
    {
        var kernel = await _lab.RoutesAsync("node1");
        var tor = await _lab.WatchRoutesAsync("tor");

        Assert.Equal(new IpcReply.Done(), await _agent.AskAsync(new IpcRequest.Drain()));

        await Eventually.IsAsync("", _bird.RoutesAsync);
        await Eventually.BecomesAsync(
            "BIRD was told why", _bird.SessionAsync,
            session => session.Contains("Received: Administrative shutdown", StringComparison.Ordinal));
        Assert.NotEmpty(_bird.Removals(_block));
        await Eventually.BecomesAsync(
            "the route has left BIRD's kernel", () => string.Join('\n', LabNetwork.ChangesSeenBy(tor)),
            seen => seen.StartsWith($"Deleted {_block} via 10.0.0.10 dev eth0 proto bird", StringComparison.Ordinal));
        Assert.False(_agent.Process.HasEnded);
        Assert.Equal(
            kernel.Split('\n').Where(route => !route.Contains("10.10.10.10", StringComparison.Ordinal)),
            (await _lab.RoutesAsync("node1")).Split('\n').Where(route => !route.Contains("10.10.10.10", StringComparison.Ordinal)));
    }
}
