namespace Agent.Semantics.Own.Clustering;

/// <summary>Refs, asks and death watch between two nodes.</summary>
public sealed class RemoteTests
{
    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    /// <summary>Watches what it is told to and logs the ends; a string stops the watch.</summary>
    private sealed class Watcher : ReceiveActor
    {
        public Watcher(List<Terminated> log)
        {
            IActorRef subject = ActorRefs.Nobody;
            Receive<IActorRef>(s => subject = Context.Watch(s));
            Receive<string>(_ => Context.Unwatch(subject));
            Receive<Terminated>(log.Add);
        }
    }

    private readonly SimulatedCluster _cluster = new(1);
    private readonly SimulatedNode _here;
    private readonly SimulatedNode _there;
    private readonly List<Terminated> _ends = [];
    private readonly IActorRef _echo;
    private readonly IActorRef _watcher;

    public RemoteTests()
    {
        (_here, _there) = (_cluster.Start("here"), _cluster.Start("there"));
        _cluster.HasSettled(_here, _there);
        _echo = _there.System.ActorOf(Props.Create(() => new Echo()), "echo");
        var ends = _ends;
        _watcher = _here.System.ActorOf(Props.Create(() => new Watcher(ends)), "watcher");
    }

    private IActorRef Remote() =>
        _cluster.Done(_here.System.ActorSelection($"{_there.Address}/user/echo").ResolveOne(TimeSpan.FromSeconds(5)));

    [Fact]
    public void A_remote_actor_is_found_by_its_path_and_answers()
    {
        var remote = Remote();
        Assert.Equal((_there.Address, _echo.Path.Uid), (remote.Path.Address, remote.Path.Uid));
        Assert.Equal("hello", _cluster.Done(remote.Ask<string>("hello", TimeSpan.FromSeconds(5))));
        Assert.Equal(remote.Path, Cluster.Get(_there.System).RemotePathOf(_echo));
    }

    [Fact]
    public void The_end_of_a_remote_actor_is_told_once()
    {
        var remote = Remote();
        _watcher.Tell(remote, ActorRefs.NoSender);
        _cluster.Advance(3);
        Assert.Empty(_ends);
        remote.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        _cluster.Advance(3);
        Assert.Equal([new Terminated(remote, true, false)], _ends);
    }

    [Fact]
    public void A_remote_actor_that_is_dead_already_is_told_of_too()
    {
        var remote = Remote();
        remote.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        _cluster.Advance(1);
        _watcher.Tell(remote, ActorRefs.NoSender);
        _cluster.Advance(1);
        Assert.Equal([new Terminated(remote, true, false)], _ends);
    }

    [Fact]
    public void The_end_of_a_member_is_the_end_of_its_actors()
    {
        var remote = Remote();
        _watcher.Tell(remote, ActorRefs.NoSender);
        _cluster.Advance(1);
        _there.Crash();
        _cluster.Until(() => Cluster.Get(_here.System).State.Members.Count == 1);
        _cluster.Advance(20);
        Assert.Equal([new Terminated(remote, false, true)], _ends);
    }

    [Fact]
    public void An_actor_of_a_node_that_was_removed_before_anybody_watched_it_is_told_of_too()
    {
        var remote = Remote();
        _there.Crash();
        _cluster.Until(() => Cluster.Get(_here.System).State.Members.Count == 1);
        _watcher.Tell(remote, ActorRefs.NoSender);
        _cluster.Until(() => _ends.Count > 0);
        _cluster.Advance(30);
        Assert.Equal([new Terminated(remote, false, true)], _ends);
    }

    [Fact]
    public void A_node_that_does_not_answer_counts_as_lost()
    {
        var remote = Remote();
        _watcher.Tell(remote, ActorRefs.NoSender);
        _cluster.Network.Cut(_here.Address, _there.Address);
        _cluster.Advance(15);
        Assert.Equal([new Terminated(remote, false, true)], _ends);
        Assert.Equal(2, Cluster.Get(_here.System).State.Members.Count);
    }

    [Fact]
    public void Who_does_not_watch_any_more_is_not_told()
    {
        var remote = Remote();
        _watcher.Tell(remote, ActorRefs.NoSender);
        _watcher.Tell("unwatch", ActorRefs.NoSender);
        remote.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        _cluster.Advance(3);
        Assert.Empty(_ends);
    }
}
