namespace Agent.Tests.Support;

/// <summary>The same of SQLite files. A process is halted by a step that never ends; nothing outlives it when it is killed.</summary>
public abstract class SqliteUpgradeKillContract : UpgradeKillContract
{
    private const long SeveralPages = 500_000;

    /// <summary>Counts for ever.</summary>
    protected override string Halt =>
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) SELECT count(*) FROM counted";

    /// <summary>Completes once a transaction that is not committed has written so much that the log beside the file has it.</summary>
    protected override async Task HaltedAsync()
    {
        var log = new FileInfo(Address + "-wal");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        do
        {
            await look.WaitForNextTickAsync();
            log.Refresh();
        }
        while (!log.Exists || log.Length < SeveralPages);
    }

    protected override Task SettleAsync() => Task.CompletedTask;
}
