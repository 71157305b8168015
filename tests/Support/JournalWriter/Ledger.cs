using System.Globalization;

namespace Agent.JournalWriter;

/// <summary>A persistent actor that counts for ever, with all that such an actor may do: single events and batches, tags, snapshots,
/// and the deletion of what a snapshot contains. It says what is done, and what its state was when it came back.</summary>
/// <remarks>Events 4 and 5, 9 and 10 and so on are one batch. After each batch comes a snapshot; once it is saved, older ones go, and all
/// events but the last three. Every third event bears a tag.</remarks>
internal sealed class Ledger : ReceivePersistentActor
{
    public const string Mark = "mark";
    private const int Period = 5;
    private const int KeptEvents = 3;

    private readonly Action<string> _say;
    private long _last;
    private long _sum;

    public Ledger(string id, Action<string> say)
    {
        (PersistenceId, _say) = (id, say);
        Recover<SnapshotOffer>(offer => (_last, _sum) = (Sum)offer.Snapshot);
        Recover<Entered>(entered => Apply(entered.Number));
        Recover<Marked>(marked => Apply(marked.Number));
        Recover<RecoveryCompleted>(_ =>
        {
            Say("recovered", _last, _sum);
            Next();
        });
        Command<Turn>(_ => Next());
        Command<SaveSnapshotSuccess>(saved =>
        {
            Say("saved", saved.Metadata.SequenceNr);
            DeleteMessages(saved.Metadata.SequenceNr - KeptEvents);
            DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
        });
        Command<DeleteMessagesSuccess>(deleted => Say("deleted", deleted.ToSequenceNr));
        Command<DeleteSnapshotsSuccess>(deleted => Say("forgot", deleted.Criteria.MaxSequenceNr));
    }

    private enum Turn
    {
        Next,
    }

    public override string PersistenceId { get; }

    public static Props Of(string id, Action<string> say) => Props.Create(() => new Ledger(id, say));

    private static object EventOf(long number) => number % 3 == 0 ? new Marked(number) : new Entered(number);

    private void Next()
    {
        var isBatch = (_last + 1) % Period == Period - 1;
        PersistAll(Enumerable.Range(1, isBatch ? 2 : 1).Select(n => EventOf(_last + n)), kept =>
        {
            Apply(kept is Marked marked ? marked.Number : ((Entered)kept).Number);
            Say("event", _last);
            if (_last % Period == 0) SaveSnapshot(new Sum(_last, _sum));
            if (_last % Period != Period - 1) Self.Tell(Turn.Next);
        });
    }

    private void Apply(long number)
    {
        if (number != _last + 1 || number != LastSequenceNr)
            throw new InvalidOperationException($"event {number}, in the journal {LastSequenceNr}, came after {_last}");
        (_last, _sum) = (number, _sum + number);
    }

    private void Say(string done, params ReadOnlySpan<long> numbers) =>
        _say(string.Create(CultureInfo.InvariantCulture, $"{done} {PersistenceId} {string.Join(' ', numbers.ToArray())}"));
}

/// <summary>An event that knows its own number.</summary>
internal sealed record Entered(long Number);

/// <summary>The same, with a tag.</summary>
internal sealed record Marked(long Number);

/// <summary>The state of a ledger.</summary>
internal sealed record Sum(long Last, long Total);
