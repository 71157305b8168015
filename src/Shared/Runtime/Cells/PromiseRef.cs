using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>A ref that waits for one reply, or for the end of an actor. It can be watched; its end is the
/// completion.</summary>
internal sealed class PromiseRef : MinimalRef
{
    private readonly TaskCompletionSource<object> _completion;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private List<IInternalActorRef>? _watchers;
    private bool _done;

    private PromiseRef(ActorSystemImpl system, TimeSpan? timeout, Func<Exception> onTimeout)
        : base(system, system.Temp.NextPath())
    {
        _completion = new TaskCompletionSource<object>(system.Dispatcher.TaskOptions);
        system.Temp.Add(this);
        if (timeout is { } limit && limit != Timeout.InfiniteTimeSpan
            && limit < TimeSpan.FromMilliseconds(int.MaxValue))
        {
            _timer = system.Time.CreateTimer(_ => Fail(onTimeout()), null, Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
            _timer.Change(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public override IInternalActorRef Parent => System.Temp;

    /// <summary>The reply, a failure, or the timeout.</summary>
    public Task<object> Result => _completion.Task;

    /// <summary>Makes a ref for one reply.</summary>
    /// <param name="system">The system.</param>
    /// <param name="timeout">How long to wait; null for ever.</param>
    /// <param name="onTimeout">What the result then fails with.</param>
    public static PromiseRef Create(ActorSystemImpl system, TimeSpan? timeout, Func<Exception> onTimeout) =>
        new(system, timeout, onTimeout);

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        var took = message is Status.Failure failure
            ? Fail(failure.Cause)
            : Finish(() => _completion.TrySetResult(message));
        if (!took)
            System.PublishDeadLetter(new Envelope(message, sender), this);
    }

    public override void SendSystemMessage(SystemMessage message)
    {
        switch (message)
        {
            case Terminate:
                Fail(new ActorKilledException("Stopped"));
                break;
            case Unwatch unwatch:
                lock (_lock)
                    _watchers?.Remove(unwatch.Watcher);
                break;
            case DeathWatchNotification end:
                Finish(() => _completion.TrySetResult(
                    new Terminated(end.Actor, end.ExistenceConfirmed, end.AddressTerminated)));
                break;
            case Watch watch when !AddWatcher(watch.Watcher):
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
                break;
        }
    }

    /// <summary>Gives up: the result is cancelled.</summary>
    public void Cancel(CancellationToken token) => Finish(() => _completion.TrySetCanceled(token));

    // An asynchronous handler may be what completes this: without its context, whoever awaits goes on at once, and in a
    // simulation on the world's thread.
    private static void Detached(Action complete)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            complete();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private bool AddWatcher(IInternalActorRef watcher)
    {
        lock (_lock)
        {
            if (!_done)
                (_watchers ??= []).Add(watcher);
            return !_done;
        }
    }

    private bool Fail(Exception cause) => Finish(() => _completion.TrySetException(cause));

    private bool Finish(Action complete)
    {
        lock (_lock)
        {
            if (_done)
                return false;
            _done = true;
        }

        _timer?.Dispose();
        System.Temp.Remove(this);
        foreach (var watcher in _watchers ?? [])
            watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
        Detached(complete);
        return true;
    }
}
