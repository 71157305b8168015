using Agent.Runtime.Actor;

namespace Agent.Runtime.Persistence;

/// <summary>A persistent actor that takes its history and its commands in one method each and says <c>Unhandled</c>
/// itself.</summary>
public abstract class UntypedPersistentActor : Eventsourced
{
    /// <inheritdoc cref="ActorBase.Context"/>
    protected static new IUntypedActorContext Context => CurrentCell;

    /// <summary>Handles a command.</summary>
    protected abstract void OnCommand(object message);

    /// <summary>Rebuilds the state from an event or a <see cref="SnapshotOffer"/>, and learns of
    /// <see cref="RecoveryCompleted"/>.</summary>
    protected abstract void OnRecover(object message);

    /// <inheritdoc/>
    protected override bool Receive(object message) => ReceiveCommand(message);

    /// <inheritdoc/>
    protected sealed override bool ReceiveCommand(object message)
    {
        OnCommand(message);
        return true;
    }

    /// <inheritdoc/>
    protected sealed override bool ReceiveRecover(object message)
    {
        OnRecover(message);
        return true;
    }

    /// <inheritdoc cref="IActorContext.Become(Actor.Receive)"/>
    protected void Become(UntypedReceive receive) => Cell.Become(receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked(Actor.Receive)"/>
    protected void BecomeStacked(UntypedReceive receive) => Cell.BecomeStacked(receive);
}
