using Agent.Runtime.Actor;

namespace Agent.Runtime.TestKit;

/// <summary>A scheduler in virtual time: nothing is due until the test moves the clock.</summary>
/// <remarks>What becomes due runs on the thread that moves the clock, in the order of its time, and what is equally due
/// in the order in which it was scheduled. While it runs, <see cref="Now"/> is the time at which it was due.</remarks>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Entry, (DateTimeOffset Due, long Number)> _entries = new();
    private readonly DateTimeOffset _start;
    private DateTimeOffset _now;
    private long _scheduled;

    internal TestScheduler(DateTimeOffset start) => _now = _start = start;

    /// <inheritdoc/>
    public DateTimeOffset Now
    {
        get
        {
            lock (_lock)
                return _now;
        }
    }

    /// <inheritdoc/>
    public TimeSpan MonotonicClock => Now - _start;

    /// <inheritdoc/>
    public TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc/>
    public IAdvancedScheduler Advanced => this;

    /// <summary>The time as derived schedulers see it.</summary>
    protected DateTimeOffset TimeNow => Now;

    /// <summary>Moves the clock forward; what is due by then has been done when the call returns.</summary>
    public void Advance(TimeSpan offset) => AdvanceTo(Now + offset);

    /// <summary>Moves the clock forward to this time; what is due by then has been done when the call
    /// returns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is past.</exception>
    public void AdvanceTo(DateTimeOffset when)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(when, Now);
        while (NextDue(when) is { } entry)
        {
            entry.Run();
            if (entry.Interval is { } interval && !entry.IsCancelled)
                Add(entry, interval);
        }
    }

    /// <inheritdoc/>
    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender) =>
        ScheduleTellOnce(delay, receiver, message, sender, null);

    /// <inheritdoc/>
    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable) =>
        Add(new Entry(() => receiver.Tell(message, sender), null, cancelable), delay);

    /// <inheritdoc/>
    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
        IActorRef? sender) =>
        ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, null);

    /// <inheritdoc/>
    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable) =>
        Add(new Entry(() => receiver.Tell(message, sender), Repeating(interval), cancelable), initialDelay);

    /// <inheritdoc/>
    public void ScheduleOnce(TimeSpan delay, Action action) => ScheduleOnce(delay, action, null);

    /// <inheritdoc/>
    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Add(new Entry(action, null, cancelable), delay);

    /// <inheritdoc/>
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        ScheduleRepeatedly(initialDelay, interval, action, null);

    /// <inheritdoc/>
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(new Entry(action, Repeating(interval), cancelable), initialDelay);

    private static TimeSpan Repeating(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return interval;
    }

    private void Add(Entry entry, TimeSpan delay)
    {
        lock (_lock)
            _entries.Enqueue(entry, (_now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), _scheduled++));
    }

    /// <summary>Takes the next entry that is due and moves the clock to its time; without one, to the end.</summary>
    private Entry? NextDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            while (_entries.TryPeek(out var entry, out var at) && at.Due <= end)
            {
                _entries.Dequeue();
                if (entry.IsCancelled)
                    continue;
                _now = at.Due;
                return entry;
            }

            _now = end;
            return null;
        }
    }

    private sealed record Entry(Action Run, TimeSpan? Interval, ICancelable? Cancelable)
    {
        public bool IsCancelled => Cancelable?.IsCancellationRequested == true;
    }
}
