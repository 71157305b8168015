using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Persistence;

/// <summary>What comes to a persistent actor while it waits for its journal, and that the runtime has a hand in: ends of actors and
/// timers. In virtual time, over a journal that answers when the test says so.</summary>
public sealed class WaitingCommandTests
{
    private readonly SeededWorld _world = new(1);
    private readonly List<string> _log = [];
    private readonly GatedJournal _journal = new();
    private readonly ActorSystem _system;
    private readonly IActorRef _subject;

    public WaitingCommandTests()
    {
        var ports = new PersistenceSetup(_journal, new InMemorySnapshotStore());
        _system = _world.CreateSystem("node", new RuntimeSetup { Persistence = ports });
        _subject = _system.ActorOf(Props.Create(() => new Subject()), "subject");
    }

    /// <summary>Keeps every text it is told, does what it is told with itself at hand, and reports everything else.</summary>
    private sealed class Keeper(List<string> log, IActorRef subject) : UntypedPersistentActor, IWithTimers
    {
        public override string PersistenceId => "keeper";

        public ITimerScheduler Timers { get; set; } = null!;

        public Action OnKept { get; set; } = () => { };

        public IActorContext Ctx { get; } = Context;

        protected override void PreStart() => Ctx.Watch(subject);

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case Action<Keeper> act:
                    act(this);
                    break;
                case string text:
                    Persist(text, kept =>
                    {
                        log.Add($"kept {kept}");
                        OnKept();
                    });
                    break;
                case Terminated ended:
                    log.Add($"end of {ended.ActorRef.Path.Name}");
                    break;
                case Tick tick:
                    log.Add(tick.Name);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        protected override void OnRecover(object message)
        {
            if (message is string) log.Add($"replay {message}");
        }
    }

    private sealed record Tick(string Name);

    private sealed class Subject : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    /// <summary>A journal in memory that does its work when its gate opens, on the thread that opens it.</summary>
    private sealed class GatedJournal : IJournal
    {
        private readonly InMemoryJournal _kept = new();
        private readonly List<Action> _held = [];
        private bool _isClosed;

        public void Close() => _isClosed = true;

        public void Open()
        {
            _isClosed = false;
            _held.ForEach(work => work());
            _held.Clear();
        }

        public Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes) =>
            Gated(() => _kept.WriteAsync(writes));

        public Task<IReadOnlyList<JournalEntry>> ReplayAsync(string persistenceId, long from, long to, int max) =>
            Gated(() => _kept.ReplayAsync(persistenceId, from, to, max));

        public Task<long> HighestSequenceNrAsync(string persistenceId) =>
            Gated(() => _kept.HighestSequenceNrAsync(persistenceId));

        public Task DeleteAsync(string persistenceId, long toSequenceNr) => _kept.DeleteAsync(persistenceId, toSequenceNr);

        private Task<T> Gated<T>(Func<Task<T>> work)
        {
            if (!_isClosed)
                return work();
            var settled = new TaskCompletionSource<T>();
            _held.Add(() => settled.SetFromTask(work()));
            return settled.Task;
        }
    }

    private IActorRef Keeping() => _system.ActorOf(Props.Create(() => new Keeper(_log, _subject)), "keeper");

    private void Tell(IActorRef actor, object message)
    {
        actor.Tell(message, ActorRefs.NoSender);
        _world.RunUntilIdle();
    }

    private void OpenTheJournal()
    {
        Assert.Empty(_log);
        _journal.Open();
        _world.RunUntilIdle();
    }

    [Fact]
    public void A_death_that_is_told_while_an_event_is_written_is_handled_afterwards()
    {
        var keeper = Keeping();
        _world.RunUntilIdle();
        _journal.Close();
        Tell(keeper, "a");
        Tell(_subject, PoisonPill.Instance);
        Tell(keeper, "b");
        OpenTheJournal();
        Assert.Equal(["kept a", "end of subject", "kept b"], _log);
    }

    [Fact]
    public void A_death_that_is_told_while_the_history_is_replayed_is_handled_afterwards()
    {
        _journal.Close();
        Keeping();
        _world.RunUntilIdle();
        Tell(_subject, PoisonPill.Instance);
        OpenTheJournal();
        Assert.Equal(["end of subject"], _log);
    }

    [Fact]
    public void A_timer_that_fires_while_an_event_is_written_is_handled_afterwards()
    {
        var keeper = Keeping();
        Tell(keeper, (Action<Keeper>)(k => k.Timers.StartSingleTimer("t", new Tick("tick"), TimeSpan.FromSeconds(1))));
        _journal.Close();
        Tell(keeper, "a");
        _world.Advance(TimeSpan.FromSeconds(1));
        OpenTheJournal();
        Assert.Equal(["kept a", "tick"], _log);
    }

    [Fact]
    public void A_timer_that_fires_while_an_event_is_written_and_that_its_handler_cancels_is_dropped()
    {
        var keeper = Keeping();
        Tell(keeper, (Action<Keeper>)(k =>
        {
            k.Timers.StartSingleTimer("t", new Tick("tick"), TimeSpan.FromSeconds(1));
            k.OnKept = () => k.Timers.Cancel("t");
        }));
        _journal.Close();
        Tell(keeper, "a");
        _world.Advance(TimeSpan.FromSeconds(1));
        OpenTheJournal();
        Assert.Equal(["kept a"], _log);
    }

    [Fact]
    public async Task A_poison_pill_overtakes_a_persist_handler_and_the_event_is_kept()
    {
        var keeper = Keeping();
        _world.RunUntilIdle();
        _journal.Close();
        Tell(keeper, "a");
        Tell(keeper, PoisonPill.Instance);
        OpenTheJournal();
        Assert.Empty(_log);
        Assert.Equal([new JournalEntry(1, "a")], await _journal.ReplayAsync("keeper", 1, 9, 9));
        Tell(_system.ActorOf(Props.Create(() => new Keeper(_log, _subject)), "again"), "b");
        Assert.Equal(["replay a", "kept b"], _log);
    }
}
