namespace Agent.Runtime.Persistence;

/// <summary>A snapshot was saved; comes as a command to the actor that asked for it.</summary>
public sealed class SaveSnapshotSuccess(SnapshotMetadata metadata) : IEquatable<SaveSnapshotSuccess>
{
    /// <summary>What the snapshot is of.</summary>
    public SnapshotMetadata Metadata { get; } = metadata;

    /// <inheritdoc/>
    public bool Equals(SaveSnapshotSuccess? other) => other is not null && Metadata.Equals(other.Metadata);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SaveSnapshotSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => Metadata.GetHashCode();
}

/// <summary>A snapshot could not be saved; nothing is lost, since the events are kept.</summary>
public sealed class SaveSnapshotFailure(SnapshotMetadata metadata, Exception cause) : IEquatable<SaveSnapshotFailure>
{
    /// <summary>What the snapshot would have been of.</summary>
    public SnapshotMetadata Metadata { get; } = metadata;

    /// <summary>Why it could not be saved.</summary>
    public Exception Cause { get; } = cause;

    /// <inheritdoc/>
    public bool Equals(SaveSnapshotFailure? other) =>
        other is not null && Metadata.Equals(other.Metadata) && Equals(Cause, other.Cause);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SaveSnapshotFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata, Cause);
}

/// <summary>Snapshots were deleted.</summary>
public sealed class DeleteSnapshotsSuccess(SnapshotSelectionCriteria criteria) : IEquatable<DeleteSnapshotsSuccess>
{
    /// <summary>Which ones.</summary>
    public SnapshotSelectionCriteria Criteria { get; } = criteria;

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotsSuccess? other) => other is not null && Criteria.Equals(other.Criteria);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotsSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => Criteria.GetHashCode();
}

/// <summary>Snapshots could not be deleted.</summary>
public sealed class DeleteSnapshotsFailure(SnapshotSelectionCriteria criteria, Exception cause)
    : IEquatable<DeleteSnapshotsFailure>
{
    /// <summary>Which ones.</summary>
    public SnapshotSelectionCriteria Criteria { get; } = criteria;

    /// <summary>Why not.</summary>
    public Exception Cause { get; } = cause;

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotsFailure? other) =>
        other is not null && Criteria.Equals(other.Criteria) && Equals(Cause, other.Cause);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotsFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Criteria, Cause);
}

/// <summary>Events were deleted.</summary>
public sealed class DeleteMessagesSuccess(long toSequenceNr) : IEquatable<DeleteMessagesSuccess>
{
    /// <summary>The last of them.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    /// <inheritdoc/>
    public bool Equals(DeleteMessagesSuccess? other) => other is not null && ToSequenceNr == other.ToSequenceNr;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteMessagesSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => ToSequenceNr.GetHashCode();
}

/// <summary>Events could not be deleted; they are replayed as before.</summary>
public sealed class DeleteMessagesFailure(Exception cause, long toSequenceNr) : IEquatable<DeleteMessagesFailure>
{
    /// <summary>Why not.</summary>
    public Exception Cause { get; } = cause;

    /// <summary>The last of those that were to be deleted.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    /// <inheritdoc/>
    public bool Equals(DeleteMessagesFailure? other) =>
        other is not null && Equals(Cause, other.Cause) && ToSequenceNr == other.ToSequenceNr;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteMessagesFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cause, ToSequenceNr);
}
