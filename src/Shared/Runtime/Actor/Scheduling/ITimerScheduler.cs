namespace Agent.Runtime.Actor;

/// <summary>An actor's own timers, each under a key. They end with the instance: a restart or a stop cancels them
/// all.</summary>
/// <remarks>A message of a timer that was cancelled or replaced is dropped even where it is in the mailbox already.
/// Timer messages have no sender.</remarks>
public interface ITimerScheduler
{
    /// <summary>The keys of the timers that will fire.</summary>
    IReadOnlyCollection<object> ActiveTimers { get; }

    /// <summary>Sends the message to the actor once, after the time; replaces a timer with the same key.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>Sends the message to the actor at every interval; replaces a timer with the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <summary>Sends the message to the actor after the first delay and then at every interval; replaces a timer with
    /// the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Whether the timer with this key will fire.</summary>
    bool IsTimerActive(object key);

    /// <summary>Ends the timer with this key, where there is one.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers.</summary>
    void CancelAll();
}

/// <summary>An actor with timers.</summary>
public interface IWithTimers
{
    /// <summary>The timers, filled in by the runtime after construction.</summary>
    ITimerScheduler Timers { get; set; }
}
