namespace Agent.Runtime.Hosting;

/// <summary>Where the persistent actors of a system keep their events and snapshots.</summary>
/// <param name="Journal">The journal of the events.</param>
/// <param name="Snapshots">The store of the snapshots.</param>
public sealed record PersistenceSetup(IJournal Journal, ISnapshotStore Snapshots)
{
    /// <summary>A journal and a snapshot store in memory, both empty.</summary>
    public static PersistenceSetup InMemory() => new(new InMemoryJournal(), new InMemorySnapshotStore());
}
