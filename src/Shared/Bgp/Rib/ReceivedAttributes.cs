using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;

namespace Agent.Bgp.Rib;

/// <summary>What the decision needs of an attribute set, read once per set.</summary>
internal struct AttributeFacts
{
    public int NextHop;
    public uint LocalPref;
    public uint Med;
    public uint NeighbourAs;
    public uint OriginatorId;
    public ushort PathLength;
    public ushort ClusterListLength;
    public Origin Origin;

    /// <summary>A speaker before us has kept it beyond its peer's restart time (LLGR_STALE, RFC 9494 §4.3).</summary>
    public bool LongLivedStale;

    /// <summary>It must not be kept that long (NO_LLGR).</summary>
    public bool NotLongLived;

    /// <summary>Packets are to be dropped (BLACKHOLE, RFC 7999).</summary>
    public bool Blackhole;
}

/// <summary>The attribute sets of Adj-RIB-In as received, each once under a number, with a count of its uses and what
/// the decision needs of it.</summary>
/// <remarks>
/// Sets are bytes (<see cref="AttributeSet"/>) in slabs, found by the hash that came with them: no object for any of
/// them, whether there are ten or a hundred thousand. 0 is no set, and a number is free again after its last use.
/// <code>
///   heads (hash)      entries (chunks)                            slabs
///   +---+---+         +------+------+------+--------+-------+     +-----------------------------+
///   | 2 |   | ----->  | hash | next | uses | place  | facts | --> | ... 40 01 01 00 40 02 06 ... |
///   +---+---+         +------+------+------+--------+-------+     +-----------------------------+
/// </code>
/// </remarks>
internal sealed class ReceivedAttributes(NextHopResolver nextHops)
{
    private readonly ByteSlabs _slabs = new();
    private readonly ChunkedArray<Entry> _entries = new();
    private readonly ChunkedArray<AttributeFacts> _facts = new();
    private int[] _heads = new int[16];
    private int _high = 1;
    private int _firstFree;
    private byte[] _edited = [];

    private struct Entry
    {
        public ulong Hash;
        public int Next;
        public int Uses;
        public int Place;
        public int Length;
        public int Received;
    }

    /// <summary>How many sets are in use.</summary>
    public int Count { get; private set; }

    /// <summary>The set of a number in use.</summary>
    public AttributeSet this[int id] => new(BytesOf(_entries[id]));

    /// <summary>What the decision needs of it.</summary>
    public ref readonly AttributeFacts Facts(int id) => ref _facts[id];

    /// <summary>The set's number, with one use more.</summary>
    /// <param name="bytes">The set.</param>
    /// <param name="hash">Its <see cref="AttributeSet.HashOf"/>.</param>
    public int Acquire(ReadOnlySpan<byte> bytes, ulong hash) => Acquire(bytes, hash, 0);

    /// <summary>The number of a set that was edited on import, with one use more. It counts as another set than an
    /// equal one that was received, and holds the one that it was made of.</summary>
    public int AcquireEdited(int received, AttributeEdits edits)
    {
        var set = this[received];
        if (_edited.Length < edits.RoomFor(set.Bytes.Length)) _edited = new byte[edits.RoomFor(set.Bytes.Length) * 2];
        var bytes = _edited.AsSpan(0, edits.Apply(set, _edited));
        return Acquire(bytes, AttributeSet.HashOf(bytes), received);
    }

    /// <summary>The set as the peer sent it: what an edited one was made of, else the set itself.</summary>
    public int ReceivedOf(int id)
    {
        while (_entries[id].Received is var received and not 0) id = received;
        return id;
    }

    private int Acquire(ReadOnlySpan<byte> bytes, ulong hash, int received)
    {
        for (var at = _heads[PlaceOf(hash)]; at != 0; at = _entries[at].Next)
        {
            ref var entry = ref _entries[at];
            if (entry.Hash != hash || entry.Received != received || !bytes.SequenceEqual(BytesOf(entry))) continue;
            entry.Uses++;
            return at;
        }

        return Add(bytes, hash, received);
    }

