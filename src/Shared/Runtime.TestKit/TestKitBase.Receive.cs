using System.Diagnostics.CodeAnalysis;

namespace Agent.Runtime.TestKit;

/// <content>Taking messages as they come.</content>
public abstract partial class TestKitBase
{
    /// <summary>Takes the next message; null if none comes in time.</summary>
    /// <param name="max">How long to wait; null for the default.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public object? ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        NextAsync(blocking: true, peek: false, max, cancellationToken).GetAwaiter().GetResult()?.Message;

    /// <inheritdoc cref="ReceiveOne"/>
    public async ValueTask<object?> ReceiveOneAsync(TimeSpan? max = null,
        CancellationToken cancellationToken = default) =>
        (await NextAsync(blocking: false, peek: false, max, cancellationToken))?.Message;

    /// <summary>Takes the next message with its sender, if one comes in time.</summary>
    public bool TryReceiveOne(
        [NotNullWhen(true)] out MessageEnvelope? envelope, TimeSpan? max = null,
        CancellationToken cancellationToken = default)
    {
        envelope = NextAsync(blocking: true, peek: false, max, cancellationToken).GetAwaiter().GetResult();
        return envelope is not null;
    }

    /// <summary>Looks at the next message and leaves it; null if none comes in time.</summary>
    public object? PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        NextAsync(blocking: true, peek: true, max, cancellationToken).GetAwaiter().GetResult()?.Message;

    /// <summary>Takes so many messages; the test fails if they do not come in time.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveN(numberOfMessages, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ReceiveN(int, CancellationToken)"/>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max,
        CancellationToken cancellationToken = default)
    {
        var (end, messages) = (Now + RemainingOrDilated(max), new List<object>());
        while (messages.Count < numberOfMessages)
        {
            if (!TryReceiveOne(out var next, Positive(end - Now), cancellationToken))
                Fail($"{messages.Count} of {numberOfMessages} messages came within {max}: "
                    + $"{string.Join(", ", messages)}.");
            messages.Add(next.Message);
        }

        return messages;
    }

    /// <summary>Takes messages while the filter gives something for them; the first other one is left.</summary>
    /// <param name="filter">Gives null for a message that ends the reception.</param>
    /// <param name="max">How long to take messages at most; null for the default.</param>
    /// <param name="idle">How long to wait for each; null for no such bound.</param>
    /// <param name="msgs">The most messages to take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T?> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        CancellationToken cancellationToken = default) where T : class
    {
        var (end, taken) = (Now + RemainingOrDilated(max), new List<T>());
        while (taken.Count < msgs)
        {
            var wait = Min(Positive(end - Now), idle ?? TimeSpan.MaxValue);
            if (PeekOne(wait, cancellationToken) is not { } message || filter(message) is not { } result)
                break;
            ReceiveOne(TimeSpan.Zero, cancellationToken);
            taken.Add(result);
        }

        return taken;
    }

    /// <summary>Takes messages until one matches; what came before it is gone.</summary>
    public object FishForMessage(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    /// <summary>Takes messages until one of this type matches; what came before it is gone.</summary>
    public T FishForMessage<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        FishAsync(blocking: true, isMessage, max, hint, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<object> FishForMessageAsync(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        new(FishAsync(blocking: false, isMessage, max, hint, cancellationToken));

    /// <summary>Expects silence for 5 seconds, or what is left of the innermost <c>Within</c>.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) =>
        ExpectNoMsg(RemainingOr(DefaultSilence), cancellationToken);

    /// <summary>Expects silence for so long.</summary>
    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        ExpectSilenceAsync(blocking: true, duration, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Expects silence for so many milliseconds.</summary>
    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(RemainingOr(DefaultSilence), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        new(ExpectSilenceAsync(blocking: false, duration, cancellationToken));

    /// <inheritdoc cref="ExpectNoMsg(int, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    private async Task<T> FishAsync<T>(
        bool blocking, Predicate<T> isMessage, TimeSpan? max, string hint, CancellationToken cancellation)
    {
        var total = RemainingOrDilated(max);
        var (end, passed) = (Now + total, new List<object>());
        while (await NextAsync(blocking, peek: false, Positive(end - Now), cancellation) is { } next)
        {
            if (next.Message is T message && isMessage(message))
                return message;
            passed.Add(next.Message);
        }

        Fail($"No {typeof(T)} that matches came within {total}, only: {string.Join(", ", passed)}.", hint);
        return default;
    }

    private async Task ExpectSilenceAsync(bool blocking, TimeSpan duration, CancellationToken cancellation)
    {
        if (await NextAsync(blocking, peek: false, duration, cancellation) is { } next)
            Fail($"Expected no message for {duration}, but {next.Message} came from {next.Sender}.");
    }

    private async Task<MessageEnvelope?> NextAsync(bool blocking, bool peek, TimeSpan? max,
        CancellationToken cancellation)
    {
        var next = await _queue.NextAsync(blocking, peek, RemainingOrDilated(max), cancellation);
        if (next is not null && !peek)
            _last = next;
        return next;
    }
}
