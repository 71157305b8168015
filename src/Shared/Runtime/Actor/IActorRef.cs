using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Actor;

/// <summary>Something that messages can be told: a ref or a selection.</summary>
public interface ICanTell
{
    /// <summary>Sends a message, at most once, without waiting. Messages between the same two actors keep their
    /// order.</summary>
    /// <param name="message">What to send; never null.</param>
    /// <param name="sender">Who will be the receiver's <c>Sender</c>; null (<see cref="ActorRefs.NoSender"/>) stands
    /// for dead letters.</param>
    void Tell(object message, IActorRef? sender);
}

/// <summary>A handle on one incarnation of an actor. It outlives the actor: what is told to it then becomes a dead
/// letter.</summary>
/// <remarks>Refs are equal when place and incarnation are.</remarks>
public interface IActorRef : ICanTell, IComparable, IComparable<IActorRef>, IEquatable<IActorRef>
{
    /// <summary>Where the actor is, with the uid of its incarnation.</summary>
    ActorPath Path { get; }
}

/// <summary>The refs that stand for no actor.</summary>
public static class ActorRefs
{
    /// <summary>The absence of a sender: null.</summary>
    public static readonly IActorRef NoSender = null!;

    /// <summary>The answer to a question for an actor that is not there.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;
}

/// <summary>The ref of nobody. What is told to it is gone without a trace.</summary>
public sealed class Nobody : IInternalActorRef
{
    private Nobody()
    {
    }

    /// <summary>The one instance.</summary>
    public static Nobody Instance { get; } = new();

    /// <summary>The path <c>akka://all-systems/Nobody</c>.</summary>
    public ActorPath Path { get; } = new RootActorPath(new Address("akka", "all-systems")) / "Nobody";

    ActorSystemImpl? IInternalActorRef.System => null;

    IInternalActorRef IInternalActorRef.Parent => this;

    /// <summary>Does nothing.</summary>
    public void Tell(object message, IActorRef? sender) => ArgumentNullException.ThrowIfNull(message);

    void IInternalActorRef.SendSystemMessage(SystemMessage message)
    {
        if (message is Watch watch)
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, false, false));
    }

    IInternalActorRef? IInternalActorRef.GetChild(string name) => null;

    IEnumerable<IInternalActorRef> IInternalActorRef.GetChildren() => [];

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj is null ? 1 : CompareTo((IActorRef)obj);

    /// <inheritdoc/>
    public int CompareTo(IActorRef? other) => RefOrder.Compare(this, other);

    /// <inheritdoc/>
    public bool Equals(IActorRef? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => 0;

    /// <inheritdoc/>
    public override string ToString() => "[Nobody]";
}

/// <summary>Questions about refs.</summary>
public static class ActorRefExtensions
{
    /// <summary>Whether the ref is null or <see cref="ActorRefs.Nobody"/>.</summary>
    public static bool IsNobody(this IActorRef? actorRef) => actorRef is null or Nobody;

    /// <summary>The ref, or what the function gives where the ref is nobody.</summary>
    public static IActorRef GetOrElse(this IActorRef? actorRef, Func<IActorRef> elseValue) =>
        actorRef.IsNobody() ? elseValue() : actorRef!;
}

/// <summary>Sending as the actor whose message is being handled.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Tells with the current actor as sender, or none outside of actors.</summary>
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Passes the message on with the sender of the message that is being handled; outside of actors with
    /// none.</summary>
    public static void Forward(this IActorRef receiver, object message) =>
        receiver.Tell(message, ActorCell.Current?.Sender);
}
