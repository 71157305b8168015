using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>A node's disk with its journal and snapshots: what is written is safe once it was synced, and a crash takes
/// what was not.</summary>
/// <remarks>Operations take effect in the order in which they were called, several in one sync. Of what a crash finds
/// unsynced a part, from the front, may have reached the disk; nobody was told so.</remarks>
public sealed class Disk(SeededWorld world, string node)
{
    /// <summary>The longest that a sync takes where nothing is wrong.</summary>
    public static readonly TimeSpan UsualSync = TimeSpan.FromMilliseconds(20);

    private readonly Random _random = world.CreateRandom(node + " disk");
    private readonly Queue<Action> _unsynced = new();
    private bool _isSyncing;
    private int _crashes;

    /// <summary>The events that are safe.</summary>
    public InMemoryJournal Journal { get; } = new();

    /// <summary>The snapshots that are safe.</summary>
    public InMemorySnapshotStore Snapshots { get; } = new();

    /// <summary>The longest that a sync takes.</summary>
    public TimeSpan MaxSync { get; set; } = UsualSync;

    /// <summary>Whether writes are refused, as by a full disk or a locked file.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether the journal is broken: it acknowledges what it has not synced.</summary>
    public bool AcknowledgesEarly { get; init; }

    /// <summary>The journal and snapshots as one process has them.</summary>
    public PersistenceSetup Open(Process process)
    {
        var handle = new Handle(this, process);
        return new PersistenceSetup(handle, handle);
    }

    /// <summary>The node's process is gone: what is unsynced reaches the disk in part, or not at all.</summary>
    public void Crash()
    {
        var kept = _random.Next(_unsynced.Count + 1);
        world.Note("disk", $"{node} loses {_unsynced.Count - kept} of {_unsynced.Count} unsynced");
        while (kept-- > 0)
            _unsynced.Dequeue()();
        _unsynced.Clear();
        _isSyncing = false;
        _crashes++;
    }

    /// <summary>The process is gone, its host is not: what it wrote reaches the disk.</summary>
    public void Flush()
    {
        Sync();
        _crashes++;
    }

    private void Add(Action effect)
    {
        _unsynced.Enqueue(effect);
        if (_isSyncing)
            return;
        _isSyncing = true;
        var life = _crashes;
        world.After(MaxSync * _random.NextDouble(), () =>
        {
            if (life == _crashes)
                Sync();
        });
    }

    private void Sync()
    {
        _isSyncing = false;
        for (var left = _unsynced.Count; left > 0; left--)
            _unsynced.Dequeue()();
    }

    private sealed class Handle(Disk disk, Process process) : IJournal, ISnapshotStore
    {
        public Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes)
        {
            if (disk.IsFull)
                return DoAsync<IReadOnlyList<Exception?>>(() => throw new IOException("the disk is full in this simulation"));
            var written = DoAsync(() =>
            {
                foreach (var write in writes)
                    disk.Note("write", write);
                return Finished(disk.Journal.WriteAsync(writes));
            });
            return disk.AcknowledgesEarly
                ? Task.FromResult<IReadOnlyList<Exception?>>(new Exception?[writes.Count])
                : written;
        }

        public Task<IReadOnlyList<JournalEntry>> ReplayAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, int max) =>
            DoAsync(() => Finished(disk.Journal.ReplayAsync(persistenceId, fromSequenceNr, toSequenceNr, max)));

        public Task<long> HighestSequenceNrAsync(string persistenceId) =>
            DoAsync(() => Finished(disk.Journal.HighestSequenceNrAsync(persistenceId)));

        public Task DeleteAsync(string persistenceId, long toSequenceNr) =>
            DoAsync(() => disk.Journal.DeleteAsync(persistenceId, toSequenceNr).IsCompletedSuccessfully);

        public Task SaveAsync(SnapshotMetadata metadata, object snapshot) =>
            disk.IsFull
                ? DoAsync<bool>(() => throw new IOException("the disk is full in this simulation"))
                : DoAsync(() => disk.Snapshots.SaveAsync(metadata, snapshot).IsCompletedSuccessfully);

        public Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
            DoAsync(() => Finished(disk.Snapshots.LoadAsync(persistenceId, criteria)));

        public Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
            DoAsync(() => disk.Snapshots.DeleteAsync(persistenceId, criteria).IsCompletedSuccessfully);

        private static T Finished<T>(Task<T> task) => task.GetAwaiter().GetResult();

        private Task<T> DoAsync<T>(Func<T> effect)
        {
            var done = new TaskCompletionSource<T>();
            disk.Add(() =>
            {
                try
                {
                    var result = effect();
                    process.Enter(() => done.SetResult(result));
                }
                catch (IOException error)
                {
                    process.Enter(() => done.SetException(error));
                }
            });
            return done.Task;
        }
    }

    private void Note(string kind, AtomicWrite write) => world.Note(
        kind, $"{node} journal {write.PersistenceId} {write.FirstSequenceNr}+{write.Events.Count} {write.Events[0].GetType().Name}");
}
