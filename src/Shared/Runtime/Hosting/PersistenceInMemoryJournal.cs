namespace Agent.Runtime.Hosting;

/// <summary>A journal in memory that works inline and breaks on demand: for tests and for the simulation.</summary>
/// <remarks>It outlives the systems that use it, as a file would: hand the same one to a new system to restart a node.
/// Each fault strikes once, at the next operation of its kind for that persistence id.</remarks>
public sealed class InMemoryJournal : IJournal
{
    private static readonly IReadOnlyList<Exception?> Kept = [null];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, History> _histories = new(StringComparer.Ordinal);
    private readonly HashSet<(string PersistenceId, Fault Fault)> _faults = [];

    private enum Fault
    {
        FailWrite,
        RejectWrite,
        FailReplay,
    }

    /// <summary>The next write for this id is not carried out: the journal breaks.</summary>
    public void FailNextWrite(string persistenceId) => Arm(persistenceId, Fault.FailWrite);

    /// <summary>The next write for this id is refused by a healthy journal, as if it could not be serialized.</summary>
    public void RejectNextWrite(string persistenceId) => Arm(persistenceId, Fault.RejectWrite);

    /// <summary>The next replay for this id breaks.</summary>
    public void FailNextReplay(string persistenceId) => Arm(persistenceId, Fault.FailReplay);

    /// <summary>The events kept for this id, in order; deleted ones are left out.</summary>
    public IReadOnlyList<object> Events(string persistenceId)
    {
        lock (_lock)
            return [.. HistoryOf(persistenceId).Events.Values];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes)
    {
        lock (_lock)
        {
            foreach (var write in writes)
            {
                if (Strikes(write.PersistenceId, Fault.FailWrite))
                    return Failed<IReadOnlyList<Exception?>>(
                        $"The journal broke while it wrote events of '{write.PersistenceId}'.");
                if (HistoryOf(write.PersistenceId).Highest >= write.FirstSequenceNr)
                {
                    return Failed<IReadOnlyList<Exception?>>(
                        $"Event {write.FirstSequenceNr} of '{write.PersistenceId}' is in the journal already: "
                        + "there is a second writer.");
                }
            }

            var outcome = writes.Count == 1 ? null : new Exception?[writes.Count];
            for (var i = 0; i < writes.Count; i++)
            {
                var write = writes[i];
                if (Strikes(write.PersistenceId, Fault.RejectWrite))
                {
                    outcome ??= new Exception?[writes.Count];
                    outcome[i] = new InvalidDataException(
                        $"The journal refuses event {write.FirstSequenceNr} of '{write.PersistenceId}'.");
                    continue;
                }

                HistoryOf(write.PersistenceId).Add(write);
            }

            return Task.FromResult(outcome ?? Kept);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEntry>> ReplayAsync(string persistenceId, long fromSequenceNr, long toSequenceNr,
        int max)
    {
        lock (_lock)
        {
            if (Strikes(persistenceId, Fault.FailReplay))
                return Failed<IReadOnlyList<JournalEntry>>(
                    $"The journal broke while it read events of '{persistenceId}'.");
            return Task.FromResult<IReadOnlyList<JournalEntry>>([.. HistoryOf(persistenceId).Events
                .Where(e => e.Key >= fromSequenceNr && e.Key <= toSequenceNr)
                .Take(max)
                .Select(e => new JournalEntry(e.Key, e.Value))]);
        }
    }

    /// <inheritdoc/>
    public Task<long> HighestSequenceNrAsync(string persistenceId)
    {
        lock (_lock)
            return Task.FromResult(HistoryOf(persistenceId).Highest);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string persistenceId, long toSequenceNr)
    {
        lock (_lock)
        {
            var events = HistoryOf(persistenceId).Events;
            foreach (var sequenceNr in events.Keys.TakeWhile(n => n <= toSequenceNr).ToList())
                events.Remove(sequenceNr);
            return Task.CompletedTask;
        }
    }

    private static Task<T> Failed<T>(string why) => Task.FromException<T>(new IOException(why));

    private void Arm(string persistenceId, Fault fault)
    {
        lock (_lock)
            _faults.Add((persistenceId, fault));
    }

    private bool Strikes(string persistenceId, Fault fault) => _faults.Remove((persistenceId, fault));

    private History HistoryOf(string persistenceId)
    {
        if (!_histories.TryGetValue(persistenceId, out var history))
            _histories.Add(persistenceId, history = new History());
        return history;
    }

    private sealed class History
    {
        public SortedList<long, object> Events { get; } = [];

        public long Highest { get; private set; }

        public void Add(AtomicWrite write)
        {
            for (var i = 0; i < write.Events.Count; i++)
                Events.Add(write.FirstSequenceNr + i, write.Events[i]);
            Highest = write.FirstSequenceNr + write.Events.Count - 1;
        }
    }
}
