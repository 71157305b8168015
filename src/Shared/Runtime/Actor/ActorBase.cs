using Agent.Runtime.Cells;
using Agent.Runtime.Event;

namespace Agent.Runtime.Actor;

/// <summary>What every actor derives from: one message at a time, hooks around its life, a behaviour that can
/// change.</summary>
/// <remarks>An instance is made by the runtime on the actor's own turn; making one with <c>new</c> elsewhere throws. A
/// restart makes a new instance behind the same ref and mailbox.</remarks>
public abstract class ActorBase
{
    /// <summary>Takes its place in the cell that makes it.</summary>
    /// <exception cref="ActorInitializationException">The instance is not made by the runtime.</exception>
    protected ActorBase()
    {
        Cell = ActorCell.Current is { IsCreating: true } cell
            ? cell
            : throw new ActorInitializationException(
                $"An instance of [{GetType()}] was made with new. Actors are made by ActorOf from Props.");
        Self = Cell.Self;
        Cell.Enter(this);
    }

    /// <summary>The cell that this instance lives in.</summary>
    internal ActorCell Cell { get; }

    /// <summary>The behaviour that a new instance begins with.</summary>
    internal virtual Receive InitialBehavior => Receive;

    /// <summary>The actor's own ref; the same before and after a restart.</summary>
    protected IActorRef Self { get; }

    /// <summary>Who sent the message at hand; dead letters where nobody is known.</summary>
    protected IActorRef Sender => Cell.Sender;

    /// <summary>The context of the actor whose turn it is on this thread.</summary>
    /// <exception cref="InvalidOperationException">It is no actor's turn here.</exception>
    protected static IActorContext Context => CurrentCell;

    /// <summary>The cell whose turn it is on this thread.</summary>
    private protected static ActorCell CurrentCell => ActorCell.Current ?? throw new InvalidOperationException(
        "There is no active ActorContext: it can be used only while the actor handles a message, and after an "
        + "await only with the context kept.");

    /// <summary>A behaviour that leaves everything unhandled.</summary>
    protected static Receive EmptyReceive { get; } = _ => false;

    /// <summary>Handles one message.</summary>
    /// <returns>False where the message is unhandled.</returns>
    protected abstract bool Receive(object message);

    /// <summary>Runs after construction, before the first message; a failure stops the actor by default.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Runs last, when the actor has stopped and, at a restart, as the old instance's farewell.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Runs on the failed instance before it is replaced: stops all children and calls
    /// <see cref="PostStop"/>.</summary>
    /// <param name="reason">The failure.</param>
    /// <param name="message">The message that was being handled; it will not be seen again. Null where there was
    /// none.</param>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (var child in Context.GetChildren())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Runs on the new instance after a restart: calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>How this actor treats the failures of its children: one for one, with the default decisions.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    /// <summary>Says that a message is of no use to this actor: it is published as
    /// <see cref="UnhandledMessage"/>.</summary>
    /// <exception cref="DeathPactException">The message is a <see cref="Terminated"/>.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
            throw new DeathPactException(terminated.ActorRef);
        Cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    /// <inheritdoc cref="IActorContext.Become(Actor.Receive)"/>
    protected void Become(Receive receive) => Cell.Become(receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked(Actor.Receive)"/>
    protected void BecomeStacked(Receive receive) => Cell.BecomeStacked(receive);

    /// <inheritdoc cref="IActorContext.UnbecomeStacked"/>
    protected void UnbecomeStacked() => Cell.UnbecomeStacked();

    /// <inheritdoc cref="IActorContext.SetReceiveTimeout"/>
    protected void SetReceiveTimeout(TimeSpan? timeout) => Cell.SetReceiveTimeout(timeout);

    /// <summary>Stands around every message, for actors of the runtime's own kind (persistence): applies the behaviour
    /// and takes care of what it leaves unhandled.</summary>
    protected virtual bool AroundReceive(Receive receive, object message)
    {
        if (message is TimerSignal signal)
        {
            if (Cell.TakeTimer(signal) is not { } due)
                return true;
            message = due;
        }

        var handled = receive(message);
        if (!handled)
            Unhandled(message);
        return handled;
    }

    /// <summary>Stands around <see cref="PreStart"/>.</summary>
    public virtual void AroundPreStart() => PreStart();

    /// <summary>Stands around <see cref="PostStop"/>.</summary>
    public virtual void AroundPostStop() => PostStop();

    /// <summary>Stands around <see cref="PreRestart"/>.</summary>
    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    /// <summary>Stands around <see cref="PostRestart"/>.</summary>
    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);

    /// <summary>A message as the cell hands it over.</summary>
    internal void Deliver(Receive receive, object message) => AroundReceive(receive, message);

    /// <summary>The strategy as the cell asks for it.</summary>
    internal SupervisorStrategy StrategyForChildren() => SupervisorStrategy();

    /// <summary>Called once the constructor is through.</summary>
    internal virtual void Constructed()
    {
    }
}
