using System.Threading.Channels;
using Agent.Datastore;
using Agent.Datastore.Contract;
using Agent.Datastore.PostgreSql;
using Agent.PostgreSql.Tests.Support;
using Agent.Resources;
using static Agent.Datastore.Contract.Samples;

namespace Agent.PostgreSql.Tests.Datastore;

/// <summary>What stands in the schema, and schemas that cannot be used: each is refused with what is wrong, where, and what to do.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgresSchemaTests(PostgresServer server)
{
    private static readonly PostgresDatastoreOptions Creating = new() { CreateIfMissing = true };

    private readonly ClusterSchemaOfTest _schema = new(server);

    [Fact]
    public async Task What_was_written_is_there_for_the_next_client()
    {
        string text;
        await using (var datastore = await _schema.ConnectAsync(10))
        {
            text = (await datastore.CreateAsync(APool("a")).WrittenAsync()).Text();
            await datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null);
        }

        await using var again = await _schema.ConnectAsync(10);

        Assert.Equal(text, Assert.Single((await again.ListAsync(Pool)).Items).Text());
        Assert.Equal([new Lease("l", "h", TimeSpan.FromSeconds(3), 1)], await again.Leases.ListAsync(""));
        Assert.Equal(2, (await again.CreateAsync(APool("b")).WrittenAsync()).Revision);
    }

    [Fact]
    public async Task The_tables_can_be_read_with_plain_sql()
    {
        await using var datastore = await _schema.ConnectAsync(10);
        await datastore.CreateAsync(APod("web", "nginx") with { Labels = Resource.EmptyMap.Add("app", "a<b>'ü'") }).WrittenAsync();

        Assert.Equal("Pod|v1|web|nginx|a<b>'ü'|{}|{}||1", await _schema.SqlAsync(
            "SELECT concat_ws('|', kind, api_version, namespace, name, labels->>'app', annotations, spec, coalesce(status::text, ''), revision) FROM resource"));
        Assert.Equal("1", await _schema.SqlAsync("SELECT value FROM meta WHERE key = 'version'"));
    }

    [Fact]
    public async Task The_change_table_is_pruned_to_its_bound()
    {
        await using var datastore = await _schema.ConnectAsync(historyLimit: 5);
        for (var i = 0; i < 20; i++) await datastore.CreateAsync(APool($"p{i}")).WrittenAsync();

        Assert.Equal("5 16 20", await _schema.SqlAsync("SELECT concat_ws(' ', count(*), min(revision), max(revision)) FROM change"));
    }

    [Fact]
    public async Task Many_processes_may_open_a_new_schema_at_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => _schema.ConnectAsync(100))));

        var writes = await Task.WhenAll(stores.Select((store, i) => store.CreateAsync(APool($"p{i}")).WrittenAsync()));

        Assert.Equal([1L, 2, 3, 4, 5, 6], writes.Select(written => written.Revision).Order());
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_that_fell_behind_the_history_expires()
    {
        await using var writer = await _schema.ConnectAsync(historyLimit: 3);
        using var gate = new SemaphoreSlim(0);
        await using var reader = await _schema.ConnectAsync(historyLimit: 3);
        await writer.CreateAsync(APool("first")).WrittenAsync();
        var events = Channel.CreateUnbounded<WatchEvent>();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = reader.Watch(Pool, 0, batch =>
        {
            foreach (var happened in batch) events.Writer.TryWrite(happened);
            if (entered.TrySetResult()) gate.Wait(Wait.Bound);
        });
        await entered.Task.WaitAsync(Wait.Bound);
        for (var i = 0; i < 10; i++) await writer.CreateAsync(APool($"p{i}")).WrittenAsync();

        gate.Release();

        Assert.Equal("put first @1", Recorder.Text(await events.Reader.ReadAsync().AsTask().WaitAsync(Wait.Bound)));
        Assert.Equal(
            new WatchEvent.Expired("the history reaches from revision 8 to 11, the watch stood at 1: list again"),
            await events.Reader.ReadAsync().AsTask().WaitAsync(Wait.Bound));
    }

    [Fact]
    public async Task A_write_that_waits_too_long_for_a_lock_says_where_to_look()
    {
        await (await _schema.ConnectAsync(10)).DisposeAsync();
        await using var datastore = await PostgresDatastore.OpenAsync(
            _schema.Url, new PostgresDatastoreOptions { LockTimeout = TimeSpan.FromMilliseconds(100) });
        await using var holder = await server.ConnectAsync(_schema.Name);
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var command = holder.CreateCommand())
        {
            command.CommandText = "SELECT revision FROM head FOR UPDATE";
            await command.ExecuteNonQueryAsync();
        }

        var failure = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("a")));

        Assert.EndsWith(
            "waited too long for somebody else's lock: see who holds it in pg_stat_activity, and end an open transaction that hangs",
            failure.Message, StringComparison.Ordinal);
        await transaction.RollbackAsync();
        Assert.Equal(1, (await datastore.CreateAsync(APool("a")).WrittenAsync()).Revision);
    }

    [Fact]
    public async Task Agentctl_refuses_a_schema_that_is_not_there_and_makes_none()
    {
        Assert.EndsWith(
            $"?schema={_schema.Name} holds no cluster: start the agent, which makes the tables, or correct the address",
            await RefusalAsync(_schema.Url, new PostgresDatastoreOptions()), StringComparison.Ordinal);
        Assert.Equal("0", await _schema.SqlAsync($"SELECT count(*) FROM pg_namespace WHERE nspname = '{_schema.Name}'"));
    }

    [Fact]
    public async Task A_schema_of_another_program_is_refused_and_left_as_it_is()
    {
        await _schema.SqlAsync($"CREATE SCHEMA {_schema.Name}; CREATE TABLE {_schema.Name}.orders (id int)");

        Assert.EndsWith(
            "holds tables of another program, not a cluster: name another schema with ?schema=",
            await RefusalAsync(_schema.Url, Creating), StringComparison.Ordinal);
        Assert.Equal("orders", await _schema.SqlAsync(
            $"SELECT string_agg(relname, ' ') FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = '{_schema.Name}'"));
    }

    [Fact]
    public async Task A_newer_schema_and_another_cluster_are_refused()
    {
        await using (await PostgresDatastore.OpenAsync(_schema.Url, Creating with { ClusterName = "east" }))
        {
            Assert.EndsWith(
                "belongs to the cluster 'east', not 'west': two clusters need two schemas; name another with ?schema=, or correct the cluster's name",
                await RefusalAsync(_schema.Url, Creating with { ClusterName = "west" }), StringComparison.Ordinal);
        }

        await _schema.SqlAsync("UPDATE meta SET value = '99' WHERE key = 'version'");
        Assert.EndsWith(
            "has version 99, this program knows 1 at most: use the newer release that wrote it",
            await RefusalAsync(_schema.Url, Creating), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_this_program_did_not_write_is_named()
    {
        await using var datastore = await _schema.ConnectAsync(10);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        await _schema.SqlAsync("UPDATE resource SET created = 'yesterday'; UPDATE change SET created = 'yesterday'");

        var failure = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.ListAsync(Pool));

        Assert.Contains("holds something that this program did not write: the row of IPPool(a) cannot be read", failure.Message, StringComparison.Ordinal);
        using var pools = new Recorder(datastore, Pool, 0);
        Assert.Equal(new WatchEvent.Expired(failure.Message), await pools.NextAsync());
    }

    [Fact]
    public async Task A_wrong_password_database_or_server_is_named_without_the_password()
    {
        var password = await RefusalAsync(server.UrlOf("postgres", "wr0ng"), Creating);
        var database = await RefusalAsync(server.UrlOf("none"), Creating);
        var nobody = await RefusalAsync("postgres://u:wr0ng@127.0.0.1:1/x", Creating);

        Assert.Contains("refuses the login (password authentication failed for user \"postgres\")", password, StringComparison.Ordinal);
        Assert.EndsWith("has no such database: create it (createdb), or correct the address", database, StringComparison.Ordinal);
        Assert.StartsWith("cluster datastore postgres://u@127.0.0.1:1/x?schema=cluster cannot be reached (", nobody, StringComparison.Ordinal);
        Assert.All([password, database, nobody], text =>
        {
            Assert.DoesNotContain("wr0ng", text, StringComparison.Ordinal);
            Assert.DoesNotContain(PostgresServer.Password, text, StringComparison.Ordinal);
        });
    }

    private static async Task<string> RefusalAsync(string url, PostgresDatastoreOptions options) =>
        (await Assert.ThrowsAsync<DatastoreUnavailableException>(() => PostgresDatastore.OpenAsync(url, options))).Message;
}
