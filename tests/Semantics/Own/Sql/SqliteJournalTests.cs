using Agent.Journal.Contract;
using Agent.Tests.Support;

namespace Agent.Semantics.Tests.Own.Sql;

/// <summary>The contract of journals on a real file.</summary>
public sealed class SqliteNodeJournalTests : NodeJournalContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => _folder.File;

    protected override string Name => _folder.File;

    public void Dispose() => _folder.Dispose();
}

public sealed class SqlitePersistenceTests : PersistenceContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => _folder.File;

    protected override string Name => _folder.File;

    public void Dispose() => _folder.Dispose();
}

public sealed class SqliteKillTests : KillContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => _folder.File;

    protected override string Name => _folder.File;

    public void Dispose() => _folder.Dispose();
}

public sealed class SqliteUpgradeTests : UpgradeContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => _folder.File;

    protected override string Name => _folder.File;

    public void Dispose() => _folder.Dispose();
}

public sealed class SqliteUpgradeKillTests : SqliteUpgradeKillContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Kind => "journal";

    protected override string Address => _folder.File;

    public void Dispose() => _folder.Dispose();

    protected override Task FillAsync() => JournalOfRelease.FillAsync(Address);

    protected override Task<string> ContentAsync(params string[] later) => JournalOfRelease.ContentAsync(Address, later);

    protected override Task<string?> SqlAsync(string[] later, string sql) => JournalOfRelease.SqlAsync(Address, later, sql);
}
