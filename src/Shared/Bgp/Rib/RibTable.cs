using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>What waits to be done about a prefix.</summary>
[Flags]
internal enum PrefixMarks : byte
{
    None = 0,

    /// <summary>It is in the table.</summary>
    Used = 1,

    /// <summary>Waits for the decision.</summary>
    Dirty = 2,

    /// <summary>Waits for the update groups.</summary>
    Changed = 4,

    /// <summary>Its kernel route waits to be taken.</summary>
    KernelChanged = 8,

    /// <summary>It has a usable route, resolvable or not.</summary>
    HasRoute = 16,

    /// <summary>Waits to be taken out of the table, if it is still unused then.</summary>
    Unused = 32,
}

/// <summary>A prefix: the head of its paths, the local route if there is one, and what was selected. 24 bytes, so that
/// most lie in one cache line.</summary>
internal struct PrefixEntry
{
    public const int NoPath = -1;

    /// <summary>The IPv4 address, or where the table keeps the IPv6 address.</summary>
    public uint Address;

    public int FirstPath;
    public int BestPath;
    public int Kernel;

    /// <summary>The link of a workload, the number of the next hop of a static route.</summary>
    public int LocalLink;
    public byte Length;
    public IpFamily Family;
    public LocalRouteKind LocalKind;
    public PrefixMarks Marks;

    public readonly bool Has(PrefixMarks mark) => (Marks & mark) != 0;
}

/// <summary>A path that a peer announced: Adj-RIB-In, entry by entry. 16 bytes.</summary>
internal struct PathEntry
{
    private const int SessionShift = 8;
    private const uint RoundBit = 1 << 7;

    public int Next;
    public uint PathId;

    /// <summary>The attribute set that counts: as received, or as import filters edited it.</summary>
    public int Attributes;

    private uint _sessionAndVerdict;

    /// <summary>The session that announced it, below 2^24.</summary>
    public readonly int Session => (int)(_sessionAndVerdict >> SessionShift);

    /// <summary>The check on import.</summary>
    public readonly ImportVerdict Verdict => (ImportVerdict)(_sessionAndVerdict & (RoundBit - 1));

    /// <summary>Says whose it is and whether it may be used.</summary>
    public void Set(int session, ImportVerdict verdict) =>
        _sessionAndVerdict = (uint)session << SessionShift | (_sessionAndVerdict & RoundBit) | (byte)verdict;

    /// <summary>In which round of the session's refreshes it was announced: of two, so that what was not announced in
    /// the present one can be told.</summary>
    public bool Round
    {
        readonly get => (_sessionAndVerdict & RoundBit) != 0;
        set => _sessionAndVerdict = value ? _sessionAndVerdict | RoundBit : _sessionAndVerdict & ~RoundBit;
    }
}

/// <summary>Prefixes and their paths, without an object for either.</summary>
/// <remarks>
/// <code>
///   slots (open addressing)      prefixes (chunks)                 paths (chunks)
///   +---+---+---+---+            +-----+------+-------+            +------+---------+------------+
///   | 3 |   | 1 | 2 |  ------->  | key | best | first | ---------> | next | session | attributes | -> ...
///   +---+---+---+---+            +-----+------+-------+            +------+---------+------------+
/// </code>
/// A slot holds the hash and the prefix's number plus 1: a search looks at entries of the right hash alone, and growing
/// at none. A prefix keeps its number while it is in the table, so that update groups can lay their own columns beside
/// it; a number is used again once nothing refers to it. Removal shifts back, so the slots need no tombstones.
/// </remarks>
internal sealed class RibTable
{
    /// <summary>So many words are read ahead at a time.</summary>
    public const int MostAhead = 64;

