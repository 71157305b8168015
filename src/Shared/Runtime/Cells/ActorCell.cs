using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>The life of one actor behind its ref: the instance at hand, its mailbox, children, behaviours and watches.
/// It is the context that the actor sees.</summary>
/// <remarks>
/// Everything here happens on the actor's own turns (<see cref="Mailbox"/>), but for making children of a guardian. The
/// parts: this file is the context; <c>.Messages</c> handles what comes; <c>.Lifecycle</c> makes, restarts and ends
/// instances; <c>.Faults</c> is supervision from both sides; <c>.DeathWatch</c> tells of ends; <c>.Async</c> carries
/// handlers over awaits.
/// </remarks>
internal sealed partial class ActorCell : IUntypedActorContext
{
    [ThreadStatic]
    private static ActorCell? _current;

    private readonly List<Receive> _behaviors = [];
    private ICancelable? _receiveTimeout;
    private bool _receiveTimeoutChanged;

    public ActorCell(ActorSystemImpl system, LocalActorRef self, Props props, IInternalActorRef parent)
    {
        System = system;
        Self = self;
        Props = props;
        Parent = parent;
        Mailbox = new Mailbox(this, system.Dispatcher.For(props, self.Path));
    }

    /// <summary>The cell whose turn it is on this thread, or null.</summary>
    public static ActorCell? Current
    {
        get => _current;
        set => _current = value;
    }

    public ActorSystemImpl System { get; }

    public LocalActorRef Self { get; }

    public Props Props { get; }

    public IInternalActorRef Parent { get; }

    public Mailbox Mailbox { get; }

    public Children Children { get; } = new();

    /// <summary>The instance at hand; null before the first, between two, and after the last.</summary>
    public ActorBase? Actor { get; private set; }

    /// <summary>The message at hand with its sender. Infrastructure that handles a message later in another's place
    /// sets it.</summary>
    public Envelope CurrentEnvelope { get; set; }

    /// <summary>Counts user messages; tells one from the next.</summary>
    public long MessageNumber { get; private set; }

    public IActorRef Sender => CurrentEnvelope.Sender ?? System.DeadLetters;

    public TimeSpan? ReceiveTimeout { get; private set; }

    IActorRef IActorContext.Self => Self;

    IActorRef IActorContext.Parent => Parent;

    ActorSystem IActorContext.System => System;

    /// <summary>Makes a child. A user's name must be one that a path can hold.</summary>
    public IActorRef ActorOf(Props props, string? name = null)
    {
        if (name is not null && !ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}]: it must not be empty or begin with $, and hold only ASCII letters, "
                + $"digits and {ActorPath.ValidSymbols}");
        }

        return MakeChild(props, name);
    }

    /// <summary>Makes a child under any name that is free, or under a generated one.</summary>
    public LocalActorRef MakeChild(Props props, string? name)
    {
        ArgumentNullException.ThrowIfNull(props);
        var child = Children.Add(name, MakeRef, Self.Path).Ref;
        child.Start();
        return child;

        LocalActorRef MakeRef(string n) => new(System, props, Self, new ChildActorPath(Self.Path, n, System.NextUid()));
    }

    public IActorRef Child(string name) => (IActorRef?)Children.Find(name)?.Ref ?? ActorRefs.Nobody;

    public IEnumerable<IActorRef> GetChildren() => [.. Children.Snapshot().Select(c => c.Ref)];

    public ActorSelection ActorSelection(ActorPath actorPath)
    {
        ArgumentNullException.ThrowIfNull(actorPath);
        return System.ActorSelection(actorPath);
    }

    public ActorSelection ActorSelection(string actorPath)
    {
        ArgumentNullException.ThrowIfNull(actorPath);
        return actorPath.Contains("://", StringComparison.Ordinal)
            ? System.ActorSelection(actorPath)
            : new ActorSelection(Self, actorPath);
    }

    public void Become(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors[^1] = receive;
    }

    public void BecomeStacked(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors.Add(receive);
    }

    public void UnbecomeStacked()
    {
        if (_behaviors.Count > 1)
            _behaviors.RemoveAt(_behaviors.Count - 1);
    }

    public void Become(UntypedReceive receive) => Become(Handled(receive));

    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Handled(receive));

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        if (timeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout,
                "A receive timeout must be positive; null ends it.");
        ReceiveTimeout = timeout;
        _receiveTimeoutChanged = true;
    }

    public void Stop(IActorRef child)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (Children.Find(child) is { } own)
            own.IsStopping = true;
        if (child is LocalActorRef local)
            local.Stop();
        else
            (child as IInternalActorRef)?.SendSystemMessage(new Terminate());
    }

    public override string ToString() => $"ActorCell({Self.Path})";

    private static Receive Handled(UntypedReceive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        return message =>
        {
            receive(message);
            return true;
        };
    }
}
