using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>Sessions with a real BIRD: a wrong AS, a peer that is restarted, and what tshark says of the bytes.</summary>
/// <remarks>node1 (agent, AS 64512) 10.0.0.10 - bridge - 10.0.0.1 tor (BIRD, AS 65001).</remarks>
public sealed class BirdPeerTests : IAsyncLifetime
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
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_peer_with_another_AS_stays_down_until_the_resource_is_right()
    {
        await _agent.ApplyPeerAsync("10.0.0.1", 65009);

        await Eventually.IsAsync("Idle BGP Error: Bad peer AS", () => _agent.SessionAsync("10.0.0.1"));
        var status = await Eventually.BecomesAsync(
            "node status shows why the session is down", () => _agent.CtlAsync("", "node", "status"),
            ended => ended.Output.Contains("Idle BGP Error: Bad peer AS", StringComparison.Ordinal));
        Assert.Matches(
            @"\n\| 10\.0\.0\.1 +\| global +\| start +\| \d\d:\d\d:\d\d \| Idle BGP Error: Bad peer AS \|\n", status.Output);
        await Eventually.BecomesAsync(
            "BIRD was told why", _bird.SessionAsync, session => session.Contains("Received: Bad peer AS", StringComparison.Ordinal));
        Assert.Equal("", await _bird.RoutesAsync());
        Assert.DoesNotContain("proto bird", await _lab.RoutesAsync("node1"), StringComparison.Ordinal);

        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _agent.EstablishedAsync("10.0.0.1");
    }

    [Fact]
    public async Task A_peer_that_is_killed_and_started_again_has_its_session_and_its_routes_back()
    {
        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _lab.AddNamespaceAsync("web");
        await _agent.AddPodAsync("web", "c1");
        await _agent.EstablishedAsync("10.0.0.1");
        var advertised = await Eventually.BecomesAsync("BIRD has the node's block", _bird.RoutesAsync, routes => routes.Length > 0);
        var routes = await _lab.RoutesWithAsync("node1", "10.10.10.10 via 10.0.0.1 dev eth0 proto bird", $"blackhole {advertised.Split(' ')[0]}");

        await _bird.KillAsync();
        await Eventually.BecomesAsync(
            "the agent sees that BIRD is gone", () => _agent.SessionAsync("10.0.0.1"), text => !text.StartsWith("Established", StringComparison.Ordinal));
        Assert.Equal(routes, await _lab.RoutesAsync("node1"));
        await _bird.StartAsync();

        await _agent.EstablishedAsync("10.0.0.1");
        await Eventually.IsAsync(advertised, _bird.RoutesAsync);
        await Eventually.IsAsync(routes, () => _lab.RoutesAsync("node1"));
    }

    [Fact]
    public async Task Operators_read_each_others_reasons()
    {
        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _agent.EstablishedAsync("10.0.0.1");

        // A disabled BIRD would refuse the next dial, whose reason takes the place of BIRD's: so it is not answered.
        foreach (var command in (string[])["add table inet lab", "add chain inet lab in { type filter hook input priority 0; }", "add rule inet lab in tcp flags syn tcp dport 179 drop"])
            await _lab.ReadAsync("tor", "nft", command);
        await _bird.AskAsync("disable node \"maintenance\"");
        await Eventually.BecomesAsync(
            "node status shows BIRD's reason", () => _agent.SessionAsync("10.0.0.1"),
            text => text.EndsWith("Received: Administrative shutdown: maintenance", StringComparison.Ordinal));
        await _lab.ReadAsync("tor", "nft", "delete table inet lab");
        await _bird.AskAsync("enable node");
        await _agent.EstablishedAsync("10.0.0.1");

        await _agent.AskAsync(new Ipc.IpcRequest.BgpClear("10.0.0.1", "new line card"));
        await Eventually.BecomesAsync(
            "BIRD logs why the session was cleared", () => Task.FromResult(_bird.Log), log => log.Contains("\"new line card\"", StringComparison.Ordinal));
        await _agent.EstablishedAsync("10.0.0.1");

        await _agent.AskAsync(new Ipc.IpcRequest.Drain());
        await Eventually.BecomesAsync(
            "BIRD logs ours", () => Task.FromResult(_bird.Log), log => log.Contains("\"node1 is drained\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tshark_finds_nothing_malformed_in_a_session()
    {
        var file = _lab.FileOf("bgp.pcap");
        var capture = _lab.Start("fabric", ["tcpdump", "-i", "br0", "-U", "--immediate-mode", "-s", "0", "-Z", "root", "-w", file, "tcp", "port", "179"]);
        await Eventually.BecomesAsync("tcpdump listens", () => capture.Errors, text => text.Contains("listening on br0", StringComparison.Ordinal));
        await _agent.ApplyPeerAsync("10.0.0.1", 65001);
        await _agent.EstablishedAsync("10.0.0.1");
        await _lab.AddNamespaceAsync("web");
        await _agent.AddPodAsync("web", "c1");
        await Eventually.BecomesAsync("BIRD has the node's block", _bird.RoutesAsync, routes => routes.Length > 0);
        await _agent.AskAsync(new Ipc.IpcRequest.Drain());

        // OPEN, UPDATE, NOTIFICATION, KEEPALIVE: each kind was sent by the node. The file grows while it is read.
        await Eventually.IsAsync("1 2 3 4", async () => string.Join(' ',
            (await TsharkAsync(file, "bgp && ip.src == 10.0.0.10", "-T", "fields", "-e", "bgp.type")).Output
                .Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal)));
        await capture.EndAsync("INT");
        var wrong = await TsharkAsync(file, "_ws.malformed || _ws.expert.severity == error");
        Assert.Equal((0, ""), (wrong.ExitCode, wrong.Output));
    }

    private static Task<Ended> TsharkAsync(string file, string filter, params string[] fields) =>
        LabProcess.RunAsync(null, ["tshark", "-r", file, "-Y", filter, .. fields]);
}
