using System.Runtime.InteropServices;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Dispatch;

/// <summary>A queue without locks for many producers and one consumer: a chain of rings, as a rule of one.</summary>
/// <remarks>
/// <code>
///   consumer -> ring (closed) -> ring (closed) -> ring &lt;- producers
/// </code>
/// A producer claims a place by one compare-and-swap, fills it and then marks it full, so adding allocates nothing. A
/// ring without a free place is closed for good and a larger one follows it; the consumer empties the closed ones
/// first, which keeps the order. A place that is claimed but not yet full is not visible; its producer schedules the
/// mailbox only afterwards, so nothing is forgotten. What a queue once grew to it keeps, up to <see cref="Largest"/>
/// places of 24 bytes.
/// </remarks>
internal sealed class MessageQueue
{
    private const int Smallest = 8;
    private const int Largest = 128 * 1024;

    private Ring _first;
    private Ring _last;

    public MessageQueue() => _first = _last = new Ring(Smallest);

    /// <summary>Whether nothing can be taken. For the consumer, or after a full fence.</summary>
    public bool IsEmpty
    {
        get
        {
            for (var ring = Volatile.Read(ref _first); ; ring = ring.Next!)
            {
                if (ring.HasItem) return false;
                if (!ring.IsSpent) return true;
            }
        }
    }

    /// <summary>How many items wait, about: others add and take meanwhile. From any thread.</summary>
    public int Count
    {
        get
        {
            var count = 0L;
            for (var ring = Volatile.Read(ref _first); ring is not null; ring = ring.Next) count += ring.Count;
            return (int)count;
        }
    }

    /// <summary>Adds an item; from any thread. Ends with a full fence, so that what the producer reads next is no
    /// older.</summary>
    public void Enqueue(in Envelope item)
    {
        for (var ring = Volatile.Read(ref _last); !ring.TryEnqueue(item); ring = Volatile.Read(ref _last))
        {
            var next = ring.Close(Largest);
            Interlocked.CompareExchange(ref _last, next, ring);
        }

        Interlocked.MemoryBarrier();
    }

    /// <summary>Takes the oldest item; from the consumer only.</summary>
    public bool TryDequeue(out Envelope item)
    {
        while (!_first.TryDequeue(out item))
        {
            if (!_first.IsSpent) return false;
            Volatile.Write(ref _first, _first.Next!);
        }

        return true;
    }

    /// <summary>Places in a circle. A place's turn says who may use it: the producer whose claim it equals, or, one
    /// later, the consumer.</summary>
    private sealed class Ring
    {
        private const long Closed = 1L << 62;

        private readonly Place[] _places;
        private Cursor _claimed;
        private Cursor _taken;
        private Ring? _next;

        private struct Place
        {
            public object? Message;
            public IActorRef? Sender;
            public long Turn;
        }

        // On a cache line of its own: producers and the consumer do not slow each other down.
        [StructLayout(LayoutKind.Explicit, Size = 128)]
        private struct Cursor
        {
            [FieldOffset(64)]
            public long Value;
        }

        public Ring(int size)
        {
            _places = new Place[size];
            for (var i = 0; i < size; i++) _places[i].Turn = i;
        }

        /// <summary>The ring that follows; not null once this one is spent.</summary>
        public Ring? Next => Volatile.Read(ref _next);

        /// <summary>How many places are claimed and not yet taken.</summary>
        public long Count
        {
            get
            {
                var taken = Volatile.Read(ref _taken.Value);
                return Math.Max(0, (Volatile.Read(ref _claimed.Value) & ~Closed) - taken);
            }
        }

        /// <summary>Whether the next place is full. For the consumer, or after a full fence.</summary>
        public bool HasItem
        {
            get
            {
                var at = Volatile.Read(ref _taken.Value);
                return Volatile.Read(ref PlaceOf(at).Turn) == at + 1;
            }
        }

        /// <summary>Whether every item that this ring will ever hold has been taken, and another follows.</summary>
        public bool IsSpent => Next is not null
            && Volatile.Read(ref _claimed.Value) == (Volatile.Read(ref _taken.Value) | Closed);

        /// <summary>Adds an item; false when the ring is full or closed.</summary>
        public bool TryEnqueue(in Envelope item)
        {
            while (true)
            {
                var at = Volatile.Read(ref _claimed.Value);
                if ((at & Closed) != 0) return false;
                ref var place = ref PlaceOf(at);
                var turn = Volatile.Read(ref place.Turn);
                if (turn < at) return false;
                if (turn > at || Interlocked.CompareExchange(ref _claimed.Value, at + 1, at) != at) continue;
                (place.Message, place.Sender) = (item.Message, item.Sender);
                Volatile.Write(ref place.Turn, at + 1);
                return true;
            }
        }

        /// <summary>Takes the oldest item that is in place.</summary>
        public bool TryDequeue(out Envelope item)
        {
            var at = _taken.Value;
            ref var place = ref PlaceOf(at);
            if (Volatile.Read(ref place.Turn) != at + 1)
            {
                item = default;
                return false;
            }

            item = new Envelope(place.Message!, place.Sender);
            (place.Message, place.Sender) = (null, null);
            Volatile.Write(ref place.Turn, at + _places.Length);
            Volatile.Write(ref _taken.Value, at + 1);
            return true;
        }

        /// <summary>Lets nobody claim a place any more.</summary>
        /// <returns>The ring that follows, twice as large as far as that is allowed.</returns>
        public Ring Close(int largest)
        {
            Interlocked.Or(ref _claimed.Value, Closed);
            if (Next is { } next) return next;
            var made = new Ring(Math.Min(_places.Length * 2, largest));
            return Interlocked.CompareExchange(ref _next, made, null) ?? made;
        }

        private ref Place PlaceOf(long at) => ref _places[(int)at & (_places.Length - 1)];
    }
}
