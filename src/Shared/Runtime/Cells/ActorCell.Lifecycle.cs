using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cells;

internal sealed partial class ActorCell
{
    private StashBuffer? _stash;
    private TimerTable? _timers;
    private bool _isTerminating;
    private Exception? _recreateCause;
    private bool _hadInstance;

    // What the supervisor says while a restart waits for children to stop.
    private readonly Queue<SystemMessage> _deferred = new();

    /// <summary>Whether the constructor of an instance runs now.</summary>
    public bool IsCreating { get; private set; }

    /// <summary>Whether the actor has been told to stop. From any thread.</summary>
    public bool IsTerminating => _isTerminating;

    /// <summary>How often the actor failed and began anew. From any thread.</summary>
    public long Restarts { get; private set; }

    /// <summary>Takes the place in the cell; called by the base constructor of an actor, with its first
    /// behaviour.</summary>
    public void Enter(ActorBase actor)
    {
        IsCreating = false;
        _behaviors.Clear();
        _behaviors.Add(actor.InitialBehavior);
    }

    /// <summary>Makes a stash of infrastructure's own, beside the actor's. It has to be emptied by its maker.</summary>
    public StashBuffer CreateStash() => new(this);

    private void HandleCreate()
    {
        Mailbox.Resume();
        if (Props.Gate is { } gate && !gate())
        {
            Self.Stop();
            return;
        }

        try
        {
            Incarnate();
            Actor!.AroundPreStart();
        }
        catch (Exception e)
        {
            Excarnate();
            throw e as ActorInitializationException ?? new ActorInitializationException(
                Self, $"[{Self.Path}] could not be started: {e.Message}", e);
        }

        ScheduleReceiveTimeoutIfChanged();
    }

    private void Incarnate()
    {
        IsCreating = true;
        try
        {
            var actor = Props.NewActor();
            actor.Constructed();
            Actor = actor;
        }
        finally
        {
            IsCreating = false;
        }

        if (Actor is IActorStash withStash)
            withStash.Stash = _stash = new StashBuffer(this);
        if (Actor is IWithTimers withTimers)
            withTimers.Timers = _timers = new TimerTable(this);
    }

    /// <summary>Takes leave of the instance: timers end, what it stashed comes back to the mailbox.</summary>
    private void Excarnate()
    {
        _timers?.CancelAll();
        _timers = null;
        _stash?.UnstashAll();
        _stash = null;
        EndAsync();
        Actor = null;
    }

    private void FaultRecreate(Exception cause)
    {
        if (_isTerminating)
            return;
        _hadInstance = Actor is not null;
        if (Actor is { } failed)
        {
            // What the hook of a failing instance throws in its turn must not keep the next instance from being made.
            Guard("PreRestart", () => failed.AroundPreRestart(cause, _failedMessage!));
            Excarnate();
        }
        else
        {
            foreach (var child in Children.Snapshot())
                Stop(child.Ref);
        }

        _recreateCause = cause;
        if (!Children.AnyStopping)
            FinishRecreate();
    }

    private void FinishRecreate()
    {
        var cause = _recreateCause!;
        var survivors = Children.Snapshot();
        _recreateCause = null;
        Restarts++;
        Mailbox.Resume();
        ClearFailed();
        try
        {
            Incarnate();
            if (_hadInstance)
                Actor!.AroundPostRestart(cause, null!);
            else
                Actor!.AroundPreStart();
        }
        catch (Exception e)
        {
            Excarnate();
            throw e as ActorInitializationException ?? new ActorInitializationException(
                Self, $"[{Self.Path}] could not be restarted: {e.Message}", e);
        }

        foreach (var child in survivors)
            child.Ref.Restart(cause);
        ScheduleReceiveTimeoutIfChanged();
        while (_recreateCause is null && _deferred.TryDequeue(out var message))
            Invoke(message);
    }

    private void HandleTerminate()
    {
        if (_isTerminating)
            return;
        _isTerminating = true;
        _recreateCause = null;
        _deferred.Clear();
        CancelReceiveTimeout();
        Mailbox.Suspend();
        Children.Close();
        foreach (var child in Children.Snapshot())
            Stop(child.Ref);
        if (Children.IsEmpty)
            FinishTerminate();
    }

    private void FinishTerminate()
    {
        if (Actor is { } actor)
            Guard("PostStop", actor.AroundPostStop);
        Excarnate();
        if (Self.IsSubscriber)
            System.EventStream.Unsubscribe(Self);
        Mailbox.Close();
        CancelReceiveTimeout();
        TellOfTheEnd();
        _behaviors.Clear();
        CurrentEnvelope = default;
    }

    private void Guard(string hook, Action run)
    {
        try
        {
            run();
        }
        catch (Exception e)
        {
            System.Publish(LogLevel.ErrorLevel, Self.Path.ToString(), Props.Type, e, $"{hook} failed: {e.Message}");
        }
    }

    private void ScheduleReceiveTimeoutIfChanged()
    {
        if (_receiveTimeoutChanged)
            ScheduleReceiveTimeout();
    }
}
