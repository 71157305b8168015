using Agent.Datastore;
using Agent.Datastore.Contract;
using Agent.Datastore.PostgreSql;
using Agent.PostgreSql.Tests.Support;

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

/// <summary>A schema of its own for one test.</summary>
internal sealed class ClusterSchemaOfTest(PostgresServer server)
{
    public string Name { get; } = PostgresServer.NewSchema();

    public string Url => server.Url(Name);

    public async Task<IDatastore> ConnectAsync(int historyLimit) => await PostgresDatastore.OpenAsync(
        Url, new PostgresDatastoreOptions { CreateIfMissing = true, HistoryLimit = historyLimit, LockTimeout = TimeSpan.FromSeconds(30) });

    public async Task<string?> SqlAsync(string sql) => (await server.SqlAsync(Name, sql))?.ToString();
}
