using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Host.Bootstrap;
using Agent.Runtime.Hosting;
using Agent.Simulation.Cluster;

namespace Agent.Simulation.Outside;

/// <summary>A node's disk with its journal and snapshots: what is written is safe once it was synced, and a crash takes
/// what was not.</summary>
/// <remarks>What is written is bytes, by the agent's own serializer. Operations take effect in the order in which they were called, several in one sync. Of what a crash finds
/// unsynced a part, from the front, may have reached the disk; nobody was told so.</remarks>
internal sealed class Disk(World world, string node)
{
    /// <summary>The longest that a sync takes where nothing is wrong.</summary>
    public static readonly TimeSpan UsualSync = TimeSpan.FromMilliseconds(20);

    private const string Readable = "every event and snapshot can be written and read";

    private readonly IEventSerializer _serializer = Serializer(world.Settings.Defect);
    private readonly Random _random = world.Seeded.CreateRandom(node + " disk");
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
        world.Seeded.Note("disk", $"{node} loses {_unsynced.Count - kept} of {_unsynced.Count} unsynced");
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
        world.Seeded.After(MaxSync * _random.NextDouble(), () =>
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
            AtomicWrite[] written = [.. writes.Select(disk.Written)];
            if (disk.IsFull)
                return DoAsync<IReadOnlyList<Exception?>>(() => throw new IOException("the disk is full in this simulation"));
            var synced = DoAsync(() =>
            {
                foreach (var write in written)
                    disk.Note("write", write);
                return Finished(disk.Journal.WriteAsync(written));
            });
            return disk.AcknowledgesEarly
                ? Task.FromResult<IReadOnlyList<Exception?>>(new Exception?[writes.Count])
                : synced;
        }

        public Task<IReadOnlyList<JournalEntry>> ReplayAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, int max) =>
            DoAsync<IReadOnlyList<JournalEntry>>(() =>
            [
                .. Finished(disk.Journal.ReplayAsync(persistenceId, fromSequenceNr, toSequenceNr, max))
                    .Select(entry => entry with { Payload = disk.Read(entry.Payload) }),
            ]);

        public Task<long> HighestSequenceNrAsync(string persistenceId) =>
            DoAsync(() => Finished(disk.Journal.HighestSequenceNrAsync(persistenceId)));

        public Task DeleteAsync(string persistenceId, long toSequenceNr) =>
            DoAsync(() => disk.Journal.DeleteAsync(persistenceId, toSequenceNr).IsCompletedSuccessfully);

        public Task SaveAsync(SnapshotMetadata metadata, object snapshot)
        {
            var written = disk.Written(snapshot);
            return disk.IsFull
                ? DoAsync<bool>(() => throw new IOException("the disk is full in this simulation"))
                : DoAsync(() => disk.Snapshots.SaveAsync(metadata, written).IsCompletedSuccessfully);
        }

        public Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
            DoAsync(() => Finished(disk.Snapshots.LoadAsync(persistenceId, criteria)) is { } offer
                ? new SnapshotOffer(offer.Metadata, disk.Read(offer.Snapshot))
                : null);

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

    /// <summary>That of the agent's journals, with what the ledger adds.</summary>
    private static JsonEventSerializer Serializer(Defect defect)
    {
        // The ledger's own types are found by reflection.
        var ledger = new DefaultJsonTypeInfoResolver();
        if (defect == Defect.LostMember) ledger.Modifiers.Add(LoseNumber);
        var options = new JsonSerializerOptions(JournalJson.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(JournalJson.Options.TypeInfoResolver, ledger),
        };
        return NodeJournals.Serializer(options).Add<Ledger.Counted>("ledger-counted").Add<long>("ledger-total");
    }

    private static void LoseNumber(JsonTypeInfo type)
    {
        if (type.Type == typeof(Ledger.Counted))
            type.Properties[0].ShouldSerialize = (_, _) => false;
    }

    private AtomicWrite Written(AtomicWrite write) => write with { Events = [.. write.Events.Select(Written)] };

    /// <summary>The bytes of an event or snapshot.</summary>
    private object Written(object payload)
    {
        try
        {
            return _serializer.Serialize(payload);
        }
        catch (Exception error) when (error is NotSupportedException or JsonException)
        {
            world.Fail(Readable, $"{node} cannot write {payload}: {error.Message}");
            return new SerializedEvent("", default);
        }
    }

    private object Read(object stored)
    {
        var (manifest, json) = (SerializedEvent)stored;
        try
        {
            return _serializer.Deserialize(manifest, json.Span);
        }
        catch (InvalidDataException error)
        {
            world.Fail(Readable, $"{node}: {error.Message}");
            throw new IOException(error.Message, error);
        }
    }

    private void Note(string kind, AtomicWrite write) => world.Seeded.Note(
        kind,
        $"{node} journal {write.PersistenceId} {write.FirstSequenceNr}+{write.Events.Count} "
        + ((SerializedEvent)write.Events[0]).Manifest);
}
