using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.TestKit;

/// <summary>A test actor with a queue and expectations of its own; stands for an actor that the one under test talks
/// to.</summary>
/// <remarks>It is also the ref of its actor, for places that take one.</remarks>
public class TestProbe : TestKitBase, IInternalActorRef
{
    /// <summary>A probe in this system.</summary>
    public TestProbe(ActorSystem system, ITestKitAssertions assertions, string? testProbeName = null)
        : base(assertions, system, testProbeName)
    {
    }

    /// <summary>The ref of the probe's actor.</summary>
    public IActorRef Ref => TestActor;

    /// <summary>The sender of the message that was looked at last.</summary>
    public IActorRef Sender => LastSender;

    /// <summary>Where the probe's actor is.</summary>
    public ActorPath Path => TestActor.Path;

    ActorSystemImpl? IInternalActorRef.System => Inner.System;

    IInternalActorRef IInternalActorRef.Parent => Inner.Parent;

    private IInternalActorRef Inner => (IInternalActorRef)TestActor;

    /// <summary>Sends a message, with the probe as its sender.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, TestActor);

    /// <summary>Passes the message that was looked at last on, with its sender.</summary>
    public void Forward(IActorRef actor) => Forward(
        actor, LastMessage
        ?? throw new InvalidOperationException("There is nothing to forward: no message was looked at yet."));

    /// <summary>Passes a message on with the sender of the message that was looked at last.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, Sender);

    /// <summary>Answers the message that was looked at last.</summary>
    public void Reply(object message) => Sender.Tell(message, TestActor);

    void ICanTell.Tell(object message, IActorRef? sender) => TestActor.Tell(message, sender);

    void IInternalActorRef.SendSystemMessage(SystemMessage message) => Inner.SendSystemMessage(message);

    IInternalActorRef? IInternalActorRef.GetChild(string name) => Inner.GetChild(name);

    IEnumerable<IInternalActorRef> IInternalActorRef.GetChildren() => Inner.GetChildren();

    int IComparable.CompareTo(object? obj) => Inner.CompareTo(obj);

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => Inner.CompareTo(other);

    bool IEquatable<IActorRef>.Equals(IActorRef? other) => Inner.Equals(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IActorRef other && Inner.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => TestActor.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => TestActor.ToString()!;
}
