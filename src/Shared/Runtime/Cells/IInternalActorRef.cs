using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cells;

/// <summary>What the runtime itself asks of every ref.</summary>
internal interface IInternalActorRef : IActorRef
{
    /// <summary>The system, or null for a ref that belongs to none.</summary>
    ActorSystemImpl? System { get; }

    IInternalActorRef Parent { get; }

    void SendSystemMessage(SystemMessage message);

    /// <summary>The living child of this name, or null.</summary>
    IInternalActorRef? GetChild(string name);

    IEnumerable<IInternalActorRef> GetChildren();
}

/// <summary>The order and the equality of refs: place, then incarnation.</summary>
internal static class RefOrder
{
    public static int Compare(IActorRef left, IActorRef? right)
    {
        if (right is null)
            return 1;
        var order = left.Path.CompareTo(right.Path);
        return order != 0 ? order : left.Path.Uid.CompareTo(right.Path.Uid);
    }

    public static bool Same(IActorRef left, IActorRef? right) =>
        ReferenceEquals(left, right)
        || (right is not null && left.Path.Uid == right.Path.Uid && left.Path.Equals(right.Path));
}

/// <summary>A ref without an actor behind it, as most refs of the runtime's own are: it has no children, and whoever
/// watches it is told at once that there is nothing.</summary>
internal abstract class MinimalRef(ActorSystemImpl system, ActorPath? path) : IInternalActorRef
{
    private ActorPath? _path = path;
    private int _hash;

    public ActorPath Path => _path ??= Name();

    public ActorSystemImpl System { get; } = system;

    public virtual IInternalActorRef Parent => System.Root;

    public abstract void Tell(object message, IActorRef? sender);

    public virtual void SendSystemMessage(SystemMessage message)
    {
        if (message is Watch watch)
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
    }

    public virtual IInternalActorRef? GetChild(string name) => null;

    public virtual IEnumerable<IInternalActorRef> GetChildren() => [];

    public int CompareTo(object? obj) => obj is null ? 1 : CompareTo((IActorRef)obj);

    public int CompareTo(IActorRef? other) => RefOrder.Compare(this, other);

    public bool Equals(IActorRef? other) => RefOrder.Same(this, other);

    public override bool Equals(object? obj) => Equals(obj as IActorRef);

    public override int GetHashCode() => _hash != 0 ? _hash : _hash = HashCode.Combine(Path, Path.Uid);

    public override string ToString() => Path.Uid == 0 ? $"[{Path}]" : $"[{Path.ToStringWithUid()}]";

    /// <summary>The path of a ref that was made without one, when somebody first asks for it. Always the
    /// same.</summary>
    protected virtual ActorPath Name() => throw new InvalidOperationException($"a {GetType().Name} has no path");
}

/// <summary>Publishes what is told to it as dead letters.</summary>
internal sealed class DeadLetterRef(ActorSystemImpl system, ActorPath path) : MinimalRef(system, path)
{
    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message is DeadLetter letter)
            System.EventStream.Publish(letter);
        else
            System.PublishDeadLetter(new Envelope(message, sender), this);
    }
}

/// <summary>A path where no actor is: what is told to it is a dead letter with that recipient.</summary>
internal sealed class AbsentRef(ActorSystemImpl system, ActorPath path) : MinimalRef(system, path)
{
    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        System.PublishDeadLetter(new Envelope(message, sender), this);
    }
}

/// <summary>Takes everything and does nothing with it.</summary>
internal sealed class IgnoreRefImpl(ActorSystemImpl system, ActorPath path) : MinimalRef(system, path)
{
    public override void Tell(object message, IActorRef? sender) => ArgumentNullException.ThrowIfNull(message);

    public override void SendSystemMessage(SystemMessage message)
    {
    }
}
