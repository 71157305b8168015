namespace Agent.Runtime.Actor;

/// <summary>Something to come that can be called off, with the delays of a scheduler.</summary>
public class Cancelable : ICancelable, IDisposable
{
    private readonly IActionScheduler? _scheduler;
    private readonly CancellationTokenSource _source = new();

    private Cancelable()
    {
    }

    /// <summary>Not called off yet.</summary>
    public Cancelable(IActionScheduler scheduler) => _scheduler = scheduler;

    /// <summary>Not called off yet.</summary>
    public Cancelable(IScheduler scheduler) : this(AdvancedOf(scheduler))
    {
    }

    /// <summary>Will be called off after the delay.</summary>
    public Cancelable(IActionScheduler scheduler, TimeSpan delay) : this(scheduler) => CancelAfter(delay);

    /// <summary>Will be called off after the delay.</summary>
    public Cancelable(IScheduler scheduler, TimeSpan delay) : this(AdvancedOf(scheduler), delay)
    {
    }

    /// <summary>Will be called off after so many milliseconds.</summary>
    public Cancelable(IScheduler scheduler, int millisecondsDelay)
        : this(scheduler, TimeSpan.FromMilliseconds(millisecondsDelay))
    {
    }

    /// <inheritdoc/>
    public bool IsCancellationRequested => _source.IsCancellationRequested;

    /// <inheritdoc/>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether this was disposed of.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Something that has been called off already.</summary>
    public static ICancelable CreateCanceled()
    {
        var cancelled = new Cancelable();
        cancelled.Cancel();
        return cancelled;
    }

    /// <inheritdoc/>
    public void Cancel() => Cancel(false);

    /// <inheritdoc/>
    public void Cancel(bool throwOnFirstException)
    {
        if (!IsDisposed)
            _source.Cancel(throwOnFirstException);
    }

    /// <inheritdoc/>
    public void CancelAfter(TimeSpan delay) => _scheduler?.ScheduleOnce(delay, Cancel, this);

    /// <inheritdoc/>
    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));

    /// <summary>Gives up the token; what was not called off stays so.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
        IsDisposed = true;
        if (disposing)
            _source.Dispose();
    }

    private static IAdvancedScheduler AdvancedOf(IScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        return scheduler.Advanced;
    }
}
