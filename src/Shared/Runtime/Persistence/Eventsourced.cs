using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Persistence;

/// <summary>An actor whose state is the sum of its events: it writes each to a journal before it acts on it, and reads
/// them all back when it starts.</summary>
/// <remarks>
/// <para>It is in one of three phases. <b>Recovering</b> (<c>.Recovery</c>): commands wait while a snapshot and the
/// events after it are replayed. <b>Processing</b>: commands are handled. <b>Persisting</b> (<c>.Writing</c>): commands
/// wait for the handlers of events that were given to <see cref="Persist"/>.</para>
/// <para>A failed write, and a failed recovery, stop the actor: it would otherwise act on what is not kept.</para>
/// </remarks>
public abstract partial class Eventsourced : ActorBase, IWithUnboundedStash
{
    private readonly PersistenceSetup _ports;
    private readonly StashBuffer _waiting;
    private Phase _phase = Phase.Recovering;
    private bool _isAsync;
    private IStash? _stash;
    private ILoggingAdapter? _log;

    /// <summary>Takes the journal and the snapshot store of the system.</summary>
    /// <exception cref="InvalidOperationException">The system has none.</exception>
    protected Eventsourced()
    {
        _ports = Cell.System.Setup.Persistence ?? throw new InvalidOperationException(
            $"{GetType()} is persistent, but the system {Cell.System.Name} was set up without a journal "
            + "(RuntimeSetup.Persistence).");
        _waiting = Cell.CreateStash();
    }

    private enum Phase
    {
        Recovering,
        Processing,
        Persisting,
    }

    /// <summary>Names the history in the journal. No two actors may have the same at the same time.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>Names the snapshots; the same as <see cref="PersistenceId"/>.</summary>
    public string SnapshotterId => PersistenceId;

    /// <summary>How far to go back at the start; asked for once per incarnation.</summary>
    public virtual Recovery Recovery => Recovery.Default;

    /// <summary>Whether the history is being replayed; no longer so while <see cref="RecoveryCompleted"/> is
    /// handled.</summary>
    public bool IsRecovering => _phase == Phase.Recovering;

    /// <summary>Whether the whole history was replayed.</summary>
    public bool IsRecoveryFinished => !IsRecovering;

    /// <summary>The number of the event that is handled or was handled last; 0 before the first.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>The number that a snapshot taken now would have.</summary>
    public long SnapshotSequenceNr => LastSequenceNr;

    /// <summary>Commands put aside by the actor's own code.</summary>
    public IStash Stash
    {
        get => _stash ?? throw new InvalidOperationException("The stash can be used once the constructor is through.");
        set => _stash = value is StashBuffer own ? new EventsourcedStash(own, _waiting) : value;
    }

    /// <summary>Where failures of the journal are logged.</summary>
    protected virtual ILoggingAdapter Log => _log ??= Logging.GetLogger(Context);

    /// <summary>Rebuilds the state from an event or a <see cref="SnapshotOffer"/>, and learns of
    /// <see cref="RecoveryCompleted"/>.</summary>
    /// <returns>False where the message is unhandled.</returns>
    protected abstract bool ReceiveRecover(object message);

    /// <summary>Handles a command.</summary>
    /// <returns>False where the message is unhandled.</returns>
    protected abstract bool ReceiveCommand(object message);

    /// <summary>Saves the state as of <see cref="LastSequenceNr"/>. What becomes of it comes as a command:
    /// <see cref="SaveSnapshotSuccess"/> or <see cref="SaveSnapshotFailure"/>.</summary>
    /// <param name="snapshot">The state; it must not change afterwards.</param>
    public void SaveSnapshot(object snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var metadata = new SnapshotMetadata(SnapshotterId, SnapshotSequenceNr, Cell.System.Scheduler.Now.UtcDateTime);
        Report(_ports.Snapshots.SaveAsync(metadata, snapshot),
            new SaveSnapshotSuccess(metadata), cause => new SaveSnapshotFailure(metadata, cause));
    }

    /// <summary>Deletes the snapshots that meet the criteria. What becomes of it comes as a command:
    /// <see cref="DeleteSnapshotsSuccess"/> or <see cref="DeleteSnapshotsFailure"/>.</summary>
    public void DeleteSnapshots(SnapshotSelectionCriteria criteria)
    {
        ArgumentNullException.ThrowIfNull(criteria);
        Report(_ports.Snapshots.DeleteAsync(SnapshotterId, criteria),
            new DeleteSnapshotsSuccess(criteria), cause => new DeleteSnapshotsFailure(criteria, cause));
    }

