namespace Agent.Runtime.Dispatch;

/// <summary>Gives mailboxes their turns. A scheduled mailbox is handed over once and will run once.</summary>
internal abstract class Dispatcher
{
    /// <summary>How many user messages a mailbox may handle in one turn.</summary>
    public abstract int Throughput { get; }

    /// <summary>How tasks that actors wait for are made, so that their continuations run where this dispatcher wants
    /// them.</summary>
    public abstract TaskCreationOptions TaskOptions { get; }

    /// <summary>Gives a mailbox a turn, soon.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="again">Whether it just had one, so that others come first.</param>
    public abstract void Schedule(Mailbox mailbox, bool again);

    /// <summary>Is told of each user message just before it is handled.</summary>
    public virtual void OnDelivery(Mailbox mailbox, in Envelope envelope)
    {
    }
}

/// <summary>Turns on the thread pool.</summary>
internal sealed class ThreadPoolDispatcher(int throughput) : Dispatcher
{
    public override int Throughput { get; } = throughput;

    public override TaskCreationOptions TaskOptions => TaskCreationOptions.RunContinuationsAsynchronously;

    public override void Schedule(Mailbox mailbox, bool again) =>
        ThreadPool.UnsafeQueueUserWorkItem(mailbox, preferLocal: !again);
}
