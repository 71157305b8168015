namespace Agent.Runtime.Persistence;

/// <summary>What a snapshot is of: whose, of which point in the history, and when it was taken.</summary>
public sealed class SnapshotMetadata : IEquatable<SnapshotMetadata>
{
    /// <summary>Stands for a time that nobody noted.</summary>
    public static DateTime TimestampNotSpecified => DateTime.MinValue;

    /// <summary>Metadata of a snapshot whose time is not noted.</summary>
    public SnapshotMetadata(string persistenceId, long sequenceNr)
        : this(persistenceId, sequenceNr, TimestampNotSpecified)
    {
    }

    /// <summary>Metadata of a snapshot taken after the event with this sequence number.</summary>
    public SnapshotMetadata(string persistenceId, long sequenceNr, DateTime timestamp)
    {
        ArgumentNullException.ThrowIfNull(persistenceId);
        (PersistenceId, SequenceNr, Timestamp) = (persistenceId, sequenceNr, timestamp);
    }

    /// <summary>Whose snapshot it is.</summary>
    public string PersistenceId { get; }

    /// <summary>The last event that the snapshot contains.</summary>
    public long SequenceNr { get; }

    /// <summary>When it was taken, in UTC, or <see cref="TimestampNotSpecified"/>.</summary>
    public DateTime Timestamp { get; }

    /// <inheritdoc/>
    public bool Equals(SnapshotMetadata? other) =>
        other is not null
        && (PersistenceId, SequenceNr, Timestamp) == (other.PersistenceId, other.SequenceNr, other.Timestamp);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SnapshotMetadata);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PersistenceId, SequenceNr, Timestamp);

    /// <inheritdoc/>
    public override string ToString() => $"snapshot of '{PersistenceId}' at {SequenceNr}";
}

/// <summary>A snapshot found at recovery, handed to the actor before the events that follow it.</summary>
public sealed class SnapshotOffer : IEquatable<SnapshotOffer>
{
    /// <summary>An offer of this snapshot.</summary>
    public SnapshotOffer(SnapshotMetadata metadata, object snapshot) => (Metadata, Snapshot) = (metadata, snapshot);

    /// <summary>What the snapshot is of.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <summary>The state that was saved.</summary>
    public object Snapshot { get; }

    /// <inheritdoc/>
    public bool Equals(SnapshotOffer? other) =>
        other is not null && Metadata.Equals(other.Metadata) && Equals(Snapshot, other.Snapshot);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SnapshotOffer);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata, Snapshot);
}

/// <summary>Which snapshots are meant; all bounds are inclusive.</summary>
public sealed class SnapshotSelectionCriteria : IEquatable<SnapshotSelectionCriteria>
{
    /// <summary>Snapshots up to this sequence number, of any time.</summary>
    public SnapshotSelectionCriteria(long maxSequenceNr)
        : this(maxSequenceNr, DateTime.MaxValue)
    {
    }

    /// <summary>Snapshots within these bounds.</summary>
    public SnapshotSelectionCriteria(long maxSequenceNr, DateTime maxTimeStamp, long minSequenceNr = 0,
        DateTime? minTimestamp = null) =>
        (MaxSequenceNr, MaxTimeStamp, MinSequenceNr, MinTimestamp) =
            (maxSequenceNr, maxTimeStamp, minSequenceNr, minTimestamp);

    /// <summary>Any snapshot; the latest is the one that recovery takes.</summary>
    public static SnapshotSelectionCriteria Latest { get; } = new(long.MaxValue);

    /// <summary>No snapshot at all: recovery replays every event.</summary>
    public static SnapshotSelectionCriteria None { get; } = new(0, DateTime.MinValue);

    /// <summary>The highest sequence number.</summary>
    public long MaxSequenceNr { get; }

    /// <summary>The latest time, in UTC.</summary>
    public DateTime MaxTimeStamp { get; }

    /// <summary>The lowest sequence number.</summary>
    public long MinSequenceNr { get; }

    /// <summary>The earliest time, in UTC; null for any.</summary>
    public DateTime? MinTimestamp { get; }

    internal bool IsMatch(SnapshotMetadata metadata) =>
        metadata.SequenceNr <= MaxSequenceNr && metadata.SequenceNr >= MinSequenceNr
        && metadata.Timestamp <= MaxTimeStamp && metadata.Timestamp >= (MinTimestamp ?? DateTime.MinValue);

    /// <summary>These criteria, but no sequence number above this one.</summary>
    internal SnapshotSelectionCriteria UpTo(long sequenceNr) => sequenceNr >= MaxSequenceNr
        ? this
        : new SnapshotSelectionCriteria(sequenceNr, MaxTimeStamp, MinSequenceNr, MinTimestamp);

    /// <inheritdoc/>
    public bool Equals(SnapshotSelectionCriteria? other) =>
        other is not null && (MaxSequenceNr, MaxTimeStamp, MinSequenceNr, MinTimestamp)
            == (other.MaxSequenceNr, other.MaxTimeStamp, other.MinSequenceNr, other.MinTimestamp);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SnapshotSelectionCriteria);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxSequenceNr, MaxTimeStamp, MinSequenceNr, MinTimestamp);
}
