using Agent.Journal.Contract;
using Agent.Runtime.Sql;
using Microsoft.Data.Sqlite;

namespace Agent.Semantics.Tests.Own.Sql;

public sealed class SqliteFailureTests : FailureContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => _folder.File;

    protected override string Name => _folder.File;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task While_another_program_has_the_file_locked_the_actor_fails_loudly_and_nothing_acknowledged_is_lost()
    {
        using var journal = Open();
        using var other = SqliteEngine.Open(Place, SqliteOpenMode.ReadWrite);
        await FailsLoudlyAndLosesNothingAsync(
            journal,
            () => Task.FromResult(other.Execute("BEGIN EXCLUSIVE")),
            $"The journal {Name} is locked by another program",
            () => Task.FromResult(other.Execute("ROLLBACK")));
    }

    [Fact]
    public async Task While_the_disk_is_full_the_actor_fails_loudly_and_nothing_acknowledged_is_lost()
    {
        using var journal = Open();
        await journal.Thread.RunAsync(c => c.Execute("CREATE TABLE filler (x BLOB)"));
        await FailsLoudlyAndLosesNothingAsync(
            journal,
            () => journal.Thread.RunAsync(c =>
            {
                // SQLite's own bound on the file stands for the disk's: the same error comes from the same place.
                c.Execute("INSERT INTO filler SELECT zeroblob(100000)");
                c.Scalar("PRAGMA max_page_count = 1");
                return c.Execute("CREATE TRIGGER fills BEFORE INSERT ON journal BEGIN INSERT INTO filler SELECT zeroblob(100000); END");
            }),
            $"The disk is full: the journal {Name} cannot grow",
            () => journal.Thread.RunAsync(c =>
            {
                c.Execute("DROP TRIGGER fills");
                return c.Scalar("PRAGMA max_page_count = 1000000");
            }));
    }
}
