namespace Agent.Semantics.Own;

/// <summary>Measured facts about ends: of actors that are killed or never start, of behaviours, of a system.</summary>
public sealed class EndFactTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private sealed class Unstarted(IActorRef log) : UntypedActor
    {
        protected override void PreStart() => throw new InvalidDataException("no");

        protected override void PreRestart(Exception reason, object message) => log.Tell("PreRestart");

        protected override void OnReceive(object message) => log.Tell(message);
    }

    private sealed class LaterReason : CoordinatedShutdown.Reason;

    private sealed class Late : ReceiveActor
    {
        public Late(IActorRef log)
        {
            Receive<string>(text =>
            {
                log.Tell(text);
                log.Tell(Assert.Throws<InvalidOperationException>(() => Receive<int>(_ => { })).GetType().Name);
            });
            ReceiveAny(_ => { });
            log.Tell(Assert.Throws<InvalidOperationException>(() => Receive<int>(_ => { })).GetType().Name);
        }
    }

    [Fact]
    public void Kill_stops_an_actor_without_PreRestart()
    {
        var puppet = Sys.ActorOf(Puppet.Of(TestActor));
        Watch(puppet);
        puppet.Tell("before", ActorRefs.NoSender);
        puppet.Tell(Kill.Instance, ActorRefs.NoSender);
        puppet.Tell("after", ActorRefs.NoSender);
        ExpectMsg("before");
        ExpectMsg("PostStop");
        ExpectTerminated(puppet);
    }

    [Fact]
    public void An_actor_whose_PreStart_throws_has_a_ref_and_is_stopped_without_PreRestart()
    {
        var log = TestActor;
        var unstarted = Sys.ActorOf(Props.Create(() => new Unstarted(log)));
        Watch(unstarted);
        unstarted.Tell("unheard", ActorRefs.NoSender);
        ExpectTerminated(unstarted);
    }

    [Fact]
    public void A_handler_after_ReceiveAny_or_while_a_message_is_handled_is_refused()
    {
        var log = TestActor;
        var late = Sys.ActorOf(Props.Create(() => new Late(log)));
        ExpectMsg(nameof(InvalidOperationException));
        late.Tell("text", ActorRefs.NoSender);
        ExpectMsg("text");
        ExpectMsg(nameof(InvalidOperationException));
    }

    [Fact]
    public async Task A_plain_Terminate_runs_the_tasks_of_the_coordinated_shutdown_and_one_that_fails_does_not_block_later_phases()
    {
        var system = ActorSystem.Create("other");
        var shutdown = CoordinatedShutdown.Get(system);
        var ran = new List<string>();
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "bad", () => throw new InvalidDataException("bad"));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "fails", () => Task.FromException<Done>(new InvalidDataException("bad")));
        foreach (var phase in new[] { CoordinatedShutdown.PhaseServiceStop, CoordinatedShutdown.PhaseBeforeActorSystemTerminate })
        {
            shutdown.AddTask(phase, "good", () =>
            {
                ran.Add(phase);
                return Task.FromResult(Done.Instance);
            });
        }

        await system.Terminate().WaitAsync(Patience);

        Assert.Equal(["service-stop", "before-actor-system-terminate"], ran);
        Assert.NotNull(shutdown.ShutdownReason);
    }

    [Fact]
    public async Task The_coordinated_shutdown_runs_once_and_keeps_its_first_reason()
    {
        var system = ActorSystem.Create("other");
        var shutdown = CoordinatedShutdown.Get(system);
        var runs = 0;
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "count", () =>
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(Done.Instance);
        });

        var first = shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance);
        var second = shutdown.Run(new LaterReason());
        await Task.WhenAll(first, second).WaitAsync(Patience);
        await system.WhenTerminated.WaitAsync(Patience);

        Assert.Equal(1, runs);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }
}
