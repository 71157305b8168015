using Agent.Journal.Contract;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Semantics.Tests.Own.Sql;

public sealed class JournalReaderTests : JournalFolder
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Noon;
    }

    [Fact]
    public async Task It_reads_what_is_written_while_the_journal_is_open_for_writing()
    {
        using var file = NodeJournal.Open(Settings with { Time = new StoppedClock() });
        using var reader = JournalReader.Open(FilePath);
        Assert.Empty(reader.Histories());
        await file.Persistence.Journal.WriteAsync([new AtomicWrite(Id, 1, [new Deposited(5), new Deposited(7)])]);
        await file.Persistence.Journal.DeleteAsync(Id, 1);
        await file.Persistence.Snapshots.SaveAsync(new SnapshotMetadata(Id, 2, Noon.UtcDateTime), new Balance(12));
        await file.Persistence.Snapshots.SaveAsync(new SnapshotMetadata("other", 9, Noon.UtcDateTime), new Balance(1));

        Assert.Equal(Identity, reader.Identity);
        Assert.Equal([new JournalHistory(Id, 1, 2, 2), new JournalHistory("other", 0, 0, 9)], reader.Histories());
        Assert.Equal([new JournalRecord(2, Noon, "deposited", """{"amount":7}""")], reader.Events(Id));
        Assert.Equal([new JournalRecord(2, Noon, "balance", """{"total":12}""")], reader.Snapshots(Id));
    }

    [Fact]
    public async Task It_reads_a_journal_that_nobody_has_open_and_changes_nothing()
    {
        using (var file = Open())
            await file.Persistence.Journal.WriteAsync([new AtomicWrite(Id, 1, [new Deposited(1), new Deposited(2), new Deposited(3)])]);
        var before = File.ReadAllBytes(FilePath);
        using (var reader = JournalReader.Open(FilePath))
            Assert.Equal(["""{"amount":2}"""], reader.Events(Id, fromSequenceNr: 2, max: 1).Select(e => e.Json));
        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void It_does_not_create_a_file()
    {
        Assert.Equal(JournalProblem.Missing, Assert.Throws<JournalException>(() => JournalReader.Open(FilePath)).Problem);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
    }
}
