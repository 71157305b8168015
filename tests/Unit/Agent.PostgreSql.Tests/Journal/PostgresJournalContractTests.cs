using Agent.Journal.Contract;
using Agent.PostgreSql.Tests.Support;
using Agent.Runtime.Sql;
using Agent.Tests.Support;

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
    private readonly string _schema = PostgresServer.NewSchema();

    protected override string Place => server.Url(_schema);

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();

    // The server may still be committing for a client that is gone; the lock of the journal is free only afterwards.
    protected override void Settle()
    {
        using var lockOfTheJournal = server.ConnectAsync("public").GetAwaiter().GetResult();
        lockOfTheJournal.Execute("SELECT pg_advisory_lock(hashtextextended('agent journal ' || @schema, 0))", ("schema", _schema));
    }
}

[Collection(OnPostgres.Name)]
public sealed class PostgresUpgradeTests(PostgresServer server) : UpgradeContract
{
    protected override string Place { get; } = server.Url(PostgresServer.NewSchema());

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();
}

[Collection(OnPostgres.Name)]
public sealed class PostgresUpgradeKillTests(PostgresServer server) : UpgradeKillContract
{
    private readonly string _schema = PostgresServer.NewSchema();
    private readonly PostgresHalt _halt = new(server);

    protected override string Kind => "journal";

    protected override string Address => server.Url(_schema);

    protected override string Halt => _halt.Step;

    protected override Task BeginHaltAsync() => _halt.BeginAsync();

    protected override Task HaltedAsync() => _halt.ReachedAsync();

    protected override Task SettleAsync() => _halt.EndAsync("agent journal ", _schema);

    protected override Task FillAsync() => JournalOfRelease.FillAsync(Address);

    protected override Task<string> ContentAsync(params string[] later) => JournalOfRelease.ContentAsync(Address, later);

    protected override Task<string?> SqlAsync(string[] later, string sql) => JournalOfRelease.SqlAsync(Address, later, sql);
}
