using Agent.Journal.Contract;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using Agent.Tests.Support;

namespace Agent.Semantics.Tests.Own.Sql;

/// <summary>A journal on a disk that is really full: the kernel refuses what SQLite wants to write.</summary>
public sealed class FullDiskTests : FailureContract, IDisposable
{
    private readonly SmallDisk _disk = new();

    protected override string Place => _disk.File("node.journal");

    protected override string Name => Place;

    private string IsFull => $"The disk is full: the journal {Name} cannot grow. Free some space.";

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task The_actor_fails_loudly_as_often_as_it_tries_and_goes_on_by_itself_when_there_is_room()
    {
        using var journal = Open();
        await FailsLoudlyAndLosesNothingAsync(
            journal,
            () => Task.Run(_disk.Fill),
            IsFull,
            () => Task.Run(_disk.MakeRoom),
            attempts: 3);
    }

    [Fact]
    public async Task A_journal_that_fills_the_disk_keeps_every_acknowledged_event_and_opens_again_once_there_is_room()
    {
        var acknowledged = 0;
        using (var journal = Open())
        {
            var failure = await Assert.ThrowsAsync<JournalException>(async () =>
            {
                while (true)
                {
                    await journal.Persistence.Journal.WriteAsync(One(Id, acknowledged + 1, new Deposited(acknowledged + 1)));
                    acknowledged++;
                    if (acknowledged == 20) _disk.Fill();
                }
            });
            Assert.Equal((JournalProblem.Broken, IsFull), (failure.Problem, failure.Message));
            Assert.Equal(acknowledged, (await journal.Persistence.Journal.ReplayAsync(Id, 1, long.MaxValue, int.MaxValue)).Count);
        }

        Assert.InRange(acknowledged, 20, int.MaxValue);
        _disk.MakeRoom();
        using var again = Open();
        await again.Persistence.Journal.WriteAsync(One(Id, acknowledged + 1, new Deposited(acknowledged + 1)));
        Assert.Equal(
            Enumerable.Range(1, acknowledged + 1).Select(n => new JournalEntry(n, new Deposited(n))),
            await again.Persistence.Journal.ReplayAsync(Id, 1, long.MaxValue, int.MaxValue));
    }

    [Fact]
    public void A_journal_is_not_made_on_a_full_disk()
    {
        _disk.Fill();
        var failure = Assert.Throws<JournalException>(Open);
        Assert.Equal(JournalProblem.Broken, failure.Problem);
        Assert.Equal(
            $"The lock file {Place}.lock cannot be written: No space left on device. Free some space, or move the journal {Place}.",
            failure.Message);
        _disk.MakeRoom();
        Open().Dispose();
    }
}
