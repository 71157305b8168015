using Agent.Runtime.Persistence;

namespace Agent.Runtime.Hosting;

/// <summary>A snapshot store in memory that works inline and breaks on demand: for tests and for the
/// simulation.</summary>
/// <remarks>It outlives the systems that use it, as a file would. The snapshots themselves are kept, not copies of
/// them: they must not be changed after they were saved.</remarks>
public sealed class InMemorySnapshotStore : ISnapshotStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedList<long, SnapshotOffer>> _snapshots = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failNextSave = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failNextLoad = new(StringComparer.Ordinal);

    /// <summary>The next snapshot of this id cannot be saved.</summary>
    public void FailNextSave(string persistenceId)
    {
        lock (_lock)
            _failNextSave.Add(persistenceId);
    }

    /// <summary>The next attempt to load a snapshot of this id breaks.</summary>
    public void FailNextLoad(string persistenceId)
    {
        lock (_lock)
            _failNextLoad.Add(persistenceId);
    }

    /// <inheritdoc/>
    public Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        lock (_lock)
        {
            if (_failNextSave.Remove(metadata.PersistenceId))
                return Task.FromException(
                    new IOException($"The snapshot of '{metadata.PersistenceId}' cannot be written."));
            SnapshotsOf(metadata.PersistenceId)[metadata.SequenceNr] = new SnapshotOffer(metadata, snapshot);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_lock)
        {
            if (_failNextLoad.Remove(persistenceId))
                return Task.FromException<SnapshotOffer?>(
                    new IOException($"The snapshot of '{persistenceId}' cannot be read."));
            return Task.FromResult(SnapshotsOf(persistenceId).Values.LastOrDefault(s => criteria.IsMatch(s.Metadata)));
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_lock)
        {
            var snapshots = SnapshotsOf(persistenceId);
            foreach (var metadata in snapshots.Values.Select(s => s.Metadata).Where(criteria.IsMatch).ToList())
                snapshots.Remove(metadata.SequenceNr);
            return Task.CompletedTask;
        }
    }

    private SortedList<long, SnapshotOffer> SnapshotsOf(string persistenceId)
    {
        if (!_snapshots.TryGetValue(persistenceId, out var snapshots))
            _snapshots.Add(persistenceId, snapshots = []);
        return snapshots;
    }
}
