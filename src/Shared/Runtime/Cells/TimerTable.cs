using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>The timers of one instance. Each start has a number; what arrives with another number than the timer's is
/// dropped.</summary>
internal sealed class TimerTable(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, Timer> _timers = [];
    private long _starts;

    public IReadOnlyCollection<object> ActiveTimers => [.. _timers.Keys];

    public void StartSingleTimer(object key, object msg, TimeSpan timeout)
    {
        var timer = Start(key, msg, repeats: false);
        cell.System.Scheduler.ScheduleTellOnce(timeout, cell.Self, timer.Signal, ActorRefs.NoSender, timer.Cancelable);
    }

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) =>
        StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        var timer = Start(key, msg, repeats: true);
        cell.System.Scheduler.ScheduleTellRepeatedly(
            initialDelay, interval, cell.Self, timer.Signal, ActorRefs.NoSender, timer.Cancelable);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
            timer.Cancelable.Cancel();
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values)
            timer.Cancelable.Cancel();
        _timers.Clear();
    }

    /// <summary>The message of a timer that fired, or null where it was cancelled or replaced meanwhile.</summary>
    public object? Take(TimerSignal signal)
    {
        if (!_timers.TryGetValue(signal.Key, out var timer) || !ReferenceEquals(timer.Signal, signal))
            return null;
        if (!timer.Repeats)
            _timers.Remove(signal.Key);
        return timer.Message;
    }

    private Timer Start(object key, object message, bool repeats)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(message);
        Cancel(key);
        var number = ++_starts;
        var signal = message is INotInfluenceReceiveTimeout
            ? new QuietTimerSignal(key, number)
            : new TimerSignal(key, number);
        var timer = new Timer(message, repeats, signal, new Cancelable(cell.System.Scheduler));
        _timers.Add(key, timer);
        return timer;
    }

    private sealed record Timer(object Message, bool Repeats, TimerSignal Signal, Cancelable Cancelable);
}

/// <summary>Says to an actor that one of its timers fired. The timer's message takes its place when it is handled; a
/// persistent actor that puts it aside until an event is written looks at the timer only afterwards.</summary>
internal class TimerSignal(object key, long number) : IDeadLetterSuppression
{
    public object Key { get; } = key;

    public override string ToString() => $"<Timer>: {Key} #{number}";
}

/// <summary>The signal of a timer whose message does not push back the receive timeout.</summary>
internal sealed class QuietTimerSignal(object key, long number) : TimerSignal(key, number), INotInfluenceReceiveTimeout;
