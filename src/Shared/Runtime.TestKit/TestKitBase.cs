using System.Linq.Expressions;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.TestKit;

/// <summary>Tests actors from outside: sends them messages and expects theirs, which a test actor collects.</summary>
/// <remarks>Expectations take messages in the order in which they arrived. Waits are in real time, also where the
/// actors' own time is virtual; they end as soon as what is expected is there.</remarks>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static int _testActors;

    private readonly ITestKitAssertions _assertions;
    private readonly TestQueue _queue = new();
    private MessageEnvelope? _last;

    /// <summary>A kit for a system, with a test actor of its own in it.</summary>
    /// <param name="assertions">Reports failures to the test framework.</param>
    /// <param name="system">The system; null for a new one on the thread pool.</param>
    /// <param name="testActorName">The test actor's name; null for a generated one.</param>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system = null, string? testActorName = null)
    {
        _assertions = assertions;
        Sys = system ?? ActorSystem.Create("test");
        TestActor = CreateTestActor(testActorName ?? $"testActor{Interlocked.Increment(ref _testActors)}");
        EventFilter = CreateEventFilter(Sys);
        KeepImplicitSender();
    }

    /// <summary>The system under test.</summary>
    public ActorSystem Sys { get; }

    /// <summary>The actor whose messages this kit expects.</summary>
    public IActorRef TestActor { get; }

    /// <summary>The log of the system.</summary>
    public ILoggingAdapter Log => Sys.Log;

    /// <summary>Expects what is logged and dead letters.</summary>
    public EventFilterFactory EventFilter { get; }

    /// <summary>Whether a message waits to be looked at.</summary>
    public bool HasMessages => _queue.HasMessages;

    /// <summary>The message that was looked at last; null if there was none.</summary>
    public object? LastMessage => _last?.Message;

    /// <summary>The sender of the message that was looked at last; <see cref="ActorRefs.Nobody"/> if there was
    /// none.</summary>
    public IActorRef LastSender => _last?.Sender ?? ActorRefs.Nobody;

    /// <summary>Another test actor, which puts what it receives in this kit's queue.</summary>
    public IActorRef CreateTestActor(string name)
    {
        var queue = _queue;
        return Sys.ActorOf(Props.Create(() => new TestActor(queue)), name);
    }

    /// <summary>A probe: a test actor with a queue and expectations of its own.</summary>
    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    /// <summary>A probe in another system.</summary>
    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) => new(system, _assertions, name);

    /// <summary>Expects what is logged, and dead letters, in another system.</summary>
    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    /// <summary>Makes a top-level actor.</summary>
    public IActorRef ActorOf(Props props) => Sys.ActorOf(props);

    /// <summary>Makes a top-level actor of this name.</summary>
    public IActorRef ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    /// <summary>Makes a top-level actor that takes no arguments.</summary>
    public IActorRef ActorOf<TActor>() where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>());

    /// <summary>Makes a top-level actor that takes no arguments, of this name.</summary>
    public IActorRef ActorOf<TActor>(string name)
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), name);

    /// <summary>Makes a top-level actor as the expression says.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory));

    /// <summary>Makes a top-level actor of this name as the expression says.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory, string name) where TActor : ActorBase =>
        Sys.ActorOf(Props.Create(factory), name);

    IActorRef IActorRefFactory.ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    /// <inheritdoc/>
    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    /// <inheritdoc/>
    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>Has the test actor watch an actor; see <see cref="ExpectTerminated"/>. It does when the call
    /// returns.</summary>
    public IActorRef Watch(IActorRef actorToWatch) => SetWatch(actorToWatch, true);

    /// <summary>Has the test actor watch an actor no longer.</summary>
    public IActorRef Unwatch(IActorRef actorToUnwatch) => SetWatch(actorToUnwatch, false);

    /// <summary>From now on the test actor passes over the messages for which this holds.</summary>
    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        TestActor.Tell(new TestActor.SetIgnore(shouldIgnoreMessage), ActorRefs.NoSender);

    /// <summary>From now on the test actor passes over the messages of this type for which this holds.</summary>
    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    /// <summary>From now on the test actor passes over the messages of this type.</summary>
    public void IgnoreMessages<TMsg>() => IgnoreMessages(message => message is TMsg);

    /// <summary>From now on the test actor passes over nothing.</summary>
    public void IgnoreNoMessages() => TestActor.Tell(new TestActor.SetIgnore(null), ActorRefs.NoSender);

    /// <summary>From now on the pilot reacts to each message of the test actor, before the test sees it.</summary>
    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new TestActor.SetAutoPilot(pilot), ActorRefs.NoSender);

    /// <summary>Ends the system under test.</summary>
    /// <param name="duration">How long to wait; null for 5 seconds.</param>
    /// <param name="verifySystemShutdown">Whether it is a failure if that does not suffice.</param>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        Shutdown(Sys, duration, verifySystemShutdown);

    /// <summary>Ends a system.</summary>
    /// <inheritdoc cref="Shutdown(TimeSpan?, bool)"/>
    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        ArgumentNullException.ThrowIfNull(system);
        var max = Dilated(duration ?? TimeSpan.FromSeconds(5));
        if (!system.Terminate().Wait(max) && verifySystemShutdown)
            Fail($"The system {system.Name} did not end within {max}.");
    }

    /// <summary>Fails the test.</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal void Fail(string why, string? hint = null)
    {
        _assertions.Fail(string.IsNullOrEmpty(hint) ? why : $"{why} ({hint})");
        throw new InvalidOperationException(why);
    }

    private IActorRef SetWatch(IActorRef subject, bool on)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestActor.Tell(new TestActor.SetWatch(subject, on, done), ActorRefs.NoSender);
        if (!done.Task.Wait(RemainingOrDefault))
            Fail($"The test actor {TestActor} does not answer: is it stopped?");
        return subject;
    }
}
