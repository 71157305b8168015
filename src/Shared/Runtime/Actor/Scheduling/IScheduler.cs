namespace Agent.Runtime.Actor;

/// <summary>A system's clocks.</summary>
public interface ITimeProvider
{
    /// <summary>The time of day.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Time since some fixed moment; never goes back.</summary>
    TimeSpan MonotonicClock { get; }

    /// <summary>Time since some fixed moment, at the finest resolution that there is.</summary>
    TimeSpan HighResMonotonicClock { get; }
}

/// <summary>Sends messages later. A delay of zero or less means at once.</summary>
public interface ITellScheduler
{
    /// <summary>Sends a message once, after a delay.</summary>
    void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender);

    /// <summary>Sends a message once, after a delay, unless cancelled before.</summary>
    void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable);

    /// <summary>Sends a message after the first delay and then at every interval.</summary>
    void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
        IActorRef? sender);

    /// <summary>Sends a message after the first delay and then at every interval, until cancelled.</summary>
    void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable);
}

/// <summary>Runs actions later, outside of any actor: they must not touch an actor's state.</summary>
public interface IActionScheduler
{
    /// <summary>Runs an action once, after a delay.</summary>
    void ScheduleOnce(TimeSpan delay, Action action);

    /// <summary>Runs an action once, after a delay, unless cancelled before.</summary>
    void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable);

    /// <summary>Runs an action after the first delay and then at every interval.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);

    /// <summary>Runs an action after the first delay and then at every interval, until cancelled.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable);
}

/// <summary>The part of a scheduler that is not for daily use.</summary>
public interface IAdvancedScheduler : IActionScheduler;

/// <summary>A system's clocks, and messages sent later.</summary>
public interface IScheduler : ITellScheduler, ITimeProvider
{
    /// <summary>Actions in place of messages.</summary>
    IAdvancedScheduler Advanced { get; }
}

/// <summary>Something to come that can be called off.</summary>
public interface ICancelable
{
    /// <summary>Whether it was called off.</summary>
    bool IsCancellationRequested { get; }

    /// <summary>A token that is cancelled with this.</summary>
    CancellationToken Token { get; }

    /// <summary>Calls it off.</summary>
    void Cancel();

    /// <summary>Calls it off; whether the first failure of a callback on the token ends the others.</summary>
    void Cancel(bool throwOnFirstException);

    /// <summary>Calls it off after a delay.</summary>
    void CancelAfter(TimeSpan delay);

    /// <summary>Calls it off after so many milliseconds.</summary>
    void CancelAfter(int millisecondsDelay);
}
