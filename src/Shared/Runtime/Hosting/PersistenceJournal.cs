namespace Agent.Runtime.Hosting;

/// <summary>The port through which persistent actors keep and read back their events.</summary>
/// <remarks>
/// <para>Calls for one persistence id take effect in the order in which they are made, so that a replay sees every
/// write called before it. An implementation may be called from any thread.</para>
/// <para>A task that is already complete is taken up at once, on the caller's thread: an implementation that works
/// inline makes a persistent actor deterministic. A task that faults is lost I/O; what a healthy journal refuses is a
/// value.</para>
/// </remarks>
public interface IJournal
{
    /// <summary>Keeps these writes, each as a whole or not at all, and completes when they are durable.</summary>
    /// <param name="writes">Writes of one persistence id, in the order of their sequence numbers.</param>
    /// <returns>One element per write: null if it is kept, else why the journal refuses it (its payload cannot be
    /// serialized). A refused write leaves a gap in the sequence numbers.</returns>
    /// <exception cref="IOException">The journal cannot write, or a sequence number is taken: there is a second writer.
    /// None of the writes is to be taken as kept.</exception>
    Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes);

    /// <summary>Reads events in the order of their sequence numbers; deleted ones are left out.</summary>
    /// <param name="persistenceId">Whose events.</param>
    /// <param name="fromSequenceNr">The first sequence number, inclusive.</param>
    /// <param name="toSequenceNr">The last sequence number, inclusive.</param>
    /// <param name="max">The most events to return; a caller that gets that many asks again from the next number
    /// on.</param>
    Task<IReadOnlyList<JournalEntry>> ReplayAsync(string persistenceId, long fromSequenceNr, long toSequenceNr,
        int max);

    /// <summary>The highest sequence number ever kept for this id, that of deleted events included; 0 if there is
    /// none.</summary>
    Task<long> HighestSequenceNrAsync(string persistenceId);

    /// <summary>Deletes the events up to and with this sequence number. Their numbers are not given out
    /// again.</summary>
    Task DeleteAsync(string persistenceId, long toSequenceNr);
}

/// <summary>Events that are kept together or not at all (one <c>Persist</c> or one <c>PersistAll</c>).</summary>
/// <param name="PersistenceId">Whose events.</param>
/// <param name="FirstSequenceNr">The sequence number of the first event; the others follow without gaps.</param>
/// <param name="Events">The payloads; at least one.</param>
public sealed record AtomicWrite(string PersistenceId, long FirstSequenceNr, IReadOnlyList<object> Events);

/// <summary>An event read back from a journal.</summary>
/// <param name="SequenceNr">Its place in the history of its persistence id; from 1.</param>
/// <param name="Payload">The event itself.</param>
public readonly record struct JournalEntry(long SequenceNr, object Payload);
