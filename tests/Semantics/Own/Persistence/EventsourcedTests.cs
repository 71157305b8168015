using Agent.Runtime.Hosting;
using Semantics;

namespace Agent.Semantics.Tests.Own.Persistence;

/// <summary>The facts about persistent actors that runtime-api.md lists, and what follows from them.</summary>
public sealed class EventsourcedTests : PersistenceSpec
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(120);

    /// <summary>A persistent actor whose commands the test gives, and which reports what is replayed.</summary>
    private sealed class Scripted : UntypedPersistentActor
    {
        private readonly IActorRef _log;
        private readonly Action<Scripted, object> _onCommand;
        private readonly Action<Scripted, object>? _onRecover;

        public Scripted(string id, IActorRef log, Action<Scripted, object> onCommand, Action<Scripted, object>? onRecover)
        {
            PersistenceId = id;
            (_log, _onCommand, _onRecover) = (log, onCommand, onRecover);
        }

        public override string PersistenceId { get; }

        public void Report(object what) => _log.Tell(what);

        public void StashIt() => Stash.Stash();

        public void UnstashThem() => Stash.UnstashAll();

        protected override void OnCommand(object message) => _onCommand(this, message);

        protected override void OnRecover(object message)
        {
            Report(message is RecoveryCompleted ? "recovered" : $"replay {message}");
            _onRecover?.Invoke(this, message);
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Report($"failed {@event} at {sequenceNr}");

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Report($"rejected {@event} at {sequenceNr}");

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => Report($"cannot recover {message}");

        protected override void PostStop() => Report("stopped");
    }

    private (TestProbe Log, IActorRef Actor) Start(Action<Scripted, object> onCommand, Action<Scripted, object>? onRecover = null)
    {
        var log = CreateTestProbe();
        var (id, logRef) = (Id, log.Ref);
        return (log, Sys.ActorOf(Props.Create(() => new Scripted(id, logRef, onCommand, onRecover))));
    }

    private static void Keep(Scripted actor, object command) =>
        actor.Persist((string)command, e => actor.Report($"{e} at {actor.LastSequenceNr}"));

    private static void ExpectInOrder(TestProbe log, params string[] messages)
    {
        foreach (var message in messages)
            log.ExpectMsg(message);
    }

    [Fact]
    public void A_rejected_event_uses_up_its_number_and_the_actor_goes_on()
    {
        var (log, actor) = Start(Keep);
        ExpectInOrder(log, "recovered");
        RejectNextWrite(Id);
        actor.Tell("a");
        actor.Tell("b");
        ExpectInOrder(log, "rejected a at 1", "b at 2");
        Watch(actor);
        actor.Tell(PoisonPill.Instance);
        ExpectTerminated(actor);
        (log, _) = Start(Keep);
        ExpectInOrder(log, "replay b", "recovered");
    }

    [Fact]
    public void A_failed_write_is_reported_and_stops_the_actor_and_waiting_commands_become_dead_letters()
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        var (log, actor) = Start(Keep);
        ExpectInOrder(log, "recovered");
        FailNextWrite(Id);
        actor.Tell("a");
        ExpectInOrder(log, "failed a at 1", "stopped");
        actor.Tell("b");
        Assert.Equal("b", letters.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void A_failed_replay_stops_the_actor()
    {
        var (log, actor) = Start(Keep);
        actor.Tell("a");
        ExpectInOrder(log, "recovered", "a at 1");
        FailNextReplay(Id);
        (log, actor) = Start(Keep);
        Watch(actor);
        ExpectInOrder(log, "cannot recover ", "stopped");
        ExpectTerminated(actor);
    }

    [Fact]
    public void An_exception_during_replay_stops_the_actor()
    {
        var (log, actor) = Start(Keep);
        actor.Tell("a");
        ExpectInOrder(log, "recovered", "a at 1");
        (log, _) = Start(Keep, (_, _) => throw new InvalidDataException("cannot apply"));
        ExpectInOrder(log, "replay a", "cannot recover a", "stopped");
    }

    [Fact]
    public void Persist_during_replay_throws_and_in_RecoveryCompleted_it_is_through_before_the_first_command()
    {
        var (log, actor) = Start(Keep);
        actor.Tell("a");
        ExpectInOrder(log, "recovered", "a at 1");
        (log, actor) = Start(Keep, (s, message) =>
        {
            if (message is RecoveryCompleted)
                s.Persist("first", e => s.Report($"{e} at {s.LastSequenceNr}"));
            else
                s.Report(Assert.Throws<InvalidOperationException>(() => s.Persist("x", _ => { })).GetType().Name);
        });
        actor.Tell("b");
        ExpectInOrder(log, "replay a", "InvalidOperationException", "recovered", "first at 2", "b at 3");
    }

    [Fact]
    public void DeferAsync_with_nothing_pending_runs_at_once()
    {
        var (log, actor) = Start((s, c) =>
        {
            s.DeferAsync(c, e => s.Report($"deferred {e}"));
            s.Report("after");
        });
        actor.Tell("a");
        ExpectInOrder(log, "recovered", "deferred a", "after");
    }

    [Fact]
    public void If_a_persist_handler_throws_the_event_is_kept_and_replayed()
    {
        var (log, actor) = Start((s, c) => s.Persist((string)c, e =>
        {
            s.Report($"handling {e}");
            if (e == "bad")
                throw new InvalidOperationException("asked to fail");
        }));
        actor.Tell("bad");
        actor.Tell("b");
        ExpectInOrder(log, "recovered", "handling bad", "stopped", "replay bad", "recovered", "handling b");
    }

    [Fact]
    public void The_actors_own_stash_comes_back_before_what_came_later()
    {
        var open = false;
        var (log, actor) = Start((s, c) =>
        {
            if (c is "open")
            {
                open = true;
                s.Persist("opened", e =>
                {
                    s.Report(e);
                    s.UnstashThem();
                });
            }
            else if (!open)
            {
                s.StashIt();
            }
            else
            {
                Keep(s, c);
            }
        });
        foreach (var command in new[] { "a", "b", "open", "c", "d" })
            actor.Tell(command);
        ExpectInOrder(log, "recovered", "opened", "a at 2", "b at 3", "c at 4", "d at 5");
    }

    [Fact]
    public void A_stash_put_back_by_an_async_handler_is_handled_without_another_command()
    {
        var open = false;
        var (log, actor) = Start((s, c) =>
        {
            if (c is "open")
            {
                s.PersistAsync("opened", _ =>
                {
                    open = true;
                    s.UnstashThem();
                });
            }
            else if (!open)
            {
                s.StashIt();
            }
            else
            {
                Keep(s, c);
            }
        });
        foreach (var command in new[] { "a", "b", "open" })
            actor.Tell(command);
        ExpectInOrder(log, "recovered", "a at 2", "b at 3");
        log.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_system_without_a_journal_says_what_is_missing()
    {
        using var plain = new TestKit();
        var id = Id;
        plain.EventFilter.Exception<ActorInitializationException>(contains: "was set up without a journal")
            .ExpectOne(() => plain.Sys.ActorOf(Props.Create(() => new Scripted(id, ActorRefs.Nobody, Keep, null))));
    }

    [Fact]
    public void In_a_seeded_world_a_run_with_persistent_actors_can_be_repeated()
    {
        var traces = Enumerable.Range(0, 2).Select(_ =>
        {
            var world = new SeededWorld(7);
            var journal = new InMemoryJournal();
            var system = world.CreateSystem("node", new RuntimeSetup { Persistence = new PersistenceSetup(journal, new InMemorySnapshotStore()) });
            var actors = Enumerable.Range(0, 5)
                .Select(n => "p" + n)
                .Select(id => system.ActorOf(Props.Create(() => new Scripted(id, ActorRefs.Nobody, Keep, null)), id)).ToList();
            for (var i = 0; i < 10; i++)
                actors.ForEach(a => a.Tell("e" + i, ActorRefs.NoSender));
            world.RunUntilIdle();
            Assert.All(actors, a => Assert.Equal(10, journal.Events(a.Path.Name).Count));
            return world.Trace;
        }).ToList();
        Assert.Equal(traces[0], traces[1]);
    }
}
