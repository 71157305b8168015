using Agent.PostgreSql.Tests.Support;

namespace Agent.Lab.Tests.Cluster;

/// <summary>Agents whose resources and leases are in a PostgreSQL server that restarts meanwhile.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresClusterTests : IAsyncLifetime, IDisposable
{
    private readonly PostgresServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData(Stop.Fast)]
    [InlineData(Stop.Immediate)]
    public async Task Agents_work_on_a_server_that_restarts(Stop how)
    {
        await using var lab = await ClusterLab.StartAsync(2, _server.SocketUrl("cluster"));
        var owner = await lab.OwnerAsync("owned", seen => seen.Node is { Length: > 0 });
        await lab.AddPodAsync(lab.Agents[0], "web1");

        await _server.StopAsync(how);
        var during = await lab.AddPodAsync(lab.Agents[0], "web2");
        await _server.StartAsync();

        await lab.MembersAsync("node1", "node2");
        await lab.OwnerAsync("owned again", seen => seen.Node is { Length: > 0 } && seen.Epoch >= owner.Epoch);
        Assert.NotEqual(during, await lab.AddPodAsync(lab.Agents[1], "web3"));
        Assert.All(lab.Agents, agent => Assert.False(agent.Process.HasEnded, agent.Process.Errors));
    }
}
