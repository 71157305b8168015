using System.Collections.Concurrent;
using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>Asks a guardian to stop a child of its.</summary>
internal sealed record StopChild(IActorRef Child);

/// <summary>The parent of top-level actors.</summary>
internal sealed class Guardian : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is StopChild stop)
            Context.Stop(stop.Child);
        else
            Unhandled(message);
    }
}

/// <summary>The parent of the guardians: when <c>/user</c> has ended it stops <c>/system</c>, and then itself. A
/// failure that reaches it stops the guardian, and so the system.</summary>
internal sealed class RootGuardian : UntypedActor
{
    public static readonly object WatchGuardians = new();

    protected override SupervisorStrategy SupervisorStrategy() => Runtime.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        if (ReferenceEquals(message, WatchGuardians))
        {
            Context.Watch(Context.Child("user"));
            Context.Watch(Context.Child("system"));
        }
        else if (message is Terminated { ActorRef.Path.Name: "user" })
        {
            Context.Stop(Context.Child("system"));
        }
        else if (message is Terminated)
        {
            Context.Stop(Self);
        }
        else
        {
            Unhandled(message);
        }
    }
}

/// <summary>What the root's end is told to.</summary>
internal sealed class Universe(ActorSystemImpl system, ActorPath path) : MinimalRef(system, path)
{
    public override void Tell(object message, IActorRef? sender) =>
        System.PublishDeadLetter(new Envelope(message, sender), this);

    public override void SendSystemMessage(SystemMessage message)
    {
        switch (message)
        {
            case DeathWatchNotification:
                System.OnTerminated();
                break;
            case Failed failed:
                failed.Child.Stop();
                break;
        }
    }
}

/// <summary>The root as paths see it: the guardians, and the refs that are no actors.</summary>
internal sealed class RootRef(ActorSystemImpl system, LocalActorRef actor, IInternalActorRef deadLetters,
    TempContainer temp)
    : MinimalRef(system, actor.Path)
{
    public override IInternalActorRef Parent => this;

    public override void Tell(object message, IActorRef? sender) => actor.Tell(message, sender);

    public override void SendSystemMessage(SystemMessage message) => actor.SendSystemMessage(message);

    public override IInternalActorRef? GetChild(string name) => name switch
    {
        "temp" => temp,
        "deadLetters" => deadLetters,
        _ => actor.GetChild(name),
    };

    public override IEnumerable<IInternalActorRef> GetChildren() => actor.GetChildren();
}

/// <summary>Where the refs of waiting Asks can be found, once they have a path.</summary>
internal sealed class TempContainer(ActorSystemImpl system, ActorPath path) : MinimalRef(system, path)
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _refs = new();
    private int _names;

    /// <summary>How many are to be found.</summary>
    public int Count => _refs.Count;

    /// <summary>A path that no other ref has.</summary>
    public ActorPath NextPath() => Path / Children.GenerateName(Interlocked.Increment(ref _names) & int.MaxValue);

    public void Add(ActorPath path, IInternalActorRef added) => _refs[path.Name] = added;

    public void Remove(ActorPath path) => _refs.TryRemove(path.Name, out _);

    public override void Tell(object message, IActorRef? sender) =>
        System.PublishDeadLetter(new Envelope(message, sender), this);

    public override IInternalActorRef? GetChild(string name) => _refs.GetValueOrDefault(name);
}
