using Agent.Journal.Contract;

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
