namespace Agent.Runtime.Actor;

/// <summary>The base of what the runtime itself throws.</summary>
public abstract class AkkaException : Exception
{
    /// <summary>An exception that says nothing.</summary>
    protected AkkaException()
    {
    }

    /// <summary>An exception with a message and, where there is one, what brought it about.</summary>
    protected AkkaException(string message, Exception? cause = null) : base(message, cause)
    {
    }

    /// <summary>What brought this exception about; the same as <see cref="Exception.InnerException"/>.</summary>
    protected Exception? Cause => InnerException;
}

/// <summary>An actor could not be made or started: its constructor, <c>PreStart</c> or <c>PostRestart</c> threw. By
/// default the supervisor stops it.</summary>
public class ActorInitializationException : AkkaException
{
    /// <summary>An exception that says nothing.</summary>
    public ActorInitializationException()
    {
    }

    /// <summary>An exception with a message alone.</summary>
    public ActorInitializationException(string message) : base(message)
    {
    }

    /// <summary>An exception with what the actor threw.</summary>
    public ActorInitializationException(string message, Exception? cause) : base(message, cause)
    {
    }

    /// <summary>An exception that names the actor and carries what it threw.</summary>
    public ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
        : base(message, cause) =>
        Actor = actor;

    /// <summary>The actor that could not be started, or null where it had no ref yet.</summary>
    public IActorRef? Actor { get; set; }
}

/// <summary>The failure that <see cref="Kill"/> makes of its receiver. By default the supervisor stops it.</summary>
public class ActorKilledException : AkkaException
{
    /// <summary>An exception that says nothing.</summary>
    public ActorKilledException()
    {
    }

    /// <summary>An exception with a message.</summary>
    public ActorKilledException(string message) : base(message)
    {
    }
}

/// <summary>A watched actor ended and the watcher left its <see cref="Terminated"/> unhandled. By default the
/// supervisor stops the watcher.</summary>
public class DeathPactException : AkkaException
{
    /// <summary>The pact with this actor.</summary>
    public DeathPactException(IActorRef deadActor) : base($"Monitored actor [{deadActor}] terminated") =>
        DeadActor = deadActor;

    /// <summary>The actor that ended.</summary>
    public IActorRef DeadActor { get; }
}

/// <summary>An actor's name is taken by a sibling, or no path can hold it.</summary>
public class InvalidActorNameException : AkkaException
{
    /// <summary>An exception with a message.</summary>
    public InvalidActorNameException(string message) : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    public InvalidActorNameException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}

/// <summary>No reply came to an <c>Ask</c> within its timeout.</summary>
public class AskTimeoutException : AkkaException
{
    /// <summary>An exception with a message.</summary>
    public AskTimeoutException(string message) : base(message)
    {
    }
}

/// <summary>A selection resolved to no living actor.</summary>
internal sealed class ActorNotFoundException(string message) : AkkaException(message);
