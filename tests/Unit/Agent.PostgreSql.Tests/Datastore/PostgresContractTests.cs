using Agent.Datastore;
using Agent.Datastore.Contract;
using Agent.Datastore.PostgreSql;
using Agent.PostgreSql.Tests.Support;
using Agent.Tests.Support;

namespace Agent.PostgreSql.Tests.Datastore;

/// <summary>The contract on a real server; every client connects anew, as another process does.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgresDatastoreTests(PostgresServer server) : DatastoreContract
{
    private readonly ClusterSchemaOfTest _schema = new(server);

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _schema.ConnectAsync(historyLimit);
}

[Collection(OnPostgres.Name)]
public sealed class PostgresWatchTests(PostgresServer server) : WatchContract
{
    private readonly ClusterSchemaOfTest _schema = new(server);

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _schema.ConnectAsync(historyLimit);
}

[Collection(OnPostgres.Name)]
public sealed class PostgresLeaseTests(PostgresServer server) : LeaseContract
{
    private readonly ClusterSchemaOfTest _schema = new(server);

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _schema.ConnectAsync(historyLimit);
}

[Collection(OnPostgres.Name)]
public sealed class PostgresUpgradeTests(PostgresServer server) : UpgradeContract
{
    private readonly ClusterSchemaOfTest _schema = new(server);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_step_may_take_longer_than_any_other_statement_and_is_waited_for()
    {
        string[] step = ["CREATE TABLE remark (content TEXT); INSERT INTO remark SELECT 'slept' FROM pg_sleep(17)"];
        var stores = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => OpenAsync(asAgent: true, step))));
        foreach (var store in stores) await store.DisposeAsync();

        Assert.Equal("1", await SqlAsync("SELECT count(*) FROM remark"));
    }

    protected override string Place => PostgresAddress.Parse(_schema.Url, "").ToString();

    protected override async Task<IDatastore> OpenAsync(bool asAgent, params string[] later) => await PostgresDatastore.OpenAsync(
        _schema.Url,
        new PostgresDatastoreOptions
        {
            CreateIfMissing = asAgent,
            ClusterName = Cluster,
            LockTimeout = TimeSpan.FromSeconds(30),
            LaterUpgrades = later,
        });

    protected override Task<string?> SqlAsync(string sql) => _schema.SqlAsync(sql);
}

[Collection(OnPostgres.Name)]
public sealed class PostgresUpgradeKillTests(PostgresServer server) : UpgradeKillContract
{
    private readonly ClusterSchemaOfTest _schema = new(server);
    private readonly PostgresHalt _halt = new(server);

    protected override string Kind => "cluster";

    protected override string Address => _schema.Url;

    protected override string Halt => _halt.Step;

    protected override Task BeginHaltAsync() => _halt.BeginAsync();

    protected override Task HaltedAsync() => _halt.ReachedAsync();

    protected override Task SettleAsync() => _halt.EndAsync("agent schema ", _schema.Name);

    protected override async Task FillAsync() => await ClusterOfRelease.FillAsync(await OpenAsync([]));

    protected override async Task<string> ContentAsync(params string[] later) =>
        await ClusterOfRelease.ContentAsync(await OpenAsync(later));

    protected override async Task<string?> SqlAsync(string[] later, string sql)
    {
        await (await OpenAsync(later)).DisposeAsync();
        return await _schema.SqlAsync(sql);
    }

    private async Task<IDatastore> OpenAsync(string[] later) => await PostgresDatastore.OpenAsync(
        Address,
        new PostgresDatastoreOptions { CreateIfMissing = true, LockTimeout = TimeSpan.FromMinutes(1), LaterUpgrades = later });
}

/// <summary>A schema of its own for one test.</summary>
internal sealed class ClusterSchemaOfTest(PostgresServer server)
{
    public string Name { get; } = PostgresServer.NewSchema();

    public string Url => server.Url(Name);

    public async Task<IDatastore> ConnectAsync(int historyLimit) => await PostgresDatastore.OpenAsync(
        Url, new PostgresDatastoreOptions { CreateIfMissing = true, HistoryLimit = historyLimit, LockTimeout = TimeSpan.FromSeconds(30) });

    public async Task<string?> SqlAsync(string sql) => (await server.SqlAsync(Name, sql))?.ToString();
}
