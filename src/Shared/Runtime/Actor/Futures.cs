using Agent.Runtime.Cells;

namespace Agent.Runtime.Actor;

/// <summary>Asking an actor: a message whose reply completes a task.</summary>
/// <remarks>
/// A <see cref="Status.Failure"/> fails the task with its bare cause; any other message is the reply as it is. A reply
/// of another type than was asked for fails the task. Without a reply in time it fails with
/// <see cref="AskTimeoutException"/>; what comes later is a dead letter. In an actor, give the task to <c>PipeTo</c>
/// rather than awaiting it.
/// </remarks>
public static class Futures
{
    /// <summary>Asks, and waits for any reply, for ever where no timeout is given.</summary>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    /// <summary>Asks, and waits for any reply until the token is cancelled.</summary>
    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<object>(message, null, cancellationToken);

    /// <summary>Asks, and waits for any reply.</summary>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout,
        CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    /// <summary>Asks, and waits for a reply of this type, for ever where no timeout is given.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    /// <summary>Asks, and waits for a reply of this type until the token is cancelled.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    /// <summary>Asks, and waits for a reply of this type.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var promise = Promise<T>(self, timeout, cancellationToken);
        self.Tell(message, promise);
        return promise.Result;
    }

    /// <summary>Asks with a message that is made with the ref to reply to.</summary>
    /// <exception cref="ArgumentException">The receiver belongs to no actor system.</exception>
    public static Task<T> Ask<T>(
        this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messageFactory);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var promise = Promise<T>(self, timeout, cancellationToken);
        self.Tell(messageFactory(promise), promise);
        return promise.Result;
    }

    private static PromiseRef<T> Promise<T>(ICanTell self, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(self);
        var receiver = self is ActorSelection selection ? selection.Anchor : self as IActorRef;
        if ((receiver as IInternalActorRef)?.System is not { } system)
            throw new ArgumentException($"[{self}] cannot be asked: it belongs to no actor system.", nameof(self));
        var promise = new PromiseRef<T>(system, self, timeout, "No reply from [{0}] within {1}.");
        promise.CancelWith(cancellationToken);
        return promise;
    }
}
