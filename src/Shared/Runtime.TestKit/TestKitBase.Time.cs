using System.Runtime.ExceptionServices;

namespace Agent.Runtime.TestKit;

/// <content>Time: how long expectations wait, and conditions that come true after a while.</content>
public abstract partial class TestKitBase
{
    // Only a failure takes so long; a busy machine may take a good part of it.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultSilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(25);

    private TimeSpan? _end;

    /// <summary>Real time since some fixed moment.</summary>
    public static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    /// <summary>What is left of the innermost
    /// <see cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none around.</exception>
    public TimeSpan Remaining => _end is { } end
        ? Positive(end - Now)
        : throw new InvalidOperationException("Remaining can be used only inside Within.");

    /// <summary>What is left of the innermost <c>Within</c>; outside of any, the default of a wait (30 s).</summary>
    public TimeSpan RemainingOrDefault => RemainingOr(DefaultTimeout);

    /// <summary>The duration, but not more than is left of the innermost <c>Within</c>.</summary>
    public TimeSpan RemainingOrDilated(TimeSpan? duration) => duration is { } wanted
        ? Min(Dilated(wanted), RemainingOr(TimeSpan.MaxValue))
        : RemainingOrDefault;

    /// <summary>The duration, stretched for slow machines. Here it is taken as it is.</summary>
    public TimeSpan Dilated(TimeSpan duration) => duration;

    /// <summary>The timeout, or the default of a wait.</summary>
    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => RemainingOrDilated(timeout);

    /// <summary>What is left of the innermost <c>Within</c>; outside of any, the duration.</summary>
    protected TimeSpan RemainingOr(TimeSpan duration) => _end is null ? duration : Remaining;

    /// <summary>Runs the action, whose expectations share this much time, and expects it to end in it.</summary>
    public void Within(TimeSpan max, Action action, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    /// <summary>Runs the action and expects it to take at least <paramref name="min"/> and at most
    /// <paramref name="max"/>.</summary>
    public void Within(
        TimeSpan min, TimeSpan max, Action action, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(min, max, () =>
        {
            action();
            return true;
        }, hint, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public T Within<T>(TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string, TimeSpan?, CancellationToken)"/>
    public T Within<T>(
        TimeSpan min, TimeSpan max, Func<T> function, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (start, outer) = (Now, _end);
        if (RemainingOr(max) < min)
            Fail($"A block of at least {min} does not fit in the {Remaining} that are left.", hint);
        _end = start + Min(Dilated(max), RemainingOr(TimeSpan.MaxValue));
        T result;
        try
        {
            result = function();
        }
        finally
        {
            _end = outer;
        }

        var took = Now - start;
        if (took < min)
            Fail($"The block took {took}, which is less than {min}.", hint);
        if (took > Dilated(max) + (epsilonValue ?? TimeSpan.Zero))
            Fail($"The block took {took}, which is more than {max}.", hint);
        return result;
    }

    /// <summary>Runs the assertion until it throws nothing; after the duration its last exception is thrown.</summary>
    /// <param name="assertion">May use the expectations of this kit.</param>
    /// <param name="duration">How long to try; null for the default.</param>
    /// <param name="interval">The pause between two attempts; null for 25 ms.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public void AwaitAssert(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(blocking: true, () =>
        {
            assertion();
            return Task.CompletedTask;
        }, duration, interval, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(blocking: false, () =>
        {
            assertion();
            return Task.CompletedTask;
        }, duration, interval, cancellationToken);

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(blocking: false, assertion, duration, interval, cancellationToken);

    /// <summary>Waits until the condition holds; if it does not within the default time, the test fails.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, cancellationToken);

    /// <summary>Waits until the condition holds; if it does not within this time, the test fails.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max,
        CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, CancellationToken)"/>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, string message,
        CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, CancellationToken)"/>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null,
        CancellationToken cancellationToken = default)
    {
        if (!HoldsWithinAsync(blocking: true, conditionIsFulfilled, RemainingOrDilated(max), interval,
            cancellationToken).GetAwaiter().GetResult())
            Fail($"The condition did not come true within {RemainingOrDilated(max)}.", message);
    }

    /// <inheritdoc cref="AwaitCondition(Func{bool}, CancellationToken)"/>
    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, CancellationToken)"/>
    public async Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null,
        CancellationToken cancellationToken = default)
    {
        if (!await HoldsWithinAsync(blocking: false, conditionIsFulfilled, RemainingOrDilated(max), interval,
            cancellationToken))
            Fail($"The condition did not come true within {RemainingOrDilated(max)}.", message);
    }

    /// <summary>Waits until the condition holds, at most so long.</summary>
    /// <returns>Whether it came true.</returns>
    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        HoldsWithinAsync(blocking: true, conditionIsFulfilled, max, interval, cancellationToken).GetAwaiter()
        .GetResult();

    private async Task AwaitAssertAsync(
        bool blocking, Func<Task> assertion, TimeSpan? duration, TimeSpan? interval, CancellationToken cancellation)
    {
        var end = Now + RemainingOrDilated(duration);
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception e)
            {
                if (Now >= end)
                    ExceptionDispatchInfo.Throw(e);
            }

            await PauseAsync(blocking, interval, end, cancellation);
        }
    }

    private static async Task<bool> HoldsWithinAsync(
        bool blocking, Func<bool> condition, TimeSpan max, TimeSpan? interval, CancellationToken cancellation)
    {
        var end = Now + max;
        while (!condition())
        {
            if (Now >= end)
                return false;
            await PauseAsync(blocking, interval, end, cancellation);
        }

        return true;
    }

    private static Task PauseAsync(bool blocking, TimeSpan? interval, TimeSpan end, CancellationToken cancellation)
    {
        var pause = Min(interval ?? DefaultInterval, Positive(end - Now));
        if (!blocking)
            return Task.Delay(pause, cancellation);
        cancellation.WaitHandle.WaitOne(pause);
        cancellation.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
