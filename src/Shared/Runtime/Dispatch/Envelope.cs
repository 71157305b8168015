using Agent.Runtime.Actor;

namespace Agent.Runtime.Dispatch;

/// <summary>A message on its way, with its sender; null stands for none.</summary>
internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>A message that the runtime handles in the actor's place, or before it.</summary>
internal interface IAutoReceivedMessage;

/// <summary>A message that is no loss when its receiver is gone: it is not published as a dead letter.</summary>
internal interface IDeadLetterSuppression;
