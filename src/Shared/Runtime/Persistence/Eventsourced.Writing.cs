using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Persistence;

/// <content>Writing: events go to the journal in batches, one batch at a time, in the order in which they were
/// given.</content>
public abstract partial class Eventsourced
{
    private static readonly Action<object> Nothing = _ => { };

    /// <summary>What is given to the next batch: each element is written as a whole; one without a number is only
    /// deferred.</summary>
    private List<Invocation[]> _batch = [];
    private bool _isWriting;

    /// <summary>The number of the event that was given last; ahead of <see cref="LastSequenceNr"/> until its handler
    /// runs.</summary>
    private long _givenSequenceNr;

    /// <summary>Handlers to come, and those among them for which commands wait.</summary>
    private int _pending;
    private int _pendingStashing;

    /// <summary>Keeps an event, then runs the handler, before the next command. Many calls in one command keep their
    /// order.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="handler">Changes the state and answers; <c>Sender</c> is the sender of the command.</param>
    /// <exception cref="InvalidOperationException">The history is being replayed.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler) => Give([@event], handler, stashes: true);

    /// <summary>Keeps all of the events or none, then runs the handler for each, before the next command.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        Give(events, handler, stashes: true);

    /// <summary>Keeps an event, then runs the handler. Other commands may be handled in between.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler) => Give([@event], handler, stashes: false);

    /// <summary>Keeps all of the events or none, then runs the handler for each. Other commands may be handled in
    /// between.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        Give(events, handler, stashes: false);

    /// <summary>Runs the handler after those of all events given before; at once if there are none. Nothing is
    /// kept.</summary>
    /// <inheritdoc cref="Persist"/>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(evt);
        ArgumentNullException.ThrowIfNull(handler);
        MustNotBeRecovering();
        if (_pending == 0)
        {
            handler(evt);
            return;
        }

        _pending++;
        _batch.Add([new Invocation(this, evt, 0, e => handler((TEvent)e), Cell.CurrentEnvelope.Sender,
            stashes: false)]);
    }

    /// <summary>The journal could not write an event: it is not known to be kept, and its handler will not run. The
    /// actor is stopped afterwards. Logs an error.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Event {0} of '{1}' ({2}) could not be written, the actor is stopped: {3}",
            sequenceNr, PersistenceId, @event.GetType(), cause.Message);

    /// <summary>The journal refused an event: it is not kept, its number is used up, its handler will not run, the
    /// actor goes on. Logs an error.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Event {0} of '{1}' ({2}) was refused by the journal and is lost: {3}",
            sequenceNr, PersistenceId, @event.GetType(), cause.Message);

    private void Give<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler, bool stashes)
    {
        ArgumentNullException.ThrowIfNull(events);
        MustNotBeRecovering();
        Action<object> untyped = handler is null ? Nothing : e => handler((TEvent)e);
        var (sender, invocations) = (Cell.CurrentEnvelope.Sender, new List<Invocation>());
        foreach (var @event in events)
        {
            ArgumentNullException.ThrowIfNull(@event);
            invocations.Add(
                new Invocation(this, @event, _givenSequenceNr + invocations.Count + 1, untyped, sender, stashes));
        }

        if (invocations.Count == 0)
            return;
        _givenSequenceNr += invocations.Count;
        _pending += invocations.Count;
        if (stashes)
            _pendingStashing += invocations.Count;
        _batch.Add([.. invocations]);
    }

    private void MustNotBeRecovering()
    {
        if (IsRecovering)
        {
            throw new InvalidOperationException(
                $"'{PersistenceId}' cannot persist during replay. Events can be persisted when RecoveryCompleted "
                + "is handled or later.");
        }
    }

    /// <summary>A command or a persist handler is through: what it gave is written, and if nothing waits for the
    /// journal the next command of those that waited comes.</summary>
    private void AfterHandler()
    {
        Flush();
        if (_pendingStashing > 0)
        {
            _phase = Phase.Persisting;
            return;
        }

        _phase = Phase.Processing;
        _waiting.Unstash();
    }

    private void Flush()
    {
        if (_isWriting || _batch.Count == 0)
            return;
        var batch = _batch;
        _batch = [];
        AtomicWrite[] writes = [.. batch
            .Where(i => i[0].SequenceNr > 0)
            .Select(i => new AtomicWrite(PersistenceId, i[0].SequenceNr, [.. i.Select(e => e.Event)]))];
        _isWriting = true;
        var self = Self;
        if (writes.Length == 0)
        {
            Settle(self, batch, Task.FromResult<IReadOnlyList<Exception?>>([]));
            return;
        }

        var written = _ports.Journal.WriteAsync(writes);
        WhenDone(written, _ => Settle(self, batch, written));
    }

    /// <summary>Tells the actor what became of each event, in order; may run on any thread.</summary>
    private void Settle(IActorRef self, List<Invocation[]> batch, Task<IReadOnlyList<Exception?>> written)
    {
        var failure = written.IsCompletedSuccessfully ? null : CauseOf(written);
        var write = 0;
        foreach (var invocations in batch)
        {
            var isWritten = invocations[0].SequenceNr > 0;
            var rejection = isWritten && failure is null ? written.Result[write++] : null;
            foreach (var invocation in invocations)
            {
                (invocation.Failure, invocation.Rejection) = (failure, rejection);
                self.Tell(invocation, invocation.Sender);
            }
        }

        // Last, so that what the next batch tells cannot overtake what this one told.
        self.Tell(new BatchSettled(this), ActorRefs.NoSender);
    }

    private void BatchIsSettled()
    {
        _isWriting = false;
        Flush();
    }

    private void RunHandler(Invocation invocation)
    {
        _pending--;
        if (invocation.Stashes)
            _pendingStashing--;
        if (invocation.Failure is { } failure)
        {
            Context.Stop(Self);
            OnPersistFailure(failure, invocation.Event, invocation.SequenceNr);
            return;
        }

        if (invocation.SequenceNr > 0)
            LastSequenceNr = invocation.SequenceNr;
        try
        {
            if (invocation.Rejection is { } rejection)
                OnPersistRejected(rejection, invocation.Event, invocation.SequenceNr);
            else
                invocation.Handler(invocation.Event);
        }
        finally
        {
            AfterHandler();
        }
    }
}
