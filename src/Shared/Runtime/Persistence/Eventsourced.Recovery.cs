using Agent.Runtime.Event;

namespace Agent.Runtime.Persistence;

/// <content>Recovery: a snapshot, the events after it page by page, the number to go on with.</content>
public abstract partial class Eventsourced
{
    private const int PageSize = 256;

    private long _replayTo;
    private long _replayLeft;

    /// <summary>The history cannot be read, or the actor failed on a part of it. The actor is stopped afterwards. Logs
    /// an error.</summary>
    /// <param name="reason">What went wrong.</param>
    /// <param name="message">The event or snapshot on which the actor failed; null if reading failed.</param>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null) =>
        Log.Error(reason, "'{0}' cannot be recovered after event {1}{2}, the actor is stopped: {3}",
            PersistenceId, LastSequenceNr, message is null ? "" : $" (at {message.GetType()})", reason.Message);

    /// <summary>The history was replayed; <see cref="RecoveryCompleted"/> follows.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    private void StartRecovery()
    {
        var recovery = Recovery;
        (_replayTo, _replayLeft) = (recovery.ToSequenceNr, recovery.ReplayMax);
        if (recovery.FromSnapshot.Equals(SnapshotSelectionCriteria.None))
            AskForEvents();
        else
            Read(_ports.Snapshots.LoadAsync(SnapshotterId, recovery.FromSnapshot.UpTo(_replayTo)),
                offer => new SnapshotFound(this, offer));
    }

    private void ReplaySnapshot(SnapshotOffer? offer)
    {
        if (offer is not null)
        {
            LastSequenceNr = offer.Metadata.SequenceNr;
            if (!TryRecover(offer))
                return;
        }

        AskForEvents();
    }

    private void ReplayEvents(EventsFound found)
    {
        foreach (var (sequenceNr, payload) in found.Events)
        {
            LastSequenceNr = sequenceNr;
            if (!TryRecover(payload))
                return;
        }

        _replayLeft -= found.Events.Count;
        if (found.Events.Count == found.Asked)
            AskForEvents();
        else
            AskForHighest();
    }

    private void AskForEvents()
    {
        var max = (int)Math.Min(_replayLeft, PageSize);
        if (max <= 0 || LastSequenceNr >= _replayTo)
            AskForHighest();
        else
            Read(_ports.Journal.ReplayAsync(PersistenceId, LastSequenceNr + 1, _replayTo, max),
                events => new EventsFound(this, events, max));
    }

    private void AskForHighest() =>
        Read(_ports.Journal.HighestSequenceNrAsync(PersistenceId), n => new HighestFound(this, n));

    private void CompleteRecovery(long highestSequenceNr)
    {
        LastSequenceNr = _givenSequenceNr = Math.Max(LastSequenceNr, highestSequenceNr);
        OnReplaySuccess();
        _phase = Phase.Processing;
        try
        {
            base.AroundReceive(ReceiveRecover, RecoveryCompleted.Instance);
        }
        finally
        {
            AfterHandler();
        }
    }

    private bool TryRecover(object message)
    {
        try
        {
            base.AroundReceive(ReceiveRecover, message);
            return true;
        }
        catch (Exception e)
        {
            FailRecovery(e, message);
            return false;
        }
    }

    private void FailRecovery(Exception cause, object? message)
    {
        Context.Stop(Self);
        OnRecoveryFailure(cause, message);
    }
}
