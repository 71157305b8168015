namespace Agent.Runtime.Actor;

/// <summary>A behaviour: what an actor does with a message. False means that the message is unhandled.</summary>
public delegate bool Receive(object message);

/// <summary>A behaviour that takes every message as handled.</summary>
public delegate void UntypedReceive(object message);

/// <summary>Makes actors and finds them: a system, or an actor's context.</summary>
public interface IActorRefFactory
{
    /// <summary>Makes an actor: a child of this context, or a top-level actor of this system. The constructor runs
    /// later, on the actor's own turn.</summary>
    /// <param name="props">What to make.</param>
    /// <param name="name">A name that no living sibling has, or null for a generated one (beginning with a
    /// dollar).</param>
    /// <exception cref="InvalidActorNameException">The name is taken, or no path can hold it.</exception>
    /// <exception cref="InvalidOperationException">The parent is stopping.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>The actors at this path, looked up anew by each message.</summary>
    ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>The actors at this path, absolute or relative to the context; <c>..</c> is the parent, <c>*</c> and
    /// <c>?</c> match names.</summary>
    ActorSelection ActorSelection(string actorPath);
}

/// <summary>Registers interest in the end of other actors.</summary>
public interface ICanWatch
{
    /// <summary>From now on the end of the subject is told by one <see cref="Terminated"/>. Watching twice changes
    /// nothing.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>Like <see cref="Watch"/>, with a message of one's own in place of <see cref="Terminated"/>. An earlier
    /// watch stands as it is.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>Ends the interest; a <see cref="Terminated"/> that is queued already will not be delivered.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>An actor's view of itself and its surroundings. To be used on the actor's own turns only.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    /// <summary>The actor.</summary>
    IActorRef Self { get; }

    /// <summary>What the actor was made from.</summary>
    Props Props { get; }

    /// <summary>Who sent the message at hand; dead letters where nobody is known.</summary>
    IActorRef Sender { get; }

    /// <summary>The supervisor.</summary>
    IActorRef Parent { get; }

    /// <summary>The system.</summary>
    ActorSystem System { get; }

    /// <summary>After how long without messages <see cref="Actor.ReceiveTimeout"/> comes; null for never.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>The child of this name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    /// <summary>The children there are, also those that are stopping, in the order in which they were made.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Replaces the current behaviour from the next message on.</summary>
    void Become(Receive receive);

    /// <summary>Puts a behaviour over the current one.</summary>
    void BecomeStacked(Receive receive);

    /// <summary>Returns to the behaviour below; at the bottom nothing changes.</summary>
    void UnbecomeStacked();

    /// <summary>Sets after how long without messages <see cref="Actor.ReceiveTimeout"/> comes; null ends it.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);

    /// <summary>Stops an actor once its current message is handled. Its children stop first.</summary>
    void Stop(IActorRef child);
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    /// <inheritdoc cref="IActorContext.Become(Receive)"/>
    void Become(UntypedReceive receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked(Receive)"/>
    void BecomeStacked(UntypedReceive receive);
}

/// <summary>Shorter ways to make and find actors.</summary>
public static class ActorRefFactoryExtensions
{
    /// <summary>Makes an actor that takes no arguments.</summary>
    public static IActorRef ActorOf<TActor>(this IActorRefFactory factory, string? name = null)
        where TActor : ActorBase, new() =>
        factory.ActorOf(Props.Create<TActor>(), name);

    /// <summary>The actors at this path relative to another actor.</summary>
    public static ActorSelection ActorSelection(this IActorRefFactory factory, IActorRef anchorRef, string actorPath)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new ActorSelection(anchorRef, actorPath);
    }
}
