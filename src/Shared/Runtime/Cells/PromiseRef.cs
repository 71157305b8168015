using System.Globalization;
using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>A ref that waits for one reply of a type, or for the end of an actor. It can be watched; its end is the
/// completion.</summary>
/// <remarks>Most replies come from this process, to the ref itself. So it gets a path, and is found below <c>/temp</c>,
/// only when somebody asks for the path: to log it, or to send it to another node.</remarks>
internal sealed class PromiseRef<T> : MinimalRef
{
    private readonly TaskCompletionSource<T> _completion;
    private readonly ICanTell _asked;
    private readonly TimeSpan? _timeout;
    private readonly string _complaint;
    private readonly ITimer? _timer;
    private CancellationTokenRegistration _cancellation;
    private List<IInternalActorRef>? _watchers;
    private ActorPath? _found;
    private bool _done;

    /// <summary>Makes a ref for one reply.</summary>
    /// <param name="system">The system.</param>
    /// <param name="asked">Who is to reply.</param>
    /// <param name="timeout">How long to wait; null for ever.</param>
    /// <param name="complaint">What the result then fails with; {0} is who was asked, {1} the timeout.</param>
    public PromiseRef(ActorSystemImpl system, ICanTell asked, TimeSpan? timeout, string complaint)
        : base(system, null)
    {
        _completion = new TaskCompletionSource<T>(system.Dispatcher.TaskOptions);
        (_asked, _timeout, _complaint) = (asked, timeout, complaint);
        if (timeout is { } limit && limit != Timeout.InfiniteTimeSpan
            && limit < TimeSpan.FromMilliseconds(int.MaxValue))
        {
            _timer = system.Time.CreateTimer(static promise => ((PromiseRef<T>)promise!).Expire(), this,
                Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public override IInternalActorRef Parent => System.Temp;

    /// <summary>The reply, a failure, or the timeout.</summary>
    public Task<T> Result => _completion.Task;

    /// <summary>From now on the token cancels the result.</summary>
    public void CancelWith(CancellationToken token)
    {
        if (!token.CanBeCanceled)
            return;
        var registration = token.UnsafeRegister(
            static (promise, token) => ((PromiseRef<T>)promise!).Finish(default, null, token), this);
        lock (_completion)
        {
            if (!_done)
                _cancellation = registration;
            else
                registration.Unregister();
        }
    }

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        var took = message switch
        {
            Status.Failure failure => Finish(default, failure.Cause),
            T reply => Finish(reply, null),
            _ => Finish(default, new ArgumentException(
                $"[{_asked}] was asked for [{typeof(T)}] and replied with [{message.GetType()}]: {message}")),
        };
        if (!took)
            System.PublishDeadLetter(new Envelope(message, sender), this);
    }

    public override void SendSystemMessage(SystemMessage message)
    {
        switch (message)
        {
            case Terminate:
                Finish(default, new ActorKilledException("Stopped"));
                break;
            case Unwatch unwatch:
                lock (_completion)
                    _watchers?.Remove(unwatch.Watcher);
                break;
            case DeathWatchNotification end:
                Tell(new Terminated(end.Actor, end.ExistenceConfirmed, end.AddressTerminated), null);
                break;
            case Watch watch when !AddWatcher(watch.Watcher):
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
                break;
        }
    }

    protected override ActorPath Name()
    {
        lock (_completion)
        {
            if (_found is null)
            {
                _found = System.Temp.NextPath();
                if (!_done)
                    System.Temp.Add(_found, this);
            }

            return _found;
        }
    }

    private void Expire() => Finish(default,
        new AskTimeoutException(string.Format(CultureInfo.InvariantCulture, _complaint, _asked, _timeout)));

    private bool AddWatcher(IInternalActorRef watcher)
    {
        lock (_completion)
        {
            if (!_done)
                (_watchers ??= []).Add(watcher);
            return !_done;
        }
    }

    /// <summary>Completes the result with a reply, a failure or, where there is neither, as cancelled; false where it
    /// was complete.</summary>
    private bool Finish(T? reply, Exception? cause, CancellationToken? cancelled = null)
    {
        lock (_completion)
        {
            if (_done)
                return false;
            _done = true;
        }

        _timer?.Dispose();
        _cancellation.Unregister();
        if (_found is not null)
            System.Temp.Remove(_found);
        if (_watchers is not null)
        {
            foreach (var watcher in _watchers)
                watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
        }

        // An asynchronous handler may be what completes this: without its context, whoever awaits goes on at once, and
        // in a simulation on the world's thread.
        var context = SynchronizationContext.Current;
        if (context is not null)
            SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            if (cancelled is { } token)
                _completion.TrySetCanceled(token);
            else if (cause is not null)
                _completion.TrySetException(cause);
            else
                _completion.TrySetResult(reply!);
        }
        finally
        {
            if (context is not null)
                SynchronizationContext.SetSynchronizationContext(context);
        }

        return true;
    }
}
