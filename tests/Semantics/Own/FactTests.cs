namespace Agent.Semantics.Own;

/// <summary>Facts measured on genuine Akka.NET that the shared suite leaves open; see the list in the design of the runtime's API.</summary>
public sealed class FactTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private static void Do(IActorRef puppet, Action<Puppet> act) => Puppet.Do(puppet, act);

    private IActorRef Start(string? name = null) => Sys.ActorOf(Puppet.Of(TestActor), name);

    [Fact]
    public void The_first_of_two_watches_stands()
    {
        var (watcher, subject) = (Start(), Sys.ActorOf(Puppet.Of(ActorRefs.Nobody), "subject"));
        Do(watcher, p => p.Ctx.WatchWith(subject, "first"));
        Do(watcher, p => p.Ctx.WatchWith(subject, "second"));
        Do(watcher, p =>
        {
            p.Ctx.Watch(subject);
            p.Me.Tell("watching", p.Me);
        });
        ExpectMsg("watching");
        subject.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectMsg("first");
        ExpectNoMsg(Quiet);
    }

    [Fact]
    public void Unwatch_removes_a_termination_that_is_queued()
    {
        using var gate = new ManualResetEventSlim();
        var (watcher, subject) = (Start(), Sys.ActorOf(Puppet.Of(ActorRefs.Nobody), "subject"));
        Watch(subject);
        Do(watcher, p =>
        {
            p.Ctx.Watch(subject);
            p.Me.Tell("watching", p.Me);
        });
        ExpectMsg("watching");
        Do(watcher, _ => gate.Wait(Patience));
        Do(watcher, p => p.Ctx.Unwatch(subject));
        subject.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectTerminated(subject);
        gate.Set();
        watcher.Tell("end", ActorRefs.NoSender);
        ExpectMsg("end");
        ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_timer_message_in_the_mailbox_is_dropped_when_its_timer_is_cancelled()
    {
        using var gate = new ManualResetEventSlim();
        var puppet = Start();
        var fired = CreateTestProbe();
        Do(puppet, p =>
        {
            p.Timers.StartSingleTimer("k", "tick", TimeSpan.Zero);
            p.Ctx.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50), fired.Ref, "later", ActorRefs.NoSender);
            gate.Wait(Patience);
            p.Timers.Cancel("k");
        });
        fired.ExpectMsg("later");
        gate.Set();
        puppet.Tell("end", ActorRefs.NoSender);
        ExpectMsg("end");
        ExpectNoMsg(Quiet);
    }

    [Fact]
    public void Tell_of_null_to_an_actor_that_has_started_throws()
    {
        var puppet = Start();
        puppet.Tell("ready", ActorRefs.NoSender);
        ExpectMsg("ready");
        Assert.Throws<ArgumentNullException>(() => puppet.Tell(null!, ActorRefs.NoSender));
    }

    [Fact]
    public void Become_on_a_stack_replaces_only_the_top()
    {
        var puppet = Start();
        Do(puppet, p => p.Stack(_ =>
        {
            TestActor.Tell("one");
            p.Swap(_ =>
            {
                TestActor.Tell("two");
                p.Pop();
            });
        }));
        foreach (var _ in Enumerable.Range(0, 3))
            puppet.Tell("base", ActorRefs.NoSender);
        ExpectMsg("one");
        ExpectMsg("two");
        ExpectMsg("base");
    }

    [Fact]
    public void A_name_stays_reserved_while_its_actor_is_stopping()
    {
        using var gate = new ManualResetEventSlim();
        var first = Start("name");
        Do(first, p => p.Ctx.ActorOf(Props.Create(() => new Holdout(gate)), "child"));
        Do(first, p => p.Me.Tell("ready", p.Me));
        ExpectMsg("ready");
        Watch(first);
        first.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        Assert.Throws<InvalidActorNameException>(() => Start("name"));
        gate.Set();
        ExpectMsg("PostStop");
        ExpectTerminated(first);
        Assert.Equal(first.Path, Start("name").Path);
    }

    private sealed class Holdout(ManualResetEventSlim gate) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => gate.Wait(Patience);
    }

    private sealed class Unborn : UntypedActor
    {
        public Unborn() => throw new InvalidDataException("no");

        protected override void OnReceive(object message)
        {
        }
    }

    [Fact]
    public void An_actor_whose_constructor_throws_has_a_ref_and_is_stopped()
    {
        var unborn = Sys.ActorOf(Props.Create(() => new Unborn()));
        Watch(unborn);
        ExpectTerminated(unborn);
    }

    [Fact]
    public void A_death_pact_stops_the_watcher_without_PreRestart()
    {
        var subject = Start();
        var watcher = Sys.ActorOf(Props.Create(() => new Pact(subject, TestActor)));
        Watch(watcher);
        subject.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectMsg("PostStop");
        ExpectMsg("pact ends");
        ExpectTerminated(watcher);
    }

    private sealed class Pact : ReceiveActor
    {
        private readonly IActorRef _log;

        public Pact(IActorRef subject, IActorRef log)
        {
            _log = log;
            Context.Watch(subject);
            Receive<string>(_ => { });
        }

        protected override void PreRestart(Exception reason, object message) => _log.Tell("PreRestart");

        protected override void PostStop() => _log.Tell("pact ends");
    }

    [Fact]
    public void A_restart_limit_in_a_window_ends_in_a_stop()
    {
        var strategy = new OneForOneStrategy(2, TimeSpan.FromMinutes(1), _ => Directive.Restart);
        var log = TestActor;
        var parent = Sys.ActorOf(Props.Create(() => new Parent(log), strategy));
        parent.Tell("child", TestActor);
        var child = ExpectMsg<IActorRef>();
        Watch(child);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            Do(child, _ => throw new InvalidDataException("again"));
            ExpectMsg("PreRestart");
            ExpectMsg("PostStop");
        }

        Do(child, _ => throw new InvalidDataException("once too often"));
        ExpectMsg("PostStop");
        ExpectTerminated(child);
    }

    private sealed class Parent(IActorRef log) : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(Context.ActorOf(Puppet.Of(log)), Self);
    }

    private sealed class Slow(IActorRef log, Task gate) : ReceiveActor
    {
        protected override void PreStart() => Become(() => ReceiveAsync<string>(async s =>
        {
            log.Tell("begin " + s);
            await gate;
            log.Tell("end " + s);
        }));

        protected override void PostStop() => log.Tell("PostStop");
    }

    [Fact]
    public void Stop_does_not_wait_for_an_async_handler_and_a_poison_pill_does()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (log, task) = (TestActor, gate.Task);
        var stopped = Sys.ActorOf(Props.Create(() => new Slow(log, task)));
        stopped.Tell("a", ActorRefs.NoSender);
        ExpectMsg("begin a");
        Sys.Stop(stopped);
        ExpectMsg("PostStop");
        var poisoned = Sys.ActorOf(Props.Create(() => new Slow(log, task)));
        poisoned.Tell("b", ActorRefs.NoSender);
        ExpectMsg("begin b");
        poisoned.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectNoMsg(Quiet);
        gate.SetResult();
        ExpectMsg("end b");
        ExpectMsg("PostStop");
        ExpectNoMsg(Quiet);
    }

    [Fact]
    public async Task A_failing_task_of_a_phase_does_not_keep_the_system_from_terminating_and_the_first_reason_stands()
    {
        var system = ActorSystem.Create("other");
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "bad", () => throw new InvalidDataException("bad"));
        Assert.Null(shutdown.ShutdownReason);
        var run = shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance);
        await system.Terminate().WaitAsync(Patience);
        await run.WaitAsync(Patience);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    private sealed class Keeper(IActorRef log) : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidDataException("fail");

        protected override void PreStart() => Context.ActorOf(Puppet.Of(log), "kept");

        protected override void PreRestart(Exception reason, object message) => log.Tell("children stay", Self);

        protected override void PostRestart(Exception reason) => log.Tell(Context.Child("kept"), Self);
    }

    [Fact]
    public void Children_that_PreRestart_leaves_alone_are_restarted_with_their_refs()
    {
        var log = TestActor;
        var keeper = Sys.ActorOf(Props.Create(() => new Keeper(log)), "keeper");
        keeper.Tell("x", ActorRefs.NoSender);
        ExpectMsg("children stay");
        var kept = ExpectMsg<IActorRef>();
        Assert.Equal(keeper.Path / "kept", kept.Path);
        ExpectMsg("PreRestart");
        ExpectMsg("PostStop");
        kept.Tell("alive", ActorRefs.NoSender);
        ExpectMsg("alive");
    }

    [Fact]
    public void A_selection_with_wildcards_reaches_every_match_and_no_match_is_a_dead_letter()
    {
        foreach (var name in new[] { "one-a", "one-b", "two-a" })
            Start(name);
        Sys.ActorSelection("/user/one-*").Tell("hello", TestActor);
        ExpectMsg("hello");
        ExpectMsg("hello");
        ExpectNoMsg(Quiet);
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.ActorSelection("/user/absent/child").Tell("lost", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal(("lost", "/user/absent/child"), (letter.Message, letter.Recipient.Path.ToStringWithoutAddress()));
        Sys.ActorSelection("akka://elsewhere/user/one-a").Tell(new Identify(1), TestActor);
        Assert.True(ExpectMsg<ActorIdentity>().Subject.IsNobody());
    }
}
