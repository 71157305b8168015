using Agent.Runtime.Actor;

namespace Agent.Runtime.TestKit;

/// <summary>A message that a test actor received, with its sender.</summary>
public abstract class MessageEnvelope
{
    /// <summary>The message.</summary>
    public abstract object Message { get; }

    /// <summary>Who sent it; dead letters where nobody is known.</summary>
    public abstract IActorRef Sender { get; }
}

/// <summary>The one kind of envelope that there is.</summary>
internal sealed class ReceivedMessage(object message, IActorRef sender) : MessageEnvelope
{
    public override object Message { get; } = message;

    public override IActorRef Sender { get; } = sender;
}