    /// <summary>Deletes the events up to and with this number, but none after <see cref="LastSequenceNr"/>. What
    /// becomes of it comes as a command: <see cref="DeleteMessagesSuccess"/> or
    /// <see cref="DeleteMessagesFailure"/>.</summary>
    public void DeleteMessages(long toSequenceNr)
    {
        var last = Math.Min(toSequenceNr, LastSequenceNr);
        Report(_ports.Journal.DeleteAsync(PersistenceId, last),
            new DeleteMessagesSuccess(last), cause => new DeleteMessagesFailure(cause, last));
    }

    /// <summary>Takes the user's message through the phases; the journal's replies are for the runtime.</summary>
    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is JournalReply reply)
        {
            if (ReferenceEquals(reply.Owner, this))
                OnReply(reply);
            return true;
        }

        if (_phase != Phase.Processing)
        {
            _waiting.Stash();
            return true;
        }

        try
        {
            return base.AroundReceive(receive, message);
        }
        finally
        {
            if (!_isAsync)
                AfterHandler();
        }
    }

    /// <summary>Starts the actor, then its recovery.</summary>
    public override void AroundPreStart()
    {
        base.AroundPreStart();
        StartRecovery();
    }

    /// <summary>Puts the commands that wait back into the mailbox, for the next incarnation.</summary>
    public override void AroundPreRestart(Exception cause, object message)
    {
        _waiting.UnstashAll();
        base.AroundPreRestart(cause, message);
    }

    /// <summary>Starts the new incarnation, then its recovery.</summary>
    public override void AroundPostRestart(Exception cause, object message)
    {
        base.AroundPostRestart(cause, message);
        StartRecovery();
    }

    /// <summary>Puts the commands that wait back into the mailbox, from where they become dead letters.</summary>
    public override void AroundPostStop()
    {
        _waiting.UnstashAll();
        base.AroundPostStop();
    }

    /// <summary>Runs asynchronous work as part of the command at hand: no other command is handled until it is
    /// through.</summary>
    protected void RunTask(Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _isAsync = true;
        Cell.RunTask(async () =>
        {
            try
            {
                await action();
            }
            finally
            {
                _isAsync = false;
                AfterHandler();
            }
        });
    }

    /// <summary>As with any actor, except that failures of the snapshot store and of deletions are logged, and that the
    /// end of the recovery need not be handled.</summary>
    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case RecoveryCompleted:
                break;
            case SaveSnapshotFailure failure:
                Log.Warning(failure.Cause, "The {0} could not be saved: {1}", failure.Metadata, failure.Cause.Message);
                break;
            case DeleteSnapshotsFailure failure:
                Log.Warning(failure.Cause, "Snapshots of '{0}' could not be deleted: {1}", PersistenceId,
                    failure.Cause.Message);
                break;
            case DeleteMessagesFailure failure:
                Log.Warning(failure.Cause, "Events of '{0}' up to {1} could not be deleted: {2}",
                    PersistenceId, failure.ToSequenceNr, failure.Cause.Message);
                break;
            default:
                base.Unhandled(message);
                break;
        }
    }

    private void OnReply(JournalReply reply)
    {
        switch (reply)
        {
            case Invocation invocation: RunHandler(invocation); break;
            case BatchSettled: BatchIsSettled(); break;
            case SnapshotFound found: ReplaySnapshot(found.Offer); break;
            case EventsFound found: ReplayEvents(found); break;
            case HighestFound found: CompleteRecovery(found.SequenceNr); break;
            case CannotRead failed: FailRecovery(failed.Cause, null); break;
            default: throw new InvalidOperationException($"Unknown reply {reply}.");
        }
    }

    /// <summary>Tells the actor what becomes of the work, as a message from itself: at once if it is known.</summary>
    private void Report(Task work, object success, Func<Exception, object> failure)
    {
        var self = Self;
        WhenDone(work, done => self.Tell(done.IsCompletedSuccessfully ? success : failure(CauseOf(done)), self));
    }

    /// <summary>Tells the actor the result of reading, or that it failed.</summary>
    private void Read<T>(Task<T> work, Func<T, JournalReply> found)
    {
        var self = Self;
        WhenDone(work, _ => self.Tell(
            work.IsCompletedSuccessfully ? found(work.Result) : new CannotRead(this, CauseOf(work)),
            ActorRefs.NoSender));
    }

    private static void WhenDone(Task work, Action<Task> report)
    {
        if (work.IsCompleted)
            report(work);
        else
            _ = work.ContinueWith(report, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
    }

    private static Exception CauseOf(Task failed) =>
        failed.Exception?.GetBaseException() ?? new TaskCanceledException(failed);
}
