using System.Text.Json;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>What a journal must do in every database.</summary>
public abstract class NodeJournalContract : JournalTests
{
    private static IJournal JournalOf(NodeJournal file) => file.Persistence.Journal;

    [Fact]
    public async Task What_was_written_is_read_back_after_the_journal_was_closed()
    {
        using (var file = Open())
        {
            Assert.True(file.Created);
            Assert.Equal([null], await JournalOf(file).WriteAsync([new AtomicWrite(Id, 1, [new Deposited(5), new Deposited(7)])]));
            Assert.Equal([null], await JournalOf(file).WriteAsync(One(Id, 3, new Deposited(9))));
        }

        using var again = Open();
        Assert.False(again.Created);
        Assert.Equal(Identity, again.Identity);
        Assert.Equal(3, await JournalOf(again).HighestSequenceNrAsync(Id));
        Assert.Equal(
            [new JournalEntry(1, new Deposited(5)), new JournalEntry(2, new Deposited(7)), new JournalEntry(3, new Deposited(9))],
            await JournalOf(again).ReplayAsync(Id, 1, long.MaxValue, 100));
        Assert.Equal([new JournalEntry(2, new Deposited(7))], await JournalOf(again).ReplayAsync(Id, 2, 3, 1));
        Assert.Equal(0, await JournalOf(again).HighestSequenceNrAsync("nobody"));
    }

    [Fact]
    public async Task A_sequence_number_that_is_taken_is_refused_and_the_history_is_not_forked()
    {
        using var file = Open();
        await JournalOf(file).WriteAsync(One(Id, 1, new Deposited(5)));
        var thrown = await Assert.ThrowsAsync<JournalException>(
            () => JournalOf(file).WriteAsync([new AtomicWrite(Id, 1, [new Deposited(6), new Deposited(7)])]));
        Assert.Equal(JournalProblem.SecondWriter, thrown.Problem);
        Assert.Contains(Name, thrown.Message, StringComparison.Ordinal);
        Assert.Equal([new JournalEntry(1, new Deposited(5))], await JournalOf(file).ReplayAsync(Id, 1, long.MaxValue, 100));
    }

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together()
    {
        using var file = Open();
        var writes = await WhileTheThreadIsHeldAsync(file, () => Enumerable.Range(0, 50)
            .Select(n => JournalOf(file).WriteAsync(One("actor-" + n, 1, new Deposited(n)))));
        await Task.WhenAll(writes);
        Assert.Equal(1, file.Thread.Commits);
    }

    [Fact]
    public async Task One_bad_write_in_a_group_does_not_fail_the_others()
    {
        using var file = Open();
        await JournalOf(file).WriteAsync(One("bad", 1, new Deposited(0)));
        var writes = await WhileTheThreadIsHeldAsync(file, () => new[] { "one", "bad", "two" }
            .Select(id => JournalOf(file).WriteAsync(One(id, 1, new Deposited(1)))));
        await writes[0];
        Assert.Equal(JournalProblem.SecondWriter, (await Assert.ThrowsAsync<JournalException>(() => writes[1])).Problem);
        await writes[2];
        foreach (var (id, amount) in new[] { ("one", 1), ("bad", 0), ("two", 1) })
            Assert.Equal([new JournalEntry(1, new Deposited(amount))], await JournalOf(file).ReplayAsync(id, 1, 9, 9));
    }

    [Fact]
    public async Task A_payload_that_cannot_be_serialized_is_refused_with_its_whole_write_and_the_rest_is_kept()
    {
        using var file = Open();
        var outcome = await JournalOf(file).WriteAsync(
        [
            new AtomicWrite(Id, 1, [new Deposited(1)]),
            new AtomicWrite(Id, 2, [new Deposited(2), new Cyclic()]),
            new AtomicWrite(Id, 4, ["a string has no manifest"]),
            new AtomicWrite(Id, 5, [new Deposited(5)]),
        ]);
        Assert.Equal([false, true, true, false], outcome.Select(e => e is not null));
        Assert.Contains("No manifest is registered for System.String", outcome[2]!.Message, StringComparison.Ordinal);
        Assert.Equal(
            [new JournalEntry(1, new Deposited(1)), new JournalEntry(5, new Deposited(5))],
            await JournalOf(file).ReplayAsync(Id, 1, long.MaxValue, 100));
    }

