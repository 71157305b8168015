using Agent.Runtime.Cells;

namespace Agent.Runtime.Dispatch;

/// <summary>The two queues of an actor and its turns: all system messages before the next user message, a bounded
/// number of user messages in a turn, never two turns at once.</summary>
/// <remarks>Whoever adds a message schedules the mailbox by one compare-and-swap from idle. The end of a turn sets idle
/// and then looks again, so that a message added meanwhile is seen by one side or the other. Once closed, a turn drains
/// what comes to dead letters. It is born suspended and resumed when the actor is made.</remarks>
internal sealed class Mailbox(ActorCell cell, Dispatcher dispatcher) : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Scheduled = 1;

    private readonly MessageQueue _queue = new();
    private Stack<Envelope>? _front;
    private SystemMessage? _system;
    private int _state;
    private int _suspensions = 1;
    private volatile bool _suspended = true;

    public ActorCell Cell { get; } = cell;

    /// <summary>Whether the actor has stopped for good.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether user messages wait. On the actor's turn.</summary>
    public bool HasMessages => _front is { Count: > 0 } || !_queue.IsEmpty;

    /// <summary>How many user messages wait, about. From any thread.</summary>
    public int Count => _queue.Count + (_front?.Count ?? 0);

    /// <summary>Whether user messages are held back. From any thread.</summary>
    public bool IsSuspended => _suspended;

    /// <summary>Whether a turn is due or under way. From any thread.</summary>
    public bool IsScheduled => Volatile.Read(ref _state) == Scheduled;

    public void Post(in Envelope envelope)
    {
        _queue.Enqueue(envelope);
        if (!_suspended)
            TrySchedule();
    }

    public void Post(SystemMessage message)
    {
        SystemMessage? first;
        do
        {
            first = Volatile.Read(ref _system);
            message.Next = first;
        }
        while (Interlocked.CompareExchange(ref _system, message, first) != first);
        TrySchedule();
    }

    /// <summary>Puts a message before all that wait. On the actor's turn.</summary>
    public void Prepend(in Envelope envelope) => (_front ??= new()).Push(envelope);

    /// <summary>Holds user messages back; to be undone as often as done. On the actor's turn.</summary>
    public void Suspend()
    {
        _suspensions++;
        _suspended = true;
    }

    /// <summary>Undoes one <see cref="Suspend"/>. On the actor's turn.</summary>
    public void Resume()
    {
        if (_suspensions > 0)
            _suspensions--;
        _suspended = _suspensions > 0;
    }

    /// <summary>From now on everything that comes is a dead letter. On the actor's turn.</summary>
    public void Close()
    {
        IsClosed = true;
        _suspensions = 0;
        _suspended = false;
        Drain();
    }

    /// <summary>One turn.</summary>
    public void Execute()
    {
        ActorCell.Current = Cell;
        try
        {
            RunSystemMessages();
            for (var left = dispatcher.Throughput; left > 0 && !_suspended && TryDequeue(out var envelope); left--)
            {
                dispatcher.OnDelivery(this, envelope);
                Cell.Invoke(envelope);
                RunSystemMessages();
            }
        }
        finally
        {
            ActorCell.Current = null;
            Volatile.Write(ref _state, Idle);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _system) is not null || (!_suspended && HasMessages))
                TrySchedule(again: true);
        }
    }

    private void RunSystemMessages()
    {
        while (Volatile.Read(ref _system) is not null)
        {
            for (var message = TakeSystemMessages(); message is not null;)
            {
                var next = message.Next;
                message.Next = null;
                if (IsClosed)
                    Cell.InvokeClosed(message);
                else
                    Cell.Invoke(message);
                message = next;
            }
        }

        if (IsClosed)
            Drain();
    }

    private void Drain()
    {
        while (TryDequeue(out var envelope))
            Cell.System.PublishDeadLetter(envelope, Cell.Self);
    }

    private bool TryDequeue(out Envelope envelope) =>
        _front is { Count: > 0 } ? _front.TryPop(out envelope) : _queue.TryDequeue(out envelope);

    // The list is linked newest first; the order of arrival is the reverse.
    private SystemMessage? TakeSystemMessages()
    {
        var newest = Interlocked.Exchange(ref _system, null);
        SystemMessage? oldest = null;
        while (newest is not null)
        {
            var next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }

    private void TrySchedule(bool again = false)
    {
        if (Volatile.Read(ref _state) == Idle && Interlocked.CompareExchange(ref _state, Scheduled, Idle) == Idle)
        {
            try
            {
                dispatcher.Schedule(this, again);
            }
            catch
            {
                Volatile.Write(ref _state, Idle);
                throw;
            }
        }
    }
}
