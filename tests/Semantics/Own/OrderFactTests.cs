using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>Measured facts about what comes before what. In seeded worlds: a fact that holds in every interleaving is tried in many, and one
/// that leaves two orders open shows both.</summary>
public sealed class OrderFactTests
{
    private const int Seeds = 40;

    private readonly List<string> _log = [];

    /// <summary>Logs texts, also of children, with its name.</summary>
    private sealed class Member(List<string> log, Action<Member>? onStart = null) : UntypedActor
    {
        public IUntypedActorContext Ctx { get; } = Context;

        public IActorRef Me => Self;

        public static Props Of(List<string> log, Action<Member>? onStart = null) => Props.Create(() => new Member(log, onStart));

        protected override void PreStart() => onStart?.Invoke(this);

        protected override void OnReceive(object message)
        {
            if (message is Action<Member> act)
                act(this);
            else
                log.Add($"{Self.Path.Name} {(message is Terminated t ? $"ended {t.ActorRef.Path.Name} {t.ExistenceConfirmed}" : message)}");
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
        {
            log.Add($"{Self.Path.Name} decides on {cause.Message}");
            return Directive.Resume;
        });

        protected override void PreRestart(Exception reason, object message)
        {
            log.Add($"{Self.Path.Name} restarts");
            base.PreRestart(reason, message);
        }

        protected override void PostStop() => log.Add($"{Self.Path.Name} stops");
    }

    private static void Do(IActorRef member, Action<Member> act) => member.Tell(act, ActorRefs.NoSender);

    /// <summary>What is logged in each of many interleavings.</summary>
    private List<string> Play(Action<ActorSystem> act)
    {
        var outcomes = new List<string>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            _log.Clear();
            var world = new SeededWorld(seed);
            act(world.CreateSystem("node"));
            world.RunUntilIdle();
            outcomes.Add(string.Join(", ", _log));
        }

        return outcomes;
    }

    private void Always(string expected, Action<ActorSystem> act) => Assert.All(Play(act), outcome => Assert.Equal(expected, outcome));

    [Fact]
    public void After_a_stop_by_its_own_context_no_queued_message_is_handled() => Always("top stops", system =>
    {
        var top = system.ActorOf(Member.Of(_log), "top");
        Do(top, m => m.Ctx.Stop(m.Me));
        top.Tell("queued", ActorRefs.NoSender);
    });

    [Fact]
    public void After_a_stop_of_a_top_level_actor_by_its_system_a_queued_message_may_still_be_handled() => Assert.Equal(
        ["top queued, top stops", "top stops"],
        Play(system =>
        {
            var top = system.ActorOf(Member.Of(_log), "top");
            Do(top, m => m.Ctx.System.Stop(m.Me));
            top.Tell("queued", ActorRefs.NoSender);
        }).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void On_a_stop_the_children_stop_before_their_parent() => Always("child stops, parent stops", system =>
    {
        var parent = system.ActorOf(Member.Of(_log, m => m.Ctx.ActorOf(Of(), "child")), "parent");
        parent.Tell(PoisonPill.Instance, ActorRefs.NoSender);
    });

    [Fact]
    public void On_a_restart_PostStop_of_the_parent_runs_before_that_of_its_children() => Always(
        "parent restarts, parent stops, child stops", system =>
        {
            var parent = system.ActorOf(Member.Of(_log, m => m.Ctx.ActorOf(Of(), "child")), "parent");
            Do(parent, _ => throw new InvalidDataException("again"));
        });

    [Fact]
    public void A_watch_is_registered_before_messages_that_were_queued_earlier_are_handled() => Always(
        "subject stops, watcher ended subject True", system =>
        {
            var subject = system.ActorOf(Member.Of(_log), "subject");
            Do(system.ActorOf(Member.Of(_log), "watcher"), m =>
            {
                Do(subject, s => s.Ctx.Stop(s.Me));
                m.Ctx.Watch(subject);
            });
        });

    [Fact]
    public void A_failure_of_a_child_is_decided_on_before_messages_that_were_queued_earlier_are_handled() => Always(
        "parent decides on no, parent queued", system =>
        {
            var parent = system.ActorOf(Member.Of(_log), "parent");
            Do(parent, m => Do(m.Ctx.ActorOf(Member.Of(_log), "child"), _ =>
            {
                parent.Tell("queued", ActorRefs.NoSender);
                throw new InvalidDataException("no");
            }));
        });

    private Props Of() => Member.Of(_log);
}