    [Fact]
    public async Task Deleted_events_are_gone_but_their_numbers_are_not_given_out_again()
    {
        using (var file = Open())
        {
            await JournalOf(file).WriteAsync([new AtomicWrite(Id, 1, [new Deposited(1), new Deposited(2), new Deposited(3)])]);
            await JournalOf(file).DeleteAsync(Id, 2);
            Assert.Equal([new JournalEntry(3, new Deposited(3))], await JournalOf(file).ReplayAsync(Id, 1, 9, 9));
            await JournalOf(file).DeleteAsync(Id, long.MaxValue);
        }

        using var again = Open();
        Assert.Empty(await JournalOf(again).ReplayAsync(Id, 1, 9, 9));
        Assert.Equal(3, await JournalOf(again).HighestSequenceNrAsync(Id));
    }

    [Fact]
    public async Task An_unknown_manifest_is_named_with_the_event_that_has_it()
    {
        using var file = NodeJournal.Open(Settings);
        await JournalOf(file).WriteAsync(One(Id, 1, new Deposited(1)));
        await file.Thread.WriteAsync(c => c.Execute("UPDATE journal SET manifest = 'withdrawn'"));
        var thrown = await Assert.ThrowsAsync<InvalidDataException>(() => JournalOf(file).ReplayAsync(Id, 1, 9, 9));
        Assert.Contains($"Event 1 of '{Id}' in {Name}", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("'withdrawn' is unknown", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_form_is_read_before_it_is_written_and_the_old_one_ever_after()
    {
        var today = new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited");
        var next = new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited")
            .Read<DepositedCents>("deposited-2", cents => new Deposited(cents.Cents / 100));
        var afterNext = new JsonEventSerializer(JsonSerializerOptions.Web).Add<DepositedCents>("deposited-2")
            .Read<Deposited>("deposited", whole => new DepositedCents(whole.Amount * 100));

        await WriteAsync(today, 1, new Deposited(1));
        await WriteAsync(afterNext, 2, new DepositedCents(250));
        await WriteAsync(next, 3, new Deposited(3));

        Assert.Equal([new Deposited(1), new Deposited(2), new Deposited(3)], await ReadAsync(next));
        Assert.Equal([new DepositedCents(100), new DepositedCents(250), new DepositedCents(300)], await ReadAsync(afterNext));
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(today));
        using var reader = JournalReader.Open(Place);
        Assert.Equal(["deposited", "deposited-2", "deposited"], reader.Events(Id).Select(e => e.Manifest));

        async Task WriteAsync(IEventSerializer serializer, long sequenceNr, object payload)
        {
            using var file = NodeJournal.Open(Settings with { Serializer = serializer });
            Assert.Equal([null], await JournalOf(file).WriteAsync(One(Id, sequenceNr, payload)));
        }

        async Task<IEnumerable<object>> ReadAsync(IEventSerializer serializer)
        {
            using var file = NodeJournal.Open(Settings with { Serializer = serializer });
            return (await JournalOf(file).ReplayAsync(Id, 1, 9, 9)).Select(entry => entry.Payload);
        }
    }

    [Fact]
    public async Task Events_are_found_by_their_tags_across_histories_in_the_order_of_writing_until_they_are_deleted()
    {
        var serializer = new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited", "money", "in").Add<Balance>("balance");
        using var file = NodeJournal.Open(Settings with { Serializer = serializer });
        using var reader = JournalReader.Open(Place);
        await JournalOf(file).WriteAsync([new AtomicWrite("b", 1, [new Deposited(1), new Balance(1), new Deposited(2)])]);
        await JournalOf(file).WriteAsync(One("a", 1, new Deposited(3)));

        string[] Found(string tag, long after = 0) =>
            [.. reader.Tagged(tag, after).Select(e => $"{e.PersistenceId} {e.Record.SequenceNr} {e.Record.Json}")];
        Assert.Equal(["""b 1 {"amount":1}""", """b 3 {"amount":2}""", """a 1 {"amount":3}"""], Found("money"));
        Assert.Equal(["""a 1 {"amount":3}"""], Found("in", reader.Tagged("in", max: 2)[^1].Ordering));
        await JournalOf(file).DeleteAsync("b", 3);
        Assert.Equal(["""a 1 {"amount":3}"""], Found("money"));
        Assert.Empty(Found("out"));
    }

    [Fact]
    public async Task The_latest_snapshot_within_the_criteria_is_found()
    {
        using var file = Open();
        var store = file.Persistence.Snapshots;
        var noon = new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);
        SnapshotOffer Offer(long at, int total) => new(new SnapshotMetadata(Id, at, noon.AddHours(at)), new Balance(total));
        foreach (var offer in new[] { Offer(1, 10), Offer(2, 20), Offer(3, 0), Offer(3, 30) })
            await store.SaveAsync(offer.Metadata, offer.Snapshot);
        Assert.Equal(Offer(3, 30), await store.LoadAsync(Id, SnapshotSelectionCriteria.Latest));
        Assert.Equal(Offer(2, 20), await store.LoadAsync(Id, new SnapshotSelectionCriteria(2)));
        Assert.Equal(Offer(1, 10), await store.LoadAsync(Id, new SnapshotSelectionCriteria(9, noon.AddMinutes(90))));
        Assert.Null(await store.LoadAsync(Id, SnapshotSelectionCriteria.None));
        await store.DeleteAsync(Id, new SnapshotSelectionCriteria(long.MaxValue, DateTime.MaxValue, minSequenceNr: 2));
        Assert.Equal(Offer(1, 10), await store.LoadAsync(Id, SnapshotSelectionCriteria.Latest));
    }

    [Fact]
    public async Task Snapshots_are_deleted_up_to_a_number_and_those_of_others_are_left_alone()
    {
        using var file = Open();
        var store = file.Persistence.Snapshots;
        foreach (var (id, at) in new[] { (Id, 1), (Id, 2), (Id, 3), ("other", 1) })
            await store.SaveAsync(new SnapshotMetadata(id, at, DateTime.UnixEpoch), new Balance(at));

        await store.DeleteAsync(Id, new SnapshotSelectionCriteria(2));

        using var reader = JournalReader.Open(Place);
        Assert.Equal([3], reader.Snapshots(Id).Select(snapshot => snapshot.SequenceNr));
        Assert.Equal([1], reader.Snapshots("other").Select(snapshot => snapshot.SequenceNr));
    }

    [Fact]
    public async Task A_new_identity_is_kept()
    {
        using (var file = Open())
        {
            await file.RecordIdentityAsync(Identity with { MachineId = "m-2", Incarnation = 2 });
            Assert.Equal(2, file.Identity.Incarnation);
        }

        using var again = Open();
        Assert.Equal(new JournalIdentity("j-1", "m-2", 2), again.Identity);
    }

    [Fact]
    public async Task A_closed_journal_says_so()
    {
        var file = Open();
        file.Dispose();
        var thrown = await Assert.ThrowsAsync<JournalException>(() => JournalOf(file).HighestSequenceNrAsync(Id));
        Assert.Equal(JournalProblem.Closed, thrown.Problem);
    }

    /// <summary>Holds the journal's thread while these writes are given, so that they wait together.</summary>
    private static async Task<List<Task<IReadOnlyList<Exception?>>>> WhileTheThreadIsHeldAsync(
        NodeJournal file, Func<IEnumerable<Task<IReadOnlyList<Exception?>>>> write)
    {
        using var gate = new ManualResetEventSlim();
        var before = file.Thread.RunAsync(_ =>
        {
            gate.Wait();
            return true;
        });
        var writes = write().ToList();
        gate.Set();
        await before;
        return writes;
    }
}
