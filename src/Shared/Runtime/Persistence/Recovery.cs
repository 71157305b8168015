namespace Agent.Runtime.Persistence;

/// <summary>How far a persistent actor goes back into its history when it starts.</summary>
public sealed class Recovery
{
    /// <summary>The latest snapshot and every event after it.</summary>
    public Recovery()
        : this(SnapshotSelectionCriteria.Latest)
    {
    }

    /// <summary>The latest snapshot that meets the criteria and every event after it.</summary>
    public Recovery(SnapshotSelectionCriteria fromSnapshot)
        : this(fromSnapshot, long.MaxValue)
    {
    }

    /// <summary>As above, but no event after this sequence number.</summary>
    public Recovery(SnapshotSelectionCriteria fromSnapshot, long toSequenceNr)
        : this(fromSnapshot, toSequenceNr, long.MaxValue)
    {
    }

    /// <summary>As above, but at most so many events. Without criteria, the latest snapshot.</summary>
    public Recovery(SnapshotSelectionCriteria? fromSnapshot = null, long toSequenceNr = long.MaxValue,
        long replayMax = long.MaxValue) =>
        (FromSnapshot, ToSequenceNr, ReplayMax) =
            (fromSnapshot ?? SnapshotSelectionCriteria.Latest, toSequenceNr, replayMax);

    /// <summary>Recovery from the latest snapshot and all later events.</summary>
    public static Recovery Default { get; } = new(SnapshotSelectionCriteria.Latest);

    /// <summary>No recovery: neither a snapshot nor an event is read, only the numbering goes on.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, 0);

    /// <summary>Which snapshot to begin with.</summary>
    public SnapshotSelectionCriteria FromSnapshot { get; }

    /// <summary>The last event to replay, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <summary>The most events to replay.</summary>
    public long ReplayMax { get; }
}

/// <summary>Tells a persistent actor that it has seen all of its history; commands follow.</summary>
public sealed class RecoveryCompleted
{
    /// <summary>The one message of this kind.</summary>
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(RecoveryCompleted);
}