    /// <summary>One use more of a number in use.</summary>
    public void Retain(int id) => _entries[id].Uses++;

    /// <summary>One use less.</summary>
    public void Release(int id)
    {
        ref var entry = ref _entries[id];
        if (--entry.Uses > 0) return;
        ref var link = ref _heads[PlaceOf(entry.Hash)];
        while (link != id) link = ref _entries[link].Next;
        link = entry.Next;
        _slabs.Return(entry.Place, entry.Length);
        nextHops.Release(_facts[id].NextHop);
        var received = entry.Received;
        entry = new Entry { Next = _firstFree };
        _firstFree = id;
        Count--;
        if (received != 0) Release(received);
    }

    private int Add(ReadOnlySpan<byte> bytes, ulong hash, int received)
    {
        if (Count == _heads.Length) GrowHeads();
        var id = _firstFree;
        if (id == 0)
        {
            id = _high++;
            _entries.Reserve(_high);
            _facts.Reserve(_high);
        }
        else
        {
            _firstFree = _entries[id].Next;
        }

        var place = _slabs.Rent(bytes.Length);
        bytes.CopyTo(_slabs[place, bytes.Length]);
        ref var head = ref _heads[PlaceOf(hash)];
        _entries[id] = new Entry
        {
            Hash = hash,
            Next = head,
            Uses = 1,
            Place = place,
            Length = bytes.Length,
            Received = received,
        };
        if (received != 0) Retain(received);
        head = id;
        _facts[id] = FactsOf(new AttributeSet(bytes));
        Count++;
        return id;
    }

    private AttributeFacts FactsOf(AttributeSet set)
    {
        var facts = new AttributeFacts { LocalPref = ExportAttributes.DefaultLocalPref };
        var nextHop = default(Primitives.IpAddr);
        foreach (var attribute in set)
        {
            switch (attribute.Type)
            {
                case AttributeType.Origin:
                    facts.Origin = (Origin)attribute.Value[0];
                    break;
                case AttributeType.AsPath:
                    var path = new AsPathBytes(attribute.Value);
                    facts.PathLength = (ushort)path.Length;
                    facts.NeighbourAs = path.First;
                    break;
                case AttributeType.NextHop:
                    nextHop = Primitives.IpAddr.FromBytes(attribute.Value);
                    break;
                case AttributeType.MultiExitDisc:
                    facts.Med = attribute.Number;
                    break;
                case AttributeType.LocalPref:
                    facts.LocalPref = attribute.Number;
                    break;
                case AttributeType.Communities:
                    var communities = new NumberList(attribute.Value);
                    facts.LongLivedStale = communities.Contains(WellKnownCommunity.LongLivedStale);
                    facts.NotLongLived = communities.Contains(WellKnownCommunity.NotLongLived);
                    facts.Blackhole = communities.Contains(WellKnownCommunity.Blackhole);
                    break;
                case AttributeType.OriginatorId:
                    facts.OriginatorId = attribute.Number;
                    break;
                case AttributeType.ClusterList:
                    facts.ClusterListLength = (ushort)(attribute.Value.Length / 4);
                    break;
            }
        }

        facts.NextHop = nextHops.Acquire(nextHop);
        return facts;
    }

    private Span<byte> BytesOf(in Entry entry) => _slabs[entry.Place, entry.Length];

    private int PlaceOf(ulong hash) => (int)hash & (_heads.Length - 1);

    private void GrowHeads()
    {
        _heads = new int[_heads.Length * 2];
        for (var id = 1; id < _high; id++)
        {
            ref var entry = ref _entries[id];
            if (entry.Uses == 0) continue;
            ref var head = ref _heads[PlaceOf(entry.Hash)];
            entry.Next = head;
            head = id;
        }
    }
}
