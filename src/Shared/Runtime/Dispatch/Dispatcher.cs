using Agent.Runtime.Actor;

namespace Agent.Runtime.Dispatch;

/// <summary>Gives mailboxes their turns. A scheduled mailbox is handed over once and will run once.</summary>
internal abstract class Dispatcher
{
    /// <summary>How many user messages a mailbox may handle in one turn.</summary>
    public abstract int Throughput { get; }

    /// <summary>How tasks that actors wait for are made, so that their continuations run where this dispatcher wants
    /// them.</summary>
    public abstract TaskCreationOptions TaskOptions { get; }

    /// <summary>What gives an actor of these props its turns: this dispatcher, or one for the actor alone.</summary>
    /// <exception cref="ArgumentException">The props name a dispatcher that does not exist.</exception>
    public virtual Dispatcher For(Props props, ActorPath path) => props.Dispatcher switch
    {
        Props.DefaultDispatcher or Props.PinnedDispatcher => this,
        var unknown => throw new ArgumentException(
            $"The dispatcher [{unknown}] of [{path}] does not exist; there are [{Props.DefaultDispatcher}] and "
            + $"[{Props.PinnedDispatcher}].", nameof(props)),
    };

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

    public override Dispatcher For(Props props, ActorPath path) => props.Dispatcher == Props.PinnedDispatcher
        ? new PinnedDispatcher(Throughput, path.ToStringWithoutAddress())
        : base.For(props, path);

    public override void Schedule(Mailbox mailbox, bool again) =>
        ThreadPool.UnsafeQueueUserWorkItem(mailbox, preferLocal: !again);
}

/// <summary>One actor's turns on a thread of its own, for an actor that blocks: it holds up nobody else. The thread
/// begins with the first turn and ends with the actor.</summary>
internal sealed class PinnedDispatcher(int throughput, string threadName) : Dispatcher
{
    private readonly object _gate = new();
    private Thread? _thread;
    private bool _due;

    public override int Throughput { get; } = throughput;

    public override TaskCreationOptions TaskOptions => TaskCreationOptions.RunContinuationsAsynchronously;

    public override void Schedule(Mailbox mailbox, bool again)
    {
        // What comes after the end goes to dead letters, for which no thread is kept.
        if (mailbox.IsClosed)
        {
            ThreadPool.UnsafeQueueUserWorkItem(mailbox, preferLocal: false);
            return;
        }

        lock (_gate)
        {
            _due = true;
            if (_thread is not null)
            {
                Monitor.Pulse(_gate);
                return;
            }

            _thread = new Thread(() => Run(mailbox)) { Name = threadName, IsBackground = true };
            _thread.Start();
        }
    }

    private void Run(Mailbox mailbox)
    {
        while (!mailbox.IsClosed)
        {
            lock (_gate)
            {
                while (!_due) Monitor.Wait(_gate);
                _due = false;
            }

            mailbox.Execute();
        }
    }
}
