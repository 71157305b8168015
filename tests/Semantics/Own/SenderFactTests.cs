using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>Measured facts about senders, about tasks that are piped, and about what outlives a restart. In virtual time.</summary>
public sealed class SenderFactTests
{
    private readonly SeededWorld _world = new(1);
    private readonly List<string> _log = [];
    private readonly ActorSystem _system;
    private readonly IActorRef _logger;

    public SenderFactTests()
    {
        _system = _world.CreateSystem("node");
        _logger = _system.ActorOf(Props.Create(() => new Logger(_log)), "logger");
    }

    /// <summary>Writes down what it is told and by whom.</summary>
    private sealed class Logger(List<string> log) : UntypedActor
    {
        protected override void OnReceive(object message) => log.Add(message switch
        {
            DeadLetter letter => $"dead {letter.Message}",
            Status.Failure failed => $"{failed.Cause.Message} from {Sender.Path.Name}",
            _ => $"{message} from {Sender.Path.Name}",
        });
    }

    /// <summary>Writes down its own messages with their senders, and does what it is told with itself at hand.</summary>
    private sealed class Subject(List<string> log) : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        public IUntypedActorContext Ctx { get; } = Context;

        public IActorRef Me => Self;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Action<Subject> act: act(this); break;
                case ReceiveTimeout: log.Add("timeout"); break;
                case Terminated ended: log.Add($"end of {ended.ActorRef.Path.Name}"); break;
                default: log.Add($"{message} from {Sender.Path.Name}"); break;
            }
        }

        protected override void PreRestart(Exception reason, object message) => log.Add("restart");
    }

    private IActorRef Start(string name = "subject") => _system.ActorOf(Props.Create(() => new Subject(_log)), name);

    private void Do(IActorRef subject, Action<Subject> act)
    {
        subject.Tell(act, ActorRefs.NoSender);
        _world.RunUntilIdle();
    }

    [Fact]
    public void A_timer_message_comes_from_dead_letters()
    {
        Do(Start(), s => s.Timers.StartSingleTimer("t", "tick", TimeSpan.FromSeconds(1)));
        _world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([$"tick from {_system.DeadLetters.Path.Name}"], _log);
    }

    [Fact]
    public void A_piped_result_without_a_sender_comes_from_dead_letters()
    {
        Do(Start(), s => Task.FromResult("result").PipeTo(s.Me));
        Assert.Equal([$"result from {_system.DeadLetters.Path.Name}"], _log);
    }

    [Fact]
    public void What_an_actor_publishes_comes_from_it()
    {
        _system.EventStream.Subscribe(_logger, typeof(string));
        Do(Start(), s => s.Ctx.System.EventStream.Publish("news"));
        Assert.Equal(["news from subject"], _log);
    }

    [Fact]
    public void A_plain_task_that_is_piped_sends_nothing_on_success_and_a_failure_all_the_same()
    {
        var (done, failed) = (new TaskCompletionSource(), new TaskCompletionSource());
        _ = done.Task.PipeTo(_logger);
        _ = failed.Task.PipeTo(_logger);
        done.SetResult();
        failed.SetException(new InvalidDataException("no"));
        _world.RunUntilIdle();
        Assert.Equal([$"no from {_system.DeadLetters.Path.Name}"], _log);
    }

    [Fact]
    public void A_receive_timeout_comes_again_and_again_and_outlives_a_restart()
    {
        var subject = Start();
        Do(subject, s => s.Ctx.SetReceiveTimeout(TimeSpan.FromSeconds(1)));
        _world.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(["timeout", "timeout"], _log);
        Do(subject, _ => throw new InvalidDataException("again"));
        _world.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(["timeout", "timeout", "restart", "timeout", "timeout"], _log);
    }

    [Fact]
    public void A_watch_outlives_a_restart_of_the_watcher_and_its_timers_do_not()
    {
        var (watcher, subject) = (Start("watcher"), Start());
        Do(watcher, s =>
        {
            s.Ctx.Watch(subject);
            s.Timers.StartSingleTimer("t", "tick", TimeSpan.FromSeconds(1));
        });
        Do(watcher, _ => throw new InvalidDataException("again"));
        _system.Stop(subject);
        _world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["restart", "end of subject"], _log);
    }

    [Fact]
    public void During_a_backoff_pause_messages_are_dead_letters()
    {
        _system.EventStream.Subscribe(_logger, typeof(DeadLetter));
        var supervisor = Backing(options => options);
        supervisor.Tell("early", _logger);
        _world.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["dead early"], _log);
        _world.Advance(TimeSpan.FromSeconds(2));
        supervisor.Tell("late", _logger);
        _world.RunUntilIdle();
        Assert.Equal(["dead early", "late from logger"], _log);
    }

    [Fact]
    public void During_a_backoff_pause_ReplyWhileStopped_is_answered_in_place_of_dead_letters()
    {
        var letters = _system.ActorOf(Props.Create(() => new Logger(_log)), "letters");
        _system.EventStream.Subscribe(letters, typeof(DeadLetter));
        var supervisor = Backing(options => options.WithReplyWhileStopped("busy"));
        supervisor.Tell("early", _logger);
        _world.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["busy from supervisor"], _log);
        _world.Advance(TimeSpan.FromSeconds(2));
        supervisor.Tell("late", _logger);
        _world.RunUntilIdle();
        Assert.Equal(["busy from supervisor", "late from logger"], _log);
    }

    /// <summary>A supervisor whose child has just stopped, and comes back after ten seconds.</summary>
    private IActorRef Backing(Func<BackoffOptions, BackoffOptions> with)
    {
        var pause = TimeSpan.FromSeconds(10);
        var supervisor = _system.ActorOf(
            BackoffSupervisor.Props(with(Backoff.OnStop(Props.Create(() => new Subject(_log)), "child", pause, pause, 0, -1))), "supervisor");
        Do(supervisor, s => s.Ctx.Stop(s.Me));
        return supervisor;
    }
}
