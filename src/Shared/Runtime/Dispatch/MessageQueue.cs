namespace Agent.Runtime.Dispatch;

/// <summary>A queue without locks for many producers and one consumer: a linked list whose head is a spent
/// node.</summary>
/// <remarks>An item whose producer has exchanged the tail but not yet linked it is not visible; that producer schedules
/// the mailbox only afterwards, so nothing is forgotten. One node is allocated for each item.</remarks>
internal sealed class MessageQueue
{
    private Node _head;
    private Node _tail;

    public MessageQueue() => _head = _tail = new Node(default);

    /// <summary>Whether nothing can be taken. For the consumer, or after a full fence.</summary>
    public bool IsEmpty => Volatile.Read(ref Volatile.Read(ref _head).Next) is null;

    /// <summary>Adds an item; from any thread. Ends with a full fence, so that what the producer reads next is no
    /// older.</summary>
    public void Enqueue(in Envelope item)
    {
        var node = new Node(item);
        Volatile.Write(ref Interlocked.Exchange(ref _tail, node).Next, node);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Takes the oldest item; from the consumer only.</summary>
    public bool TryDequeue(out Envelope item)
    {
        var next = Volatile.Read(ref _head.Next);
        if (next is null)
        {
            item = default;
            return false;
        }

        item = next.Item;
        next.Item = default;
        _head = next;
        return true;
    }

    private sealed class Node(in Envelope item)
    {
        public Envelope Item = item;
        public Node? Next;
    }
}
