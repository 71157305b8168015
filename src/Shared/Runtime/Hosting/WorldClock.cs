namespace Agent.Runtime.Hosting;

/// <summary>The clock of one node of a <see cref="SeededWorld"/>: it may stand wrong, run fast or slow, and its timers
/// wait while the node's process stands still.</summary>
/// <remarks>The wall clock and the monotonic clock differ as they do on a host: <see cref="Skew"/> moves the wall clock
/// alone, <see cref="Rate"/> both. Timers go by the node's own time. Those that fall due while the clock's systems are
/// paused fire together, once each, when they go on; those of a killed system never do.</remarks>
public sealed class WorldClock : TimeProvider
{
    private readonly SeededWorld _world;
    private readonly VirtualTime _true;
    private readonly List<ClockTimer> _held = [];
    private double _rate = 1;
    private TimeSpan _trueBase;
    private long _ownBase;
    private bool _isPaused;
    private bool _isDead;

    internal WorldClock(SeededWorld world, VirtualTime time, string name)
    {
        (_world, _true, Name) = (world, time, name);
        (_trueBase, _ownBase) = (time.Elapsed, time.Elapsed.Ticks);
    }

    /// <summary>Whose clock it is; it stands in the trace.</summary>
    public string Name { get; }

    /// <summary>How far the wall clock is ahead of the world's; negative where it is behind.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>How many seconds pass on this clock in one of the world's; above zero. A change does not move timers
    /// that are running.</summary>
    public double Rate
    {
        get => _rate;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, 0);
            (_ownBase, _trueBase) = (GetTimestamp(), _true.Elapsed);
            _rate = value;
        }
    }

    /// <summary>Whether this clock stands still while its systems are paused, as that of a suspended virtual machine
    /// does; that of a stopped process goes on.</summary>
    public bool StopsInPause { get; init; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    internal SeededWorld World => _world;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _true.Origin.AddTicks(GetTimestamp()) + Skew;

    /// <inheritdoc/>
    public override long GetTimestamp() => _isPaused && StopsInPause
        ? _ownBase
        : _ownBase + (long)((_true.Elapsed - _trueBase).Ticks * _rate);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ClockTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Pause()
    {
        (_ownBase, _trueBase) = (GetTimestamp(), _true.Elapsed);
        _isPaused = true;
    }

    internal void Resume()
    {
        _isPaused = false;
        if (StopsInPause)
            _trueBase = _true.Elapsed;
        ClockTimer[] held = [.. _held];
        _held.Clear();
        foreach (var timer in held)
            timer.Fire();
    }

    internal void Kill()
    {
        _isDead = true;
        _held.Clear();
    }

    // Rounded up: a timer is late by a tick rather than early.
    private TimeSpan True(TimeSpan own) => own == Timeout.InfiniteTimeSpan || own <= TimeSpan.Zero || _rate == 1
        ? own
        : new TimeSpan((long)Math.Ceiling(own.Ticks / _rate) + 1);

    private sealed class ClockTimer : ITimer
    {
        private readonly WorldClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _timer;
        private bool _isHeld;

        public ClockTimer(WorldClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _timer = clock._true.CreateTimer(_ => OnDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _isHeld = false;
            return _timer.Change(_clock.True(dueTime), _clock.True(period));
        }

        public void Fire()
        {
            if (!_isHeld)
                return;
            _isHeld = false;
            _callback(_state);
        }

        public void Dispose()
        {
            _isHeld = false;
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void OnDue()
        {
            if (_clock._isDead)
            {
                _timer.Dispose();
                return;
            }

            _clock._world.RecordTimer(_clock.Name);
            if (!_clock._isPaused)
            {
                _callback(_state);
                return;
            }

            if (!_isHeld)
                _clock._held.Add(this);
            _isHeld = true;
        }
    }
}
