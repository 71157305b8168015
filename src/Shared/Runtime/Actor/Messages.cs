using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Actor;

/// <summary>A message of this type does not push back the receiver's <see cref="ReceiveTimeout"/>.</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>Stops its receiver when its turn comes, after all that was queued before it.</summary>
public sealed class PoisonPill : IAutoReceivedMessage, IDeadLetterSuppression
{
    private PoisonPill()
    {
    }

    /// <summary>The one instance.</summary>
    public static PoisonPill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<PoisonPill>";
}

/// <summary>Makes its receiver fail with an <see cref="ActorKilledException"/>; what follows is its supervisor's
/// decision.</summary>
public sealed class Kill : IAutoReceivedMessage
{
    private Kill()
    {
    }

    /// <summary>The one instance.</summary>
    public static Kill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<Kill>";
}

/// <summary>Asks any actor, or all that a selection matches, for its ref: answered with <see cref="ActorIdentity"/> by
/// the runtime, without the actor's doing.</summary>
/// <param name="messageId">Comes back in the answer, so that it can be told from others.</param>
public sealed class Identify(object messageId) : IAutoReceivedMessage, INotInfluenceReceiveTimeout
{
    /// <summary>What the answer will carry.</summary>
    public object MessageId { get; } = messageId;

    /// <inheritdoc/>
    public override string ToString() => $"<Identify>: {MessageId}";
}

/// <summary>The answer to <see cref="Identify"/>.</summary>
public sealed class ActorIdentity(object messageId, IActorRef? subject)
{
    /// <summary>The id that stood in the question.</summary>
    public object MessageId { get; } = messageId;

    /// <summary>The actor that answered, or null where there is none.</summary>
    public IActorRef? Subject { get; } = subject;

    /// <inheritdoc/>
    public override string ToString() => $"<ActorIdentity>: {MessageId} - {Subject}";
}

/// <summary>A watched actor has ended. It comes exactly once for each watch; left unhandled it makes the watcher fail
/// with a <see cref="DeathPactException"/>. An actor that does not watch the subject never sees it.</summary>
public sealed class Terminated : IAutoReceivedMessage, IDeadLetterSuppression, IEquatable<Terminated>
{
    /// <summary>The end of this actor.</summary>
    public Terminated(IActorRef actorRef, bool existenceConfirmed, bool addressTerminated)
    {
        ActorRef = actorRef;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    /// <summary>The actor that ended.</summary>
    public IActorRef ActorRef { get; }

    /// <summary>Whether the ended actor's node was lost as a whole, rather than the actor alone.</summary>
    public bool AddressTerminated { get; }

    /// <summary>Whether it is known that the actor ever was.</summary>
    public bool ExistenceConfirmed { get; }

    /// <inheritdoc/>
    public bool Equals(Terminated? other) => other is not null && ActorRef.Equals(other.ActorRef)
        && AddressTerminated == other.AddressTerminated && ExistenceConfirmed == other.ExistenceConfirmed;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Terminated);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ActorRef, AddressTerminated, ExistenceConfirmed);

    /// <inheritdoc/>
    public override string ToString() => $"<Terminated>: {ActorRef} - ExistenceConfirmed={ExistenceConfirmed}";
}

/// <summary>Comes when an actor has received nothing for as long as it set with <c>SetReceiveTimeout</c>, and again
/// after each further such time.</summary>
public class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The one instance.</summary>
    public static ReceiveTimeout Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<ReceiveTimeout>";
}

/// <summary>The outcome of an operation as a message.</summary>
public abstract class Status
{
    private protected Status()
    {
    }

    /// <summary>It went well. An <c>Ask</c> gives it as it is, unopened.</summary>
    public sealed class Success(object? status) : Status
    {
        /// <summary>Success with nothing to say.</summary>
        public static readonly Success Instance = new(null);

        /// <summary>What the operation gave, or null.</summary>
        public readonly object? Status = status;

        /// <inheritdoc/>
        public override string ToString() => Status is null ? "Success" : $"Success: {Status}";
    }

    /// <summary>It failed. An <c>Ask</c> fails with <see cref="Cause"/> itself.</summary>
    public sealed class Failure : Status
    {
        /// <summary>A failure with its cause.</summary>
        public Failure(Exception cause) => Cause = cause;

        /// <summary>A failure with its cause and what the sender wants to recognise it by.</summary>
        public Failure(Exception cause, object? state)
        {
            Cause = cause;
            State = state;
        }

        /// <summary>What went wrong.</summary>
        public readonly Exception Cause;

        /// <summary>What the sender recognises the failure by, or null.</summary>
        public readonly object? State;

        /// <inheritdoc/>
        public override string ToString() => $"Failure: {Cause}";
    }
}