    private readonly ChunkedArray<PrefixEntry> _prefixes = new();
    private readonly ChunkedArray<PathEntry> _paths = new();
    private readonly ValueList<int> _freePrefixes = new();
    private readonly ChunkedArray<Address6> _addresses = new();
    private readonly ValueList<uint> _freeAddresses = new();
    private readonly ChunkedArray<ulong> _slots = new();
    private int _slotCount = 16;
    private ulong _readAhead;   // nobody needs it, but what is summed up must be read
    private uint _addressHigh;
    private int _prefixCount;
    private int _pathHigh;
    private int _firstFreePath = PrefixEntry.NoPath;

    private readonly record struct Address6(ulong High, ulong Low);

    public RibTable() => _slots.Reserve(_slotCount);

    /// <summary>Every prefix number in use is below.</summary>
    public int High { get; private set; }

    /// <summary>The number of prefixes in the table.</summary>
    public int Count => _prefixCount;

    /// <summary>The number of paths in the table.</summary>
    public int PathCount { get; private set; }

    public ref PrefixEntry Prefix(int prefix) => ref _prefixes[prefix];

    public ref PathEntry Path(int path) => ref _paths[path];

    /// <summary>The prefix of an entry in use.</summary>
    public IpPrefix ToPrefix(in PrefixEntry entry) => KeyOf(entry).ToPrefix();

    /// <summary>The prefix of an entry in use, as numbers.</summary>
    public PrefixKey KeyOf(in PrefixEntry entry)
    {
        if (entry.Family == IpFamily.V4) return new PrefixKey(0, entry.Address, entry.Length, IpFamily.V4);
        ref var address = ref _addresses[(int)entry.Address];
        return new PrefixKey(address.High, address.Low, entry.Length, IpFamily.V6);
    }

    /// <summary>The prefix's number; -1 when it is not in the table.</summary>
    public int Find(in PrefixKey key) => NumberIn(_slots[Probe(key, key.Hash)]);

    /// <summary>The prefix's number; it is added when it is new.</summary>
    public int FindOrAdd(in PrefixKey key)
    {
        var hash = key.Hash;
        var slot = Probe(key, hash);
        if (NumberIn(_slots[slot]) is var found and >= 0) return found;
        if ((_prefixCount + 1) * 2 > _slotCount)
        {
            GrowSlots();
            slot = Probe(key, hash);
        }

        if (!_freePrefixes.TryPop(out var prefix))
        {
            prefix = High++;
            _prefixes.Reserve(High);
        }

        ref var entry = ref _prefixes[prefix];
        entry.Address = key.Family == IpFamily.V6 ? Keep(key) : (uint)key.Low;
        entry.Length = key.Length;
        entry.Family = key.Family;
        entry.FirstPath = PrefixEntry.NoPath;
        entry.BestPath = PrefixEntry.NoPath;
        entry.Marks = PrefixMarks.Used;
        _prefixCount++;
        _slots[slot] = (ulong)hash << 32 | (uint)(prefix + 1);
        return prefix;
    }

    /// <summary>Reads ahead what a search for these IPv4 prefixes looks at. The reads do not wait for one another, as
    /// those of one search after the other do.</summary>
    /// <param name="words">Operations (<see cref="BatchWords"/>); others are harmless.</param>
    public void ReadAhead(ReadOnlySpan<ulong> words)
    {
        Span<int> found = stackalloc int[MostAhead];
        words = words[..Math.Min(words.Length, MostAhead)];
        var mask = _slotCount - 1;
        for (var i = 0; i < words.Length; i++)
        {
            var hash = PrefixKey.HashOfV4((uint)words[i], (byte)(words[i] >> BatchWords.LengthShift));
            found[i] = NumberIn(_slots[(int)hash & mask]);
        }

        var paths = 0UL;
        for (var i = 0; i < words.Length; i++)
            if (found[i] >= 0) paths += (uint)_prefixes[found[i]].FirstPath;
        _readAhead = paths;
    }

    /// <summary>Reads ahead what taking out these prefixes will look at.</summary>
    public void ReadAhead(ReadOnlySpan<int> prefixes)
    {
        prefixes = prefixes[..Math.Min(prefixes.Length, MostAhead)];
        var mask = _slotCount - 1;
        var slots = 0UL;
        foreach (var prefix in prefixes) slots += _slots[(int)KeyOf(_prefixes[prefix]).Hash & mask];
        _readAhead = slots;
    }

