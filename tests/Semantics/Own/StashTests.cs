using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>What a stash does to messages that the runtime has a hand in: ends of actors, timers, receive timeouts, piped results.
/// In virtual time, so that each order is the only one.</summary>
public sealed class StashTests
{
    private readonly SeededWorld _world = new(1);
    private readonly List<string> _log = [];
    private readonly ActorSystem _system;

    public StashTests() => _system = _world.CreateSystem("node");

    /// <summary>Does what it is told with itself at hand; puts everything else aside until it is opened.</summary>
    private sealed class Holder(List<string> log) : UntypedActor, IWithStash, IWithTimers
    {
        private bool _isOpen;

        public IStash Stash { get; set; } = null!;

        public ITimerScheduler Timers { get; set; } = null!;

        public IUntypedActorContext Ctx { get; } = Context;

        public IActorRef Me => Self;

        public void Open()
        {
            _isOpen = true;
            Stash.UnstashAll();
        }

        protected override void OnReceive(object message)
        {
            if (message is Action<Holder> act)
                act(this);
            else if (_isOpen)
                log.Add($"{Plain(message)} from {Sender.Path.Name}");
            else
                Stash.Stash();
        }
    }

    private sealed class Subject : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private static string Plain(object message) =>
        message is Terminated ended ? $"end of {ended.ActorRef.Path.Name}" : message.ToString()!;

    private IActorRef Holding() => _system.ActorOf(Props.Create(() => new Holder(_log)), "holder");

    private IActorRef Watched(IActorRef holder, Action<Holder, IActorRef> watch)
    {
        var subject = _system.ActorOf(Props.Create(() => new Subject()), "subject");
        Do(holder, h => watch(h, subject));
        return subject;
    }

    private void Do(IActorRef holder, Action<Holder> act)
    {
        holder.Tell(act, ActorRefs.NoSender);
        _world.RunUntilIdle();
    }

    private void End(IActorRef subject)
    {
        subject.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        _world.RunUntilIdle();
        Assert.Empty(_log);
    }

    [Fact]
    public void A_stashed_termination_comes_again_and_only_once()
    {
        var holder = Holding();
        End(Watched(holder, (h, subject) => h.Ctx.Watch(subject)));
        Do(holder, h => h.Open());
        Assert.Equal(["end of subject from subject"], _log);
    }

    [Fact]
    public void A_termination_may_be_stashed_again_and_again()
    {
        var holder = Holding();
        End(Watched(holder, (h, subject) => h.Ctx.Watch(subject)));
        Do(holder, h => h.Stash.UnstashAll());
        Do(holder, h => h.Stash.Unstash());
        Assert.Empty(_log);
        Do(holder, h => h.Open());
        Assert.Equal(["end of subject from subject"], _log);
    }

    [Fact]
    public void A_stashed_message_that_stands_for_a_termination_comes_again()
    {
        var holder = Holding();
        End(Watched(holder, (h, subject) => h.Ctx.WatchWith(subject, "gone")));
        Do(holder, h => h.Open());
        Assert.Equal(["gone from subject"], _log);
    }

    [Fact]
    public void Unwatch_removes_a_termination_that_an_unstash_has_queued()
    {
        var holder = Holding();
        IActorRef subject = Watched(holder, (h, s) => h.Ctx.Watch(s));
        End(subject);
        Do(holder, h =>
        {
            h.Open();
            h.Ctx.Unwatch(subject);
        });
        Assert.Empty(_log);
    }

    [Fact]
    public void A_stashed_termination_survives_a_restart()
    {
        var holder = Holding();
        End(Watched(holder, (h, subject) => h.Ctx.Watch(subject)));
        Do(holder, _ => throw new InvalidDataException("asked to fail"));
        Do(holder, h => h.Open());
        Assert.Equal(["end of subject from subject"], _log);
    }

    [Fact]
    public void A_termination_that_was_only_forwarded_is_not_delivered()
    {
        var holder = Holding();
        var subject = Watched(holder, (_, _) => { });
        Do(holder, h => h.Open());
        holder.Tell(new Terminated(subject, true, false), subject);
        _world.RunUntilIdle();
        Assert.Empty(_log);
    }

    [Fact]
    public void A_stashed_timer_message_outlives_its_timer()
    {
        var holder = Holding();
        Do(holder, h => h.Timers.StartSingleTimer("once", "tick", TimeSpan.FromSeconds(1)));
        Do(holder, h => h.Timers.StartPeriodicTimer("often", "tock", TimeSpan.FromSeconds(2)));
        _world.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(_log);
        Do(holder, h =>
        {
            Assert.False(h.Timers.IsTimerActive("once"));
            h.Timers.CancelAll();
            h.Open();
        });
        Assert.Equal(["tick from deadLetters", "tock from deadLetters", "tock from deadLetters"], _log);
    }

    [Fact]
    public void A_timer_may_hold_a_message_that_the_runtime_handles()
    {
        var holder = Holding();
        Do(holder, h => h.Timers.StartSingleTimer("end", PoisonPill.Instance, TimeSpan.FromSeconds(1)));
        _world.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_system.ActorSelection("/user/holder").ResolveOne(TimeSpan.Zero).IsFaulted);
    }

    [Fact]
    public void A_stashed_receive_timeout_and_a_piped_result_come_again_with_their_senders()
    {
        var holder = Holding();
        var subject = Watched(holder, (h, _) => h.Ctx.SetReceiveTimeout(TimeSpan.FromSeconds(1)));
        _world.Advance(TimeSpan.FromSeconds(1));
        Do(holder, h => h.Ctx.SetReceiveTimeout(null));
        Do(holder, h => Task.FromResult("result").PipeTo(h.Me, subject));
        Assert.Empty(_log);
        Do(holder, h => h.Open());
        Assert.Equal(["<ReceiveTimeout> from holder", "result from subject"], _log);
    }
}
