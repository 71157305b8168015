using Agent.Runtime.Actor;

namespace Agent.Runtime.Cells;

/// <summary>The scheduler that goes by a <see cref="TimeProvider"/>: a heap of what is to come and one timer, armed for
/// the earliest. In real time it is the runtime's timer thread that fires it, in a simulation the world.</summary>
/// <remarks>Things due at the same time happen in the order in which they were scheduled. What is cancelled stays in
/// the heap until it is due or the heap has doubled since it was last cleared of such.</remarks>
internal sealed class TimeProviderScheduler : IScheduler, IAdvancedScheduler, IDisposable
{
    private const int SmallHeap = 1024;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onFailure;
    private readonly ITimer _timer;
    private readonly long _origin;
    private PriorityQueue<Entry, (TimeSpan Due, long Number)> _heap = new();
    private long _number;
    private int _clearAt = SmallHeap;
    private TimeSpan _armedFor = TimeSpan.MaxValue;
    private bool _disposed;

    /// <param name="time">The clock and the timer.</param>
    /// <param name="onFailure">Is told what a scheduled action throws.</param>
    public TimeProviderScheduler(TimeProvider time, Action<Exception> onFailure)
    {
        (_time, _onFailure, _origin) = (time, onFailure, time.GetTimestamp());
        _timer = time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public DateTimeOffset Now => _time.GetUtcNow();

    public TimeSpan MonotonicClock => _time.GetElapsedTime(_origin);

    public TimeSpan HighResMonotonicClock => MonotonicClock;

    public IAdvancedScheduler Advanced => this;

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender) =>
        ScheduleTellOnce(delay, receiver, message, sender, null);

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable) =>
        Add(delay, null, new Entry(receiver, message, sender, null, cancelable));

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender) =>
        ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, null);

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable) =>
        Add(initialDelay, interval, new Entry(receiver, message, sender, null, cancelable));

    public void ScheduleOnce(TimeSpan delay, Action action) => ScheduleOnce(delay, action, null);

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Add(delay, null, new Entry(null, null, null, action, cancelable));

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        ScheduleRepeatedly(initialDelay, interval, action, null);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(initialDelay, interval, new Entry(null, null, null, action, cancelable));

    /// <summary>Forgets what is to come.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _heap.Clear();
        }

        _timer.Dispose();
    }

    private void Add(TimeSpan delay, TimeSpan? interval, Entry entry)
    {
        if (interval is { } every && every <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(interval), interval,
                "The interval of what is repeated must be positive.");
        lock (_lock)
        {
            if (_disposed)
                return;
            if (_heap.Count >= _clearAt)
                ClearOfCancelled();
            entry.Interval = interval;
            Enqueue(entry, MonotonicClock + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero));
            Arm();
        }
    }

    private void Fire()
    {
        List<Entry> due = [];
        lock (_lock)
        {
            _armedFor = TimeSpan.MaxValue;
            var now = MonotonicClock;
            while (_heap.TryPeek(out var entry, out var priority) && priority.Due <= now)
            {
                _heap.Dequeue();
                if (entry.IsCancelled)
                    continue;
                due.Add(entry);
                if (entry.Interval is not { } interval)
                    continue;
                var next = priority.Due + interval;
                Enqueue(entry, next > now ? next : now + interval);
            }

            Arm();
        }

        foreach (var entry in due)
            Run(entry);
    }

    private void Run(Entry entry)
    {
        if (entry.IsCancelled)
            return;
        try
        {
            if (entry.Action is { } action)
                action();
            else
                entry.Receiver!.Tell(entry.Message!, entry.Sender);
        }
        catch (Exception e)
        {
            _onFailure(e);
        }
    }

    private void Enqueue(Entry entry, TimeSpan due) => _heap.Enqueue(entry, (due, _number++));

    private void Arm()
    {
        if (_disposed || !_heap.TryPeek(out _, out var first) || first.Due >= _armedFor)
            return;
        _armedFor = first.Due;
        var wait = first.Due - MonotonicClock;
        // A timer counts whole milliseconds and may be early by a part of one: rounded up, it is not.
        _timer.Change(
            wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(
                Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue)) : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    private void ClearOfCancelled()
    {
        _heap = new PriorityQueue<Entry, (TimeSpan, long)>(_heap.UnorderedItems.Where(i => !i.Element.IsCancelled));
        _clearAt = Math.Max(SmallHeap, 2 * _heap.Count);
    }

    private sealed class Entry(ICanTell? receiver, object? message, IActorRef? sender, Action? action,
        ICancelable? cancelable)
    {
        public ICanTell? Receiver { get; } = receiver;

        public object? Message { get; } = message;

        public IActorRef? Sender { get; } = sender;

        public Action? Action { get; } = action;

        public TimeSpan? Interval { get; set; }

        public bool IsCancelled => cancelable?.IsCancellationRequested == true;
    }
}
