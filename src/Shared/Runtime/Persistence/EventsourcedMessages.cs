using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Persistence;

/// <summary>What a persistent actor tells itself about the work of its journal. It means nothing to a later
/// incarnation.</summary>
internal abstract class JournalReply(Eventsourced owner) : IDeadLetterSuppression
{
    /// <summary>The incarnation that asked.</summary>
    public Eventsourced Owner { get; } = owner;
}

/// <summary>An event, or something deferred, whose handler is to run: once the journal has settled it, this is its
/// message.</summary>
internal sealed class Invocation(Eventsourced owner, object @event, long sequenceNr, Action<object> handler,
    IActorRef? sender, bool stashes)
    : JournalReply(owner)
{
    public object Event { get; } = @event;

    /// <summary>The event's number; 0 if it is deferred only and not written.</summary>
    public long SequenceNr { get; } = sequenceNr;

    public Action<object> Handler { get; } = handler;

    /// <summary>The sender of the command, who is the sender again in the handler.</summary>
    public IActorRef? Sender { get; } = sender;

    /// <summary>Whether commands wait until the handler has run.</summary>
    public bool Stashes { get; } = stashes;

    /// <summary>Why the journal refused it; null if it did not.</summary>
    public Exception? Rejection { get; set; }

    /// <summary>Why the journal could not write it; null if it could.</summary>
    public Exception? Failure { get; set; }
}

/// <summary>The journal has settled a batch: the next may follow. Comes after the batch's invocations.</summary>
internal sealed class BatchSettled(Eventsourced owner) : JournalReply(owner);

/// <summary>The snapshot to begin recovery with, or none.</summary>
internal sealed class SnapshotFound(Eventsourced owner, SnapshotOffer? offer) : JournalReply(owner)
{
    public SnapshotOffer? Offer { get; } = offer;
}

/// <summary>Events to replay, in order.</summary>
internal sealed class EventsFound(Eventsourced owner, IReadOnlyList<Hosting.JournalEntry> events, int asked)
    : JournalReply(owner)
{
    public IReadOnlyList<Hosting.JournalEntry> Events { get; } = events;

    /// <summary>How many were asked for; fewer means that there are no more.</summary>
    public int Asked { get; } = asked;
}

/// <summary>Where the numbering goes on; ends the recovery.</summary>
internal sealed class HighestFound(Eventsourced owner, long sequenceNr) : JournalReply(owner)
{
    public long SequenceNr { get; } = sequenceNr;
}

/// <summary>The journal or the snapshot store cannot be read.</summary>
internal sealed class CannotRead(Eventsourced owner, Exception cause) : JournalReply(owner)
{
    public Exception Cause { get; } = cause;
}
