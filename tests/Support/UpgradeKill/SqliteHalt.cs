namespace Agent.Tests.Support;

/// <summary>A step of an upgrade of a SQLite file that never ends, and how one sees that a process has come there.</summary>
internal static class SqliteHalt
{
    /// <summary>Counts for ever.</summary>
    public const string Step = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) SELECT count(*) FROM counted";

    private const long SeveralPages = 500_000;

    /// <summary>Completes once a transaction that is not committed has written so much that the log beside the file has it.</summary>
    public static Task ReachedAsync(string file)
    {
        var log = new FileInfo(file + "-wal");
        do
        {
            Thread.Yield();
            log.Refresh();
        }
        while (!log.Exists || log.Length < SeveralPages);
        return Task.CompletedTask;
    }
}
