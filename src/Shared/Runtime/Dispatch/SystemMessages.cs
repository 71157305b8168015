using Agent.Runtime.Cells;

namespace Agent.Runtime.Dispatch;

/// <summary>What the runtime says to a cell: handled before any user message, also while the mailbox is suspended. One
/// instance is sent once: it is a link of the queue itself.</summary>
internal abstract class SystemMessage
{
    public SystemMessage? Next;
}

/// <summary>Make the first instance.</summary>
internal sealed class Create : SystemMessage;

/// <summary>Handle no user messages until resumed.</summary>
internal sealed class Suspend : SystemMessage;

/// <summary>Go on; with the failure that is forgiven, where there was one.</summary>
internal sealed class Resume(Exception? cause) : SystemMessage
{
    public Exception? Cause { get; } = cause;
}

/// <summary>Go on with a new instance.</summary>
internal sealed class Recreate(Exception cause) : SystemMessage
{
    public Exception Cause { get; } = cause;
}

/// <summary>Stop, children first.</summary>
internal sealed class Terminate : SystemMessage;

/// <summary>A child has failed and waits, suspended, for the decision.</summary>
internal sealed class Failed(LocalActorRef child, Exception cause) : SystemMessage
{
    public LocalActorRef Child { get; } = child;

    public Exception Cause { get; } = cause;
}

/// <summary>Tell the watcher of this ref's end.</summary>
internal sealed class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>Do not tell the watcher.</summary>
internal sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>A watched actor, or a child, has ended.</summary>
internal sealed class DeathWatchNotification(IInternalActorRef actor, bool existenceConfirmed, bool addressTerminated)
    : SystemMessage
{
    public IInternalActorRef Actor { get; } = actor;

    public bool ExistenceConfirmed { get; } = existenceConfirmed;

    public bool AddressTerminated { get; } = addressTerminated;
}

/// <summary>The rest of an asynchronous handler, after one of its awaits.</summary>
internal sealed class Continuation(ActorSynchronizationContext origin, SendOrPostCallback callback, object? state)
    : SystemMessage
{
    public ActorSynchronizationContext Origin { get; } = origin;

    public void Run() => callback(state);
}

/// <summary>An asynchronous handler is through.</summary>
internal sealed class AsyncCompleted(ActorSynchronizationContext origin, Task task) : SystemMessage
{
    public ActorSynchronizationContext Origin { get; } = origin;

    public Task Task { get; } = task;
}
