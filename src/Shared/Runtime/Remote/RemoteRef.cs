using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Remote;

/// <summary>The ref of an actor of another node. It can be told and watched; to stop it from here, send it a
/// <see cref="PoisonPill"/>.</summary>
internal sealed class RemoteRef(ActorSystemImpl system, Remoting remoting, ActorPath path) : MinimalRef(system, path)
{
    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        remoting.Send(this, message, sender);
    }

    public override void SendSystemMessage(SystemMessage message)
    {
        if (message is Watch watch)
            remoting.Watch(new RemoteWatcher.Interest(this, watch.Watcher, true));
        else if (message is Unwatch unwatch)
            remoting.Watch(new RemoteWatcher.Interest(this, unwatch.Watcher, false));
    }
}
