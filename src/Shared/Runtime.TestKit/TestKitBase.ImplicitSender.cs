using Agent.Runtime.Cells;

namespace Agent.Runtime.TestKit;

/// <content>The test itself speaks as the test actor: what it tells without a sender comes from there.</content>
public abstract partial class TestKitBase
{
    private void KeepImplicitSender()
    {
        if (this is TestProbe)
            return;
        ActorCell.Current = ((LocalActorRef)TestActor).Cell;
        SynchronizationContext.SetSynchronizationContext(
            new SpeakingContext(ActorCell.Current, SynchronizationContext.Current));
    }

    private protected void EndImplicitSender()
    {
        if (ReferenceEquals(ActorCell.Current, ((LocalActorRef)TestActor).Cell))
            ActorCell.Current = null;
        if (SynchronizationContext.Current is SpeakingContext context)
            SynchronizationContext.SetSynchronizationContext(context.Outer);
    }

    /// <summary>Keeps the sender over the awaits of an asynchronous test.</summary>
    private sealed class SpeakingContext(ActorCell cell, SynchronizationContext? outer) : SynchronizationContext
    {
        public SynchronizationContext? Outer => outer;

        public override SynchronizationContext CreateCopy() => new SpeakingContext(cell, outer);

        public override void Post(SendOrPostCallback d, object? state) =>
            (outer ?? new SynchronizationContext()).Post(_ => Run(d, state), null);

        public override void Send(SendOrPostCallback d, object? state) => Run(d, state);

        private void Run(SendOrPostCallback callback, object? state)
        {
            var (cellBefore, contextBefore) = (ActorCell.Current, Current);
            ActorCell.Current = cell;
            SetSynchronizationContext(this);
            try
            {
                callback(state);
            }
            finally
            {
                ActorCell.Current = cellBefore;
                SetSynchronizationContext(contextBefore);
            }
        }
    }
}
