using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>Brings the awaits of an instance's asynchronous handlers back to the actor's own turns. It ends with the
/// instance: what comes later is dropped.</summary>
internal sealed class ActorSynchronizationContext(ActorCell cell) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) =>
        cell.Self.SendSystemMessage(new Continuation(this, d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("An actor cannot be waited for. Use Post, or tell it a message.");

    public override SynchronizationContext CreateCopy() => this;
}
