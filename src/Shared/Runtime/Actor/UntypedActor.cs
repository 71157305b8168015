namespace Agent.Runtime.Actor;

/// <summary>An actor that takes every message in one method and says <see cref="ActorBase.Unhandled"/>
/// itself.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc cref="ActorBase.Context"/>
    protected static new IUntypedActorContext Context => CurrentCell;

    /// <summary>Handles one message.</summary>
    protected abstract void OnReceive(object message);

    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <inheritdoc cref="IActorContext.Become(Actor.Receive)"/>
    protected void Become(UntypedReceive receive) => Cell.Become(receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked(Actor.Receive)"/>
    protected void BecomeStacked(UntypedReceive receive) => Cell.BecomeStacked(receive);

    /// <summary>Runs an action whose awaits come back to this actor.</summary>
    protected void RunTask(Action action) => Cell.RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>Runs asynchronous work as part of the message at hand: no other message is handled until it is through,
    /// and sender and context stay over its awaits. Its failure is the actor's.</summary>
    protected void RunTask(Func<Task> action) => Cell.RunTask(action);
}
