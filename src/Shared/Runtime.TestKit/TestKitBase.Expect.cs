using Agent.Runtime.Actor;

namespace Agent.Runtime.TestKit;

/// <content>Expecting a message of a type, a value, a property or a sender. What comes instead is taken and fails the
/// test.</content>
public abstract partial class TestKitBase
{
    /// <summary>Expects a message of this type next.</summary>
    /// <param name="duration">How long to wait; null for the default, or what is left of the innermost
    /// <c>Within</c>.</param>
    /// <param name="hint">Added to the message of a failure.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon<T>((_, _) => { }, duration, hint, cancellationToken);

    /// <summary>Expects this message next.</summary>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Is(message, hint), timeout, hint, cancellationToken);

    /// <summary>Expects a message next that the comparer finds equal to this one.</summary>
    public T ExpectMsg<T>(
        T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Holds<T>((m, _) => comparer(expected, m), $"is not {expected} to the comparer", hint), timeout, hint,
            cancellationToken);

    /// <summary>Expects a message next for which the predicate holds.</summary>
    public T ExpectMsg<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Holds<T>((m, _) => isMessage(m), NoMatch, hint), timeout, hint, cancellationToken);

    /// <summary>Expects a message next for which, with its sender, the predicate holds.</summary>
    public T ExpectMsg<T>(
        Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Holds(isMessageAndSender, NoMatch, hint), timeout, hint, cancellationToken);

    /// <summary>Expects a message next with which the assertion throws nothing.</summary>
    public T ExpectMsg<T>(
        Action<T> assert, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon<T>((m, _) => assert(m), timeout, hint, cancellationToken);

    /// <summary>Expects a message next with which, and its sender, the assertion throws nothing.</summary>
    public T ExpectMsg<T>(
        Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(assertMessageAndSender, timeout, hint, cancellationToken);

    /// <summary>Expects a message of this type next, from this sender.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(From<T>(sender, hint), duration, hint, cancellationToken);

    /// <summary>Expects this message next, from this sender.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Is(message, hint) + From<T>(sender, hint), timeout, hint, cancellationToken);

    /// <summary>Expects a message next, from this sender, for which the predicate holds.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(Holds<T>((m, _) => isMessage(m), NoMatch, hint) + From<T>(sender, hint), timeout, hint, cancellationToken);

    /// <summary>Expects a message next, from this sender, with which the assertion throws nothing.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(From<T>(sender, hint) + ((m, _) => assertMessage(m)), timeout, hint, cancellationToken);

    /// <summary>Expects next one of these messages.</summary>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default)
    {
        var expected = messages.ToList();
        return Soon(Holds<T>((m, _) => expected.Contains(m), $"is none of {string.Join(", ", expected)}", null), null,
            null, cancellationToken);
    }

    /// <summary>Expects these messages next, in any order.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) =>
        ExpectMsgAllOf(RemainingOrDefault, messages);

    /// <summary>Expects these messages next, in any order, within this time.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) =>
        ExpectMsgAllOf<T>(max, (IReadOnlyCollection<T>)messages, CancellationToken.None);

    /// <summary>Expects these messages next, in any order.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default) =>
        ExpectMsgAllOf(RemainingOrDefault, messages, cancellationToken);

    /// <summary>Expects these messages next, in any order, within this time.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default)
    {
        var (got, missing) = (ReceiveN(messages.Count, max, cancellationToken), messages.ToList());
        var unexpected = got.Where(m => m is not T typed || !missing.Remove(typed)).ToList();
        if (missing.Count > 0)
            Fail($"Missing: {string.Join(", ", missing)}; unexpected: {string.Join(", ", unexpected)}.");
        return [.. got.Cast<T>()];
    }

    /// <summary>Expects next that this actor, which is watched, has terminated.</summary>
    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Soon(TerminatedIs(target, hint), timeout, hint, cancellationToken);

    /// <inheritdoc cref="ExpectTerminated"/>
    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later(TerminatedIs(target, hint), timeout, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>((_, _) => { }, duration, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later(Is(message, hint), timeout, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later(Holds<T>((m, _) => isMessage(m), NoMatch, hint), timeout, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Action{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T> assert, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>((m, _) => assert(m), timeout, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Action{T, IActorRef}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later(assertMessageAndSender, timeout, hint, cancellationToken);

    private const string NoMatch = "does not match the predicate";

    private T Soon<T>(Action<T, IActorRef> check, TimeSpan? timeout, string? hint, CancellationToken cancellation) =>
        ExpectAsync(blocking: true, check, timeout, hint, cancellation).GetAwaiter().GetResult();

    private ValueTask<T> Later<T>(Action<T, IActorRef> check, TimeSpan? timeout, string? hint,
        CancellationToken cancellation) =>
        new(ExpectAsync(blocking: false, check, timeout, hint, cancellation));

    private async Task<T> ExpectAsync<T>(
        bool blocking, Action<T, IActorRef> check, TimeSpan? timeout, string? hint, CancellationToken cancellation)
    {
        var max = RemainingOrDilated(timeout);
        var next = await NextAsync(blocking, peek: false, max, cancellation);
        if (next is null)
            Fail($"No message came within {max}; expected was a {typeof(T)}.", hint);
        if (next.Message is not T)
            Fail($"Expected a {typeof(T)}, but {next.Message} ({next.Message.GetType()}) came from {next.Sender}.",
                hint);
        var message = (T)next.Message;
        check(message, next.Sender);
        return message;
    }

    private Action<T, IActorRef> Is<T>(T expected, string? hint) =>
        Holds<T>((m, _) => EqualityComparer<T>.Default.Equals(expected, m), $"is not the expected {expected}", hint);

    private Action<T, IActorRef> From<T>(IActorRef sender, string? hint) =>
        Holds<T>((_, from) => sender.Equals(from), $"is not from {sender}", hint);

    private Action<Terminated, IActorRef> TerminatedIs(IActorRef target, string? hint) =>
        Holds<Terminated>((m, _) => target.Equals(m.ActorRef), $"is not the end of {target}", hint);

    private Action<T, IActorRef> Holds<T>(Func<T, IActorRef, bool> predicate, string otherwise, string? hint) =>
        (message, sender) =>
    {
        if (!predicate(message, sender))
            Fail($"{message}, from {sender}, {otherwise}.", hint);
    };
}
