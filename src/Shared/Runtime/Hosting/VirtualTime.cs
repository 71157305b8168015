namespace Agent.Runtime.Hosting;

/// <summary>The time of a simulated world: it stands still until the world moves it, and its timers fire on the world's
/// thread.</summary>
/// <remarks>What is due at the same time fires in the order in which it was set.</remarks>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly TimerCallback DoPosted = action => ((Action)action!)();

    private readonly PriorityQueue<VirtualTimer, (long Due, long Number)> _timers = new();
    private long _now;
    private long _number;

    public VirtualTime(DateTimeOffset origin) => Origin = origin;

    /// <summary>When the world began.</summary>
    public DateTimeOffset Origin { get; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long the world has been there.</summary>
    public TimeSpan Elapsed => new(_now);

    /// <summary>When the next timer is due, or null where none is set.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            while (_timers.TryPeek(out var timer, out var key))
            {
                if (timer.Number == key.Number)
                    return new TimeSpan(key.Due);
                _timers.Dequeue();
            }

            return null;
        }
    }

    public override DateTimeOffset GetUtcNow() => Origin.AddTicks(_now);

    public override long GetTimestamp() => _now;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Does something once, after a while.</summary>
    public void Post(TimeSpan delay, Action action) =>
        new VirtualTimer(this, DoPosted, action).Change(delay, Timeout.InfiniteTimeSpan);

    /// <summary>Moves time forward, firing nothing. For moments before <see cref="NextDue"/>.</summary>
    public void MoveTo(TimeSpan elapsed) => _now = Math.Max(_now, elapsed.Ticks);

    /// <summary>Moves time to the next timer and fires it.</summary>
    public void FireNext()
    {
        if (NextDue is not { } due)
            return;
        var timer = _timers.Dequeue();
        MoveTo(due);
        timer.Fire();
    }

    private void Set(VirtualTimer timer, TimeSpan delay)
    {
        timer.Number = ++_number;
        _timers.Enqueue(timer, (_now + Math.Max(0, delay.Ticks), timer.Number));
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        /// <summary>The setting that counts; 0 for none.</summary>
        public long Number { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Number = 0;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                time.Set(this, dueTime);
            return true;
        }

        public void Fire()
        {
            Number = 0;
            if (_period > TimeSpan.Zero)
                time.Set(this, _period);
            callback(state);
        }

        public void Dispose() => Number = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
