using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>A prefix as 24 bytes, for either family.</summary>
internal readonly struct PrefixKey(IpPrefix prefix) : IEquatable<PrefixKey>
{
    private readonly ulong _high = prefix.Address.High;
    private readonly ulong _low = prefix.Address.Low;
    private readonly byte _length = prefix.Length;

    public IpFamily Family { get; } = prefix.Family;

    public IpPrefix ToPrefix() =>
        new(Family == IpFamily.V6 ? IpAddr.FromV6(_high, _low) : IpAddr.FromV4((uint)_low), _length);

    public bool Equals(PrefixKey other) =>
        _low == other._low && _high == other._high && _length == other._length && Family == other.Family;

    public override bool Equals(object? obj) => obj is PrefixKey other && Equals(other);

    public override int GetHashCode()
    {
        var mixed = _low ^ _high * 0x9E3779B97F4A7C15UL ^ (ulong)_length << 40 ^ (ulong)Family << 48;
        return (int)(mixed * 0xD6E8FEB86659FD93UL >> 32);
    }
}

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
}

/// <summary>A prefix: the head of its paths, the local route if there is one, and what was selected.</summary>
internal struct PrefixEntry
{
    public const int NoPath = -1;

    public PrefixKey Key;
    public int FirstPath;
    public int BestPath;
    public int Kernel;
    public int LocalLink;
    public LocalRouteKind LocalKind;
    public PrefixMarks Marks;

    public readonly bool Has(PrefixMarks mark) => (Marks & mark) != 0;
}

/// <summary>A path that a peer announced: Adj-RIB-In, entry by entry.</summary>
internal struct PathEntry
{
    public int Next;
    public int Session;
    public uint PathId;
    public int Attributes;
    public ImportVerdict Verdict;
}

/// <summary>Prefixes and their paths, without an object for either.</summary>
/// <remarks>
/// <code>
///   slots (open addressing)      prefixes (chunks)                 paths (chunks)
///   +---+---+---+---+            +-----+------+-------+            +------+---------+------------+
///   | 3 |   | 1 | 2 |  ------->  | key | best | first | ---------> | next | session | attributes | -> ...
///   +---+---+---+---+            +-----+------+-------+            +------+---------+------------+
/// </code>
/// A slot holds the prefix's number plus 1. A prefix keeps its number while it is in the table, so that update groups
/// can lay their own columns beside it; a number is used again once nothing refers to it. Removal shifts back, so the
/// slots need no tombstones.
/// </remarks>
internal sealed class RibTable
{
    private readonly ChunkedArray<PrefixEntry> _prefixes = new();
    private readonly ChunkedArray<PathEntry> _paths = new();
    private readonly ValueList<int> _freePrefixes = new();
    private int[] _slots = new int[16];
    private int _prefixCount;
    private int _pathHigh;
    private int _firstFreePath = PrefixEntry.NoPath;

    /// <summary>Every prefix number in use is below.</summary>
    public int High { get; private set; }

    /// <summary>The number of prefixes in the table.</summary>
    public int Count => _prefixCount;

    /// <summary>The number of paths in the table.</summary>
    public int PathCount { get; private set; }

    public ref PrefixEntry Prefix(int prefix) => ref _prefixes[prefix];

    public ref PathEntry Path(int path) => ref _paths[path];

    /// <summary>The prefix's number; -1 when it is not in the table.</summary>
    public int Find(in PrefixKey key)
    {
        var mask = _slots.Length - 1;
        for (var slot = key.GetHashCode() & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
            if (_prefixes[_slots[slot] - 1].Key.Equals(key)) return _slots[slot] - 1;
        return -1;
    }

    /// <summary>The prefix's number; it is added when it is new.</summary>
    public int FindOrAdd(in PrefixKey key)
    {
        var found = Find(key);
        if (found >= 0) return found;
        if ((_prefixCount + 1) * 2 > _slots.Length) GrowSlots();
        if (!_freePrefixes.TryPop(out var prefix))
        {
            prefix = High++;
            _prefixes.Reserve(High);
        }

        _prefixes[prefix] = new PrefixEntry
        {
            Key = key,
            FirstPath = PrefixEntry.NoPath,
            BestPath = PrefixEntry.NoPath,
            Marks = PrefixMarks.Used,
        };
        _prefixCount++;
        Occupy(prefix);
        return prefix;
    }

    /// <summary>Takes out a prefix without paths; its number may be given again.</summary>
    public void Remove(int prefix)
    {
        var mask = _slots.Length - 1;
        var hole = _prefixes[prefix].Key.GetHashCode() & mask;
        while (_slots[hole] != prefix + 1) hole = (hole + 1) & mask;
        for (var slot = (hole + 1) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var home = _prefixes[_slots[slot] - 1].Key.GetHashCode() & mask;
            if (((slot - home) & mask) < ((slot - hole) & mask)) continue;   // it would move in front of its home
            _slots[hole] = _slots[slot];
            hole = slot;
        }

        _slots[hole] = 0;
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
        _paths[at] = path with { Next = entry.FirstPath };
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

    private void Occupy(int prefix)
    {
        var mask = _slots.Length - 1;
        var slot = _prefixes[prefix].Key.GetHashCode() & mask;
        while (_slots[slot] != 0) slot = (slot + 1) & mask;
        _slots[slot] = prefix + 1;
    }

    private void GrowSlots()
    {
        var old = _slots;
        _slots = new int[old.Length * 2];
        foreach (var slot in old)
            if (slot != 0) Occupy(slot - 1);
    }
}
