using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Actor;

/// <summary>A tree of actors with what they share: scheduler, event stream, dead letters, extensions.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    private protected ActorSystem()
    {
    }

    /// <summary>The name, which begins the path of every actor.</summary>
    public abstract string Name { get; }

    /// <summary>When the system was started, on its scheduler's monotonic clock.</summary>
    public TimeSpan StartTime { get; private protected init; }

    /// <summary>How long the system has been running.</summary>
    public TimeSpan Uptime => Scheduler.MonotonicClock - StartTime;

    /// <summary>Time for actors.</summary>
    public abstract IScheduler Scheduler { get; }

    /// <summary>What is published to whoever subscribed to its type.</summary>
    public abstract EventStream EventStream { get; }

    /// <summary>The log of the system itself.</summary>
    public abstract ILoggingAdapter Log { get; }

    /// <summary>Where undeliverable messages go: each is published as <see cref="DeadLetter"/>.</summary>
    public abstract IActorRef DeadLetters { get; }

    /// <summary>A ref that takes everything and does nothing with it.</summary>
    public abstract IActorRef IgnoreRef { get; }

    /// <summary>Completes once every actor has stopped.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system on the thread pool, in real time.</summary>
    /// <param name="name">ASCII letters and digits, and within the name also - and _.</param>
    /// <exception cref="ArgumentException">The name is not of that form.</exception>
    public static ActorSystem Create(string name) => RuntimeSystem.Create(name, new RuntimeSetup());

    /// <inheritdoc/>
    public abstract IActorRef ActorOf(Props props, string? name = null);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(string actorPath);

    /// <summary>Stops an actor. A top-level one is stopped by its guardian, so that a queued message may still be
    /// handled.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Runs <see cref="CoordinatedShutdown"/>, which stops every actor.</summary>
    /// <returns><see cref="WhenTerminated"/>.</returns>
    public abstract Task Terminate();

    /// <summary>Runs the action after termination.</summary>
    /// <exception cref="InvalidOperationException">The system has terminated.</exception>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>Makes the extension, or gives the one that there is.</summary>
    public abstract object RegisterExtension(IExtensionId extension);

    /// <summary>The extension of this id.</summary>
    /// <exception cref="InvalidOperationException">It is not registered.</exception>
    public abstract object GetExtension(IExtensionId extensionId);

    /// <summary>The extension of this type, or null where it is not registered.</summary>
    public abstract T? GetExtension<T>() where T : class, IExtension;

    /// <summary>Whether an extension of this type is registered.</summary>
    public abstract bool HasExtension(Type type);

    /// <summary>Whether an extension of this type is registered.</summary>
    public abstract bool HasExtension<T>() where T : class, IExtension;

    /// <summary>Gives the extension of this type where it is registered.</summary>
    public abstract bool TryGetExtension(Type extensionType, out object? extension);

    /// <summary>Gives the extension of this type where it is registered.</summary>
    public abstract bool TryGetExtension<T>(out T? extension) where T : class, IExtension;

    /// <summary>Begins termination; does not wait for it.</summary>
    public void Dispose()
    {
        _ = Terminate();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A system as extensions see it.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    private protected ExtendedActorSystem()
    {
    }
}