    // The slot with the prefix, or the empty one where it belongs.
    private int Probe(in PrefixKey key, uint hash)
    {
        var mask = _slotCount - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var content = _slots[slot];
            if (content == 0 || (content >> 32 == hash && IsOf(_prefixes[NumberIn(content)], key))) return slot;
        }
    }

    /// <summary>Takes out a prefix without paths; its number may be given again.</summary>
    public void Remove(int prefix)
    {
        var mask = _slotCount - 1;
        var hole = (int)KeyOf(_prefixes[prefix]).Hash & mask;
        while (NumberIn(_slots[hole]) != prefix) hole = (hole + 1) & mask;
        for (var slot = (hole + 1) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var home = (int)(_slots[slot] >> 32) & mask;
            if (((slot - home) & mask) < ((slot - hole) & mask)) continue;   // it would move in front of its home
            _slots[hole] = _slots[slot];
            hole = slot;
        }

        _slots[hole] = 0;
        if (_prefixes[prefix].Family == IpFamily.V6) _freeAddresses.Add(_prefixes[prefix].Address);
        _prefixes[prefix] = default;
        _freePrefixes.Add(prefix);
        _prefixCount--;
    }

    /// <summary>Adds a path in front of the prefix's others.</summary>
    public void AddPath(int prefix, in PathEntry path)
    {
        var at = _firstFreePath;
        if (at == PrefixEntry.NoPath)
        {
            at = _pathHigh++;
            _paths.Reserve(_pathHigh);
        }
        else
        {
            _firstFreePath = _paths[at].Next;
        }

        ref var entry = ref _prefixes[prefix];
        _paths[at] = path;
        _paths[at].Next = entry.FirstPath;
        entry.FirstPath = at;
        PathCount++;
    }

    /// <summary>Takes a path out of the prefix's list.</summary>
    public void RemovePath(int prefix, int path)
    {
        ref var link = ref _prefixes[prefix].FirstPath;
        while (link != path) link = ref _paths[link].Next;
        link = _paths[path].Next;
        _paths[path] = new PathEntry { Next = _firstFreePath };
        _firstFreePath = path;
        PathCount--;
    }

    private static int NumberIn(ulong slot) => (int)(uint)slot - 1;

    private bool IsOf(in PrefixEntry entry, in PrefixKey key)
    {
        if (entry.Length != key.Length || entry.Family != key.Family) return false;
        if (key.Family == IpFamily.V4) return entry.Address == (uint)key.Low;
        ref var address = ref _addresses[(int)entry.Address];
        return address.Low == key.Low && address.High == key.High;
    }

    private uint Keep(in PrefixKey key)
    {
        if (!_freeAddresses.TryPop(out var at))
        {
            at = _addressHigh++;
            _addresses.Reserve((int)_addressHigh);
        }

        _addresses[(int)at] = new Address6(key.High, key.Low);
        return at;
    }

    private void Occupy(ulong content)
    {
        var mask = _slotCount - 1;
        var slot = (int)(content >> 32) & mask;
        while (_slots[slot] != 0) slot = (slot + 1) & mask;
        _slots[slot] = content;
    }

    // In place: beginning behind an empty slot, each is taken out and put where it belongs now. Those before it stand
    // where they belong already, so it finds room no later than where it stood, or in the new half.
    private void GrowSlots()
    {
        var old = _slotCount;
        _slotCount = old * 2;
        _slots.Reserve(_slotCount);
        var start = 0;
        while (_slots[start] != 0) start++;
        for (var i = 1; i < old; i++)
        {
            ref var slot = ref _slots[(start + i) & (old - 1)];
            var content = slot;
            if (content == 0) continue;
            slot = 0;
            Occupy(content);
        }
    }
}
