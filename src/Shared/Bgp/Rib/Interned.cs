namespace Agent.Bgp.Rib;

/// <summary>Equal values kept once under a number, with a count of their uses; 0 is no value, and a number is free
/// again after its last use.</summary>
/// <remarks>A hash table with chains, whose entries are the numbers. The entries do not move, and growing copies only
/// the heads of the chains.</remarks>
internal sealed class Interned<T>
    where T : class, IEquatable<T>
{
    private readonly ChunkedArray<Entry> _entries = new();
    private int[] _heads = new int[16];
    private int _high = 1;
    private int _firstFree;

    private struct Entry
    {
        public T? Value;
        public int Hash;
        public int Next;
        public int Uses;
    }

    /// <summary>The value of a number in use.</summary>
    public T this[int id] =>
        _entries[id].Value ?? throw new InvalidOperationException($"interned value {id} is not in use");

    /// <summary>How many values are in use.</summary>
    public int Count { get; private set; }

    /// <summary>The value's number, with one use more.</summary>
    public int Acquire(T value)
    {
        var hash = value.GetHashCode();
        for (var at = First(hash); at != 0; at = After(at))
        {
            ref var entry = ref _entries[at];
            if (entry.Hash != hash || !value.Equals(entry.Value)) continue;
            entry.Uses++;
            return at;
        }

        return Add(value, hash);
    }

    /// <summary>The first number that a value of this hash may have; 0 for none. To look values up by another
    /// form.</summary>
    public int First(int hash) => _heads[hash & (_heads.Length - 1)];

    /// <summary>The next number after one of <see cref="First"/>; 0 for no more.</summary>
    public int After(int id) => _entries[id].Next;

    /// <summary>One use more of a number in use; nothing for 0.</summary>
    public void Retain(int id)
    {
        if (id != 0) _entries[id].Uses++;
    }

    /// <summary>One use less; true when it was the last and the number is free. Nothing for 0.</summary>
    public bool Release(int id)
    {
        if (id == 0 || --_entries[id].Uses > 0) return false;
        ref var link = ref _heads[_entries[id].Hash & (_heads.Length - 1)];
        while (link != id) link = ref _entries[link].Next;
        link = _entries[id].Next;
        _entries[id] = new Entry { Next = _firstFree };
        _firstFree = id;
        Count--;
        return true;
    }

    private int Add(T value, int hash)
    {
        if (Count == _heads.Length) GrowHeads();
        var id = _firstFree;
        if (id == 0)
        {
            id = _high++;
            _entries.Reserve(_high);
        }
        else
        {
            _firstFree = _entries[id].Next;
        }

        ref var head = ref _heads[hash & (_heads.Length - 1)];
        _entries[id] = new Entry { Value = value, Hash = hash, Next = head, Uses = 1 };
        head = id;
        Count++;
        return id;
    }

    private void GrowHeads()
    {
        _heads = new int[_heads.Length * 2];
        for (var id = 1; id < _high; id++)
        {
            ref var entry = ref _entries[id];
            if (entry.Value is null) continue;
            ref var head = ref _heads[entry.Hash & (_heads.Length - 1)];
            entry.Next = head;
            head = id;
        }
    }
}
