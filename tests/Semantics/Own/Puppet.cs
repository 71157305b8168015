namespace Agent.Semantics.Own;

/// <summary>Does what it is told with itself at hand; anything else goes to its log.</summary>
internal sealed class Puppet(IActorRef log) : UntypedActor, IWithTimers
{
    public static Props Of(IActorRef log) => Props.Create(() => new Puppet(log));

    public static void Do(IActorRef puppet, Action<Puppet> act) => puppet.Tell(act, ActorRefs.NoSender);

    public ITimerScheduler Timers { get; set; } = null!;

    public IUntypedActorContext Ctx { get; } = Context;

    public IActorRef Me => Self;

    public void Stack(UntypedReceive receive) => BecomeStacked(receive);

    public void Swap(UntypedReceive receive) => Become(receive);

    public void Pop() => UnbecomeStacked();

    protected override void OnReceive(object message)
    {
        if (message is Action<Puppet> act)
            act(this);
        else
            log.Tell(message is Terminated t ? "gone " + t.ActorRef.Path.Name : message, Self);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        log.Tell("PreRestart", Self);
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => log.Tell("PostStop", Self);
}
