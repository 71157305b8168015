using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>The ref of an actor in this process.</summary>
internal sealed class LocalActorRef : MinimalRef
{
    public LocalActorRef(ActorSystemImpl system, Props props, IInternalActorRef parent, ActorPath path)
        : base(system, path)
    {
        Parent = parent;
        Cell = new ActorCell(system, this, props, parent);
    }

    public ActorCell Cell { get; }

    public override IInternalActorRef Parent { get; }

    /// <summary>Whether the actor once subscribed to the event stream, so that its end must end that.</summary>
    public bool IsSubscriber { get; set; }

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        Cell.Mailbox.Post(new Envelope(message, sender));
    }

    public override void SendSystemMessage(SystemMessage message) => Cell.Mailbox.Post(message);

    public override IInternalActorRef? GetChild(string name) => Cell.Children.Find(name)?.Ref;

    public override IEnumerable<IInternalActorRef> GetChildren() => Cell.Children.Snapshot().Select(c => c.Ref);

    public void Start() => SendSystemMessage(new Create());

    public void Stop() => SendSystemMessage(new Terminate());

    public void Suspend() => SendSystemMessage(new Suspend());

    public void Resume(Exception? cause) => SendSystemMessage(new Resume(cause));

    public void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));
}
