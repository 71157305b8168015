using Agent.Datastore;
using Agent.Datastore.Contract;
using Agent.PostgreSql.Tests.Support;
using static Agent.Datastore.Contract.Samples;

namespace Agent.PostgreSql.Tests.Datastore;

/// <summary>The server goes away and comes back: watches go on where they stood, writes fail loudly and are not half done.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgresRestartTests(PostgresServer server)
{
    private readonly ClusterSchemaOfTest _schema = new(server);

    [Theory]
    [InlineData(Stop.Fast)]
    [InlineData(Stop.Immediate)]
    public async Task Over_a_restart_of_the_server_no_watch_event_is_lost_or_repeated(Stop how)
    {
        await using var here = await _schema.ConnectAsync(1000);
        using var pools = new Recorder(here, Pool, 0);
        await here.CreateAsync(APool("before")).WrittenAsync();
        Assert.Equal(["put before @1"], await pools.NextAsync(1));

        await server.StopAsync(how);
        var failure = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => here.CreateAsync(APool("during")));
        await server.StartAsync();

        Assert.StartsWith($"cluster datastore postgres://postgres@127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, failure.ToString(), StringComparison.Ordinal);
        await using var there = await _schema.ConnectAsync(1000);
        await there.CreateAsync(APool("after")).WrittenAsync();
        Assert.Equal(["put after @2"], await pools.NextAsync(1));
        await here.DeleteAsync(APool("before").Key, null).WrittenAsync();
        Assert.Equal(["deleted before @3"], await pools.NextAsync(1));
        Assert.True(pools.IsEmpty);
    }

    [Fact]
    public async Task Changes_made_while_the_listening_connection_is_cut_are_told_once_it_is_back()
    {
        await using var here = await _schema.ConnectAsync(1000);
        await using var there = await _schema.ConnectAsync(1000);
        using var pools = new Recorder(here, Pool, 0);
        for (var round = 1; round <= 5; round++)
        {
            await there.CreateAsync(APool($"p{round}")).WrittenAsync();
            Assert.Equal([$"put p{round} @{round}"], await pools.NextAsync(1));
            await _schema.SqlAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
        }

        await there.DeleteAsync(APool("p1").Key, null).WrittenAsync();
        Assert.Equal(["deleted p1 @6"], await pools.NextAsync(1));
        Assert.True(pools.IsEmpty);
    }

    [Fact]
    public async Task While_the_server_crashes_again_and_again_every_acknowledged_write_is_kept_and_told_once()
    {
        await using var here = await _schema.ConnectAsync(10_000);
        using var pools = new Recorder(here, Pool, 0);
        var acknowledged = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            var crashing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writing = Task.Run(async () =>
            {
                for (var n = 0; ; n++)
                {
                    var name = $"p-{round}-{n}";
                    try
                    {
                        acknowledged.Add($"put {name} @{(await here.CreateAsync(APool(name)).WrittenAsync()).Revision}");
                    }
                    catch (DatastoreUnavailableException)
                    {
                        return;
                    }

                    if (n == 20) crashing.SetResult();
                }
            });
            await crashing.Task.WaitAsync(Wait.Bound);
            await server.StopAsync(Stop.Immediate);
            await writing.WaitAsync(Wait.Bound);
            await server.StartAsync();
        }

        await using var there = await _schema.ConnectAsync(10_000);
        var stored = (await there.ListAsync(Pool)).Items.OrderBy(item => item.Revision)
            .Select(item => $"put {item.Name} @{item.Revision}").ToArray();
        Assert.Subset(stored.ToHashSet(), acknowledged.ToHashSet());
        Assert.Equal(stored, await pools.NextAsync(stored.Length));
        Assert.True(pools.IsEmpty);
    }

    [Fact]
    public async Task The_server_ends_the_transaction_of_a_client_that_hangs()
    {
        await using var source = PostgresAddress.Parse(_schema.Url, "x").Connect("test", 1, TimeSpan.FromSeconds(7));
        await using var command = source.CreateCommand(
            "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings"
            + " WHERE name IN ('idle_in_transaction_session_timeout', 'lock_timeout', 'tcp_user_timeout')");

        Assert.Equal("10000 7000 20000", await command.ExecuteScalarAsync());
    }
}
