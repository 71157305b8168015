using Agent.Journal.Contract;
using Agent.PostgreSql.Tests.Support;

namespace Agent.PostgreSql.Tests.Journal;

/// <summary>The contract of journals on a real server.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgresNodeJournalTests(PostgresServer server) : NodeJournalContract
{
    protected override string Place { get; } = server.Url(PostgresServer.NewSchema());

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();
}

[Collection(OnPostgres.Name)]
public sealed class PostgresPersistenceTests(PostgresServer server) : PersistenceContract
{
    protected override string Place { get; } = server.Url(PostgresServer.NewSchema());

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();
}

[Collection(OnPostgres.Name)]
public sealed class PostgresKillTests(PostgresServer server) : KillContract
{
    protected override string Place { get; } = server.Url(PostgresServer.NewSchema());

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();
}

[Collection(OnPostgres.Name)]
public sealed class PostgresUpgradeTests(PostgresServer server) : UpgradeContract
{
    protected override string Place { get; } = server.Url(PostgresServer.NewSchema());

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();
}
