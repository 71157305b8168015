using Agent.Runtime.Persistence;

namespace Agent.Runtime.Hosting;

/// <summary>The port through which persistent actors keep snapshots of their state and find them at recovery.</summary>
/// <remarks>As with <see cref="IJournal"/>, calls for one persistence id take effect in their order, may come from any
/// thread, and a task that is already complete is taken up at once. A task that faults is reported to the actor, which
/// goes on.</remarks>
public interface ISnapshotStore
{
    /// <summary>Keeps a snapshot; one with the same persistence id and sequence number is replaced.</summary>
    Task SaveAsync(SnapshotMetadata metadata, object snapshot);

    /// <summary>The latest snapshot (highest sequence number) that meets the criteria, or null.</summary>
    Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>Deletes every snapshot that meets the criteria.</summary>
    Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria);
}
