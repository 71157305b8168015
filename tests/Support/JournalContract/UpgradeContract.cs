using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>A journal of an older release, opened by one that has further versions of the tables: every step is taken, or none.</summary>
/// <remarks>The steps are written in SQL that every database understands, and each of them fails if it is taken twice.</remarks>
public abstract class UpgradeContract : JournalTests
{
    private const string Second = "ALTER TABLE journal ADD COLUMN note TEXT; UPDATE journal SET note = persistence_id;";
    private const string Third = "CREATE TABLE remark (content TEXT); INSERT INTO remark SELECT note FROM journal;";
    private const string Failing = "UPDATE journal SET note = 'lost'; DELETE FROM snapshot; INSERT INTO nowhere VALUES (1);";

    private static readonly JournalEntry[] Events = [new(1, new Deposited(5)), new(2, new Deposited(7))];

    [Fact]
    public async Task A_journal_goes_from_version_to_version_and_keeps_what_it_holds()
    {
        await FillAsync();
        await HoldsTheSameAsync([Second]);
        Assert.Equal([Id, Id], await ReadAsync([Second], "SELECT note FROM journal"));
        await HoldsTheSameAsync([Second, Third]);
        Assert.Equal([Id, Id], await ReadAsync([Second, Third], "SELECT content FROM remark"));
    }

    [Fact]
    public async Task A_journal_that_was_left_out_of_a_release_takes_both_steps_at_once()
    {
        await FillAsync();
        await HoldsTheSameAsync([Second, Third]);
        Assert.Equal([Id, Id], await ReadAsync([Second, Third], "SELECT content FROM remark"));
    }

    [Fact]
    public void A_new_journal_takes_every_step()
    {
        using (var journal = OpenBy([Second, Third])) Assert.True(journal.Created);
        using (var again = OpenBy([Second, Third])) Assert.False(again.Created);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_version_and_content_as_they_were()
    {
        await FillAsync();

        var failure = Assert.Throws<JournalException>(() => OpenBy([Second, Failing]));

        Assert.Equal(JournalProblem.Broken, failure.Problem);
        Assert.StartsWith($"The journal {Name} stays at version 1: the step to version 3 failed (", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", failure.Message, StringComparison.Ordinal);
        // The release that wrote it reads it as before, and the next one can try again.
        await HoldsTheSameAsync([]);
        await HoldsTheSameAsync([Second, Third]);
    }

    [Fact]
    public async Task A_newer_journal_is_refused_with_what_to_do_and_left_as_it_is()
    {
        await FillAsync();
        OpenBy([Second, Third]).Dispose();

        foreach (var refusal in new[]
        {
            Assert.Throws<JournalException>(() => OpenBy([Second])),
            Assert.Throws<JournalException>(Open),
            Assert.Throws<JournalException>(() => JournalReader.Open(Place)),
        })
        {
            Assert.Equal(JournalProblem.TooNew, refusal.Problem);
            Assert.Contains("has version 3", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("newer release that wrote it", refusal.Message, StringComparison.Ordinal);
        }

        await HoldsTheSameAsync([Second, Third]);
    }

    [Fact]
    public async Task Only_who_may_create_a_journal_upgrades_it()
    {
        await FillAsync();

        foreach (var refusal in new[]
        {
            Assert.Throws<JournalException>(() => JournalReader.Open(Place, [Second])),
            Assert.Throws<JournalException>(() => NodeJournal.Open(Settings with { CreateAs = null, LaterUpgrades = [Second] })),
        })
        {
            Assert.Equal(JournalProblem.TooOld, refusal.Problem);
            Assert.Contains("has version 1, which only the agent brings to version 2", refusal.Message, StringComparison.Ordinal);
        }

        await HoldsTheSameAsync([]);
    }

    [Fact]
    public async Task Of_several_that_upgrade_at_once_one_does_and_the_others_find_it_done()
    {
        await FillAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            OpenWhenItIsFree, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await HoldsTheSameAsync([Second, Third]);

        void OpenWhenItIsFree()
        {
            while (true)
            {
                try
                {
                    OpenBy([Second, Third]).Dispose();
                    return;
                }
                catch (JournalException held) when (held.Problem == JournalProblem.Held)
                {
                    // As the second agent on one journal is told; here the first one ends by itself.
                    Thread.Yield();
                }
            }
        }
    }

    private NodeJournal OpenBy(IReadOnlyList<string> later) => NodeJournal.Open(Settings with { LaterUpgrades = later });

    private async Task FillAsync()
    {
        using var journal = Open();
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite(Id, 1, [new Deposited(5), new Deposited(7)])]);
        await journal.Persistence.Snapshots.SaveAsync(new SnapshotMetadata(Id, 2, DateTime.UnixEpoch), new Balance(12));
    }

    private async Task HoldsTheSameAsync(IReadOnlyList<string> later)
    {
        using var journal = OpenBy(later);
        Assert.False(journal.Created);
        Assert.Equal(Identity, journal.Identity);
        Assert.Equal(Events, await journal.Persistence.Journal.ReplayAsync(Id, 1, 9, 9));
        Assert.Equal(
            new SnapshotOffer(new SnapshotMetadata(Id, 2, DateTime.UnixEpoch), new Balance(12)),
            await journal.Persistence.Snapshots.LoadAsync(Id, SnapshotSelectionCriteria.Latest));
        using var reader = JournalReader.Open(Place, later);
        Assert.Equal([new JournalHistory(Id, 2, 2, 2)], reader.Histories());
    }

    private async Task<IReadOnlyList<string>> ReadAsync(IReadOnlyList<string> later, string sql)
    {
        using var journal = OpenBy(later);
        return await journal.Thread.RunAsync(connection => connection.Query(static row => row.GetString(0), sql));
    }
}
