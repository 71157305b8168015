namespace Agent.Semantics.Own;

/// <summary>What code may rely on of every actor, each promise by itself: delivery, order, lifecycle, supervision, watches, timers, stash,
/// dead letters.</summary>
public sealed class PromiseTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private sealed record Fail(string Why);

    private sealed record GetTotal;

    /// <summary>Tells its log what happens to it, and forwards the rest; a <see cref="Fail"/> makes it fail.</summary>
    private sealed class Witness(IActorRef log, string name) : UntypedActor, IWithTimers, IWithUnboundedStash
    {
        private bool _stashing;

        public static Props Of(IActorRef log, string name) => Props.Create(() => new Witness(log, name));

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;

        protected override void PreStart() => log.Tell($"{name} starts", Self);

        protected override void PostRestart(Exception reason) => log.Tell($"{name} is restarted", Self);

        protected override void PostStop() => log.Tell($"{name} stops", Self);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Fail(var why): throw new InvalidOperationException(why);
                case Props child: Context.Watch(Context.ActorOf(child, "child")); break;
                case TimeSpan soon: Timers.StartSingleTimer("once", "timer", soon); break;
                case (TimeSpan soon, Fail(var why)):
                    Timers.StartSingleTimer("once", "timer", soon);
                    throw new InvalidOperationException(why);
                case "stash": _stashing = true; break;
                case "unstash":
                    _stashing = false;
                    Stash.UnstashAll();
                    break;
                case "unknown": Unhandled(message); break;
                case Terminated gone: log.Tell($"gone {gone.ActorRef.Path.Name}", Self); break;
                default:
                    if (_stashing) Stash.Stash();
                    else log.Tell(message, Self);
                    break;
            }
        }

        protected override void PreRestart(Exception reason, object message) => log.Tell($"{name} has failed", Self);
    }

    private sealed class Adder : UntypedActor
    {
        private int _total;
        private int _inside;

        protected override void OnReceive(object message)
        {
            Assert.Equal(1, Interlocked.Increment(ref _inside));
            if (message is GetTotal) Sender.Tell(_total, Self);
            else _total++;
            Assert.Equal(0, Interlocked.Decrement(ref _inside));
        }
    }

    private IActorRef Start(string name)
    {
        var actor = Sys.ActorOf(Witness.Of(TestActor, name), name);
        ExpectMsg($"{name} starts");
        return actor;
    }

    [Fact]
    public async Task Each_message_is_handled_at_most_once_and_one_at_a_time()
    {
        const int each = 20_000;
        var adder = Sys.ActorOf(Props.Create(() => new Adder()));
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < each; i++) adder.Tell(i, ActorRefs.NoSender);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(4 * each, await adder.Ask<int>(new GetTotal(), Patience));
    }

    [Fact]
    public void Messages_of_one_sender_arrive_in_the_order_in_which_they_were_sent()
    {
        var actor = Start("actor");
        for (var i = 0; i < 1_000; i++) actor.Tell(i, TestActor);
        for (var i = 0; i < 1_000; i++) ExpectMsg(i);
    }

    [Fact]
    public void Children_stop_before_their_parent()
    {
        var parent = Start("parent");
        parent.Tell(Witness.Of(TestActor, "the child"), ActorRefs.NoSender);
        ExpectMsg("the child starts");
        parent.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectMsg("the child stops");
        ExpectMsg("parent stops");
    }

    [Fact]
    public void A_restart_keeps_the_mailbox_the_path_and_the_watchers()
    {
        var actor = Start("actor");
        var before = actor.Path;
        Watch(actor);
        actor.Tell(new Fail("on purpose"), ActorRefs.NoSender);
        actor.Tell("waits meanwhile", ActorRefs.NoSender);
        ExpectMsg("actor has failed");
        ExpectMsg("actor is restarted");
        ExpectMsg("waits meanwhile");
        Assert.Equal((before, before.Uid), (LastSender.Path, LastSender.Path.Uid));
        Sys.Stop(actor);
        ExpectMsg("actor stops");
        ExpectTerminated(actor);
    }

    [Fact]
    public void A_child_that_its_parents_restart_leaves_alone_goes_on_with_its_ref()
    {
        var parent = Start("parent");
        parent.Tell(Witness.Of(TestActor, "the child"), ActorRefs.NoSender);
        ExpectMsg("the child starts");
        var child = LastSender;
        parent.Tell(new Fail("on purpose"), ActorRefs.NoSender);
        ExpectMsg("parent has failed");
        FishForMessage(message => message is "the child is restarted", Patience);
        child.Tell("still there", ActorRefs.NoSender);
        FishForMessage(message => message is "still there", Patience);
        Assert.Equal(child, LastSender);
    }

    [Fact]
    public void A_termination_is_told_once_and_also_of_an_actor_that_is_dead_already()
    {
        var parent = Start("parent");
        parent.Tell(Witness.Of(TestActor, "the child"), ActorRefs.NoSender);
        ExpectMsg("the child starts");
        var child = LastSender;
        Watch(child);
        child.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        var told = new List<object>();
        FishForMessage(message =>
        {
            told.Add(message);
            return told.Count == 3;
        }, Patience);
        Assert.Single(told, message => message is "gone child");
        Assert.Single(told, message => message is Terminated);
        ExpectNoMsg(Quiet);
        Watch(child);
        ExpectTerminated(child);
        ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_timer_dies_with_its_incarnation()
    {
        var actor = Start("actor");
        actor.Tell((TimeSpan.FromMilliseconds(50), new Fail("on purpose")), ActorRefs.NoSender);
        ExpectMsg("actor has failed");
        ExpectMsg("actor is restarted");
        ExpectNoMsg(2 * Quiet);
        actor.Tell(TimeSpan.FromMilliseconds(1), ActorRefs.NoSender);
        ExpectMsg("timer");
    }

    [Fact]
    public void What_is_stashed_comes_back_in_its_order_before_what_came_later()
    {
        var actor = Start("actor");
        foreach (var message in (object[])["stash", 1, 2, 3, "unstash", 4]) actor.Tell(message, ActorRefs.NoSender);
        for (var i = 1; i <= 4; i++) ExpectMsg(i);
    }

    [Fact]
    public void What_nobody_receives_and_what_nobody_handles_is_published()
    {
        var actor = Start("actor");
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        actor.Tell("unknown", TestActor);
        var unhandled = ExpectMsg<UnhandledMessage>();
        Assert.Equal(("unknown", TestActor, actor), ((string)unhandled.Message, unhandled.Sender, unhandled.Recipient));
        actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        ExpectMsg("actor stops");
        Watch(actor);
        ExpectTerminated(actor);
        actor.Tell("too late", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal(("too late", TestActor, actor), ((string)letter.Message, letter.Sender, letter.Recipient));
    }

    [Fact]
    public async Task An_Ask_fails_with_the_bare_cause_or_with_the_wrong_type_and_a_success_is_not_unwrapped()
    {
        var cause = new InvalidOperationException("on purpose");
        var actor = Sys.ActorOf(Props.Create(() => new Replier(new Status.Failure(cause))));
        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => actor.Ask("x", Patience)));
        actor = Sys.ActorOf(Props.Create(() => new Replier(new Status.Success("fine"))));
        Assert.Equal("fine", (await actor.Ask<Status.Success>("x", Patience)).Status);
        var wrong = await Assert.ThrowsAsync<ArgumentException>(() => actor.Ask<int>("x", Patience));
        Assert.Contains("was asked for [System.Int32]", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_Ask_is_cancelled_and_the_reply_that_comes_later_is_a_dead_letter()
    {
        using var cancellation = new CancellationTokenSource();
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        var asked = TestActor.Ask("question", cancellation.Token);
        ExpectMsg("question");
        var waiting = LastSender;
        cancellation.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(() => asked);
        waiting.Tell("late", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal(("late", waiting), ((string)letter.Message, letter.Recipient));
    }

    [Fact]
    public async Task GracefulStop_is_false_when_time_is_up_and_true_for_an_actor_that_is_gone()
    {
        using var gate = new ManualResetEventSlim();
        Action wait = () => gate.Wait(Patience);
        var busy = Sys.ActorOf(Props.Create(() => new Blocked(wait)));
        busy.Tell("block", ActorRefs.NoSender);
        Assert.False(await busy.GracefulStop(TimeSpan.FromMilliseconds(20)));
        gate.Set();
        Watch(busy);
        ExpectTerminated(busy);
        Assert.True(await busy.GracefulStop(Patience));
    }

    private sealed class Replier(object reply) : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(reply, Self);
    }

    private sealed class Blocked(Action wait) : UntypedActor
    {
        protected override void OnReceive(object message) => wait();
    }
}
