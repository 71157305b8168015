using System.Diagnostics.CodeAnalysis;

namespace Agent.Primitives;

/// <summary>What should be and what is, in one place, with the difference always at hand.</summary>
/// <remarks>
/// <code>
///        desired            actual
///      +---------+--------+---------+
///      | create  |  same  | delete  |
///      |         | update |         |
///      +---------+--------+---------+
/// </code>
/// The owner tells the tracker both sides whenever it learns of them. What remains to be done is walked in the order in
/// which it came up, removals apart from the rest (<see cref="NextRemoval"/>, <see cref="NextSetting"/>); a failed
/// change simply stays pending. An item is one entry of an array, found by a hash table of its own; where both sides
/// are the same, as they are most of the time, the value is kept once. In steady state nothing is allocated.
/// </remarks>
/// <typeparam name="TKey">What names an item.</typeparam>
/// <typeparam name="TValue">What an item is; compared by equality.</typeparam>
public sealed class DeltaTracker<TKey, TValue>
    where TKey : notnull, IComparable<TKey>, IEquatable<TKey>
    where TValue : notnull
{
    private const int None = -1;

    private readonly Dictionary<int, TValue> _differing = [];
    private Entry[] _entries = new Entry[16];
    private int[] _slots = new int[32];
    private Chain _settings = Chain.Empty;
    private Chain _removals = Chain.Empty;
    private int _high;
    private int _free = None;

    [Flags]
    private enum Sides : byte
    {
        None = 0,
        Desired = 1,
        Actual = 2,

        /// <summary>The two values differ: the actual one stands apart.</summary>
        Differing = 4,
        Pending = 8,
    }

    /// <summary>One thing that remains to be done.</summary>
    /// <param name="Key">What to change.</param>
    /// <param name="Desired">What it should be; absent when it should not be.</param>
    /// <param name="HasDesired">True to create or update, false to delete.</param>
    /// <param name="Actual">What it is now, as far as is known.</param>
    /// <param name="HasActual">True when something is there now.</param>
    public readonly record struct Change(TKey Key, TValue? Desired, bool HasDesired, TValue? Actual, bool HasActual);

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
        public int Hash;
        public int Before;
        public int Next;
        public Sides Sides;

        public readonly bool Has(Sides side) => (Sides & side) != 0;
    }

    /// <summary>Entries that wait for the same kind of change, the oldest first.</summary>
    private struct Chain
    {
        public int First;
        public int Last;
        public int Count;

        public static Chain Empty => new() { First = None, Last = None };
    }

    /// <summary>What should be, in order of keys; made anew at each call.</summary>
    public IReadOnlyCollection<KeyValuePair<TKey, TValue>> Desired => Side(Sides.Desired);

    /// <summary>What is, in order of keys; made anew at each call.</summary>
    public IReadOnlyCollection<KeyValuePair<TKey, TValue>> Actual => Side(Sides.Actual);

    /// <summary>How many items should be.</summary>
    public int DesiredCount { get; private set; }

    /// <summary>How many items are.</summary>
    public int ActualCount { get; private set; }

    /// <summary>True when desired and actual are the same.</summary>
    public bool IsSettled => PendingCount == 0;

    /// <summary>The number of differences.</summary>
    public int PendingCount => _settings.Count + _removals.Count;

    /// <summary>This item should be so.</summary>
    public void SetDesired(TKey key, TValue value)
    {
        var at = FindOrAdd(key);
        ref var entry = ref _entries[at];
        if (!entry.Has(Sides.Desired)) DesiredCount++;
        Put(at, value, TryActual(at, out var actual), actual!, hasDesired: true);
    }

    /// <summary>This item should not be.</summary>
    public void RemoveDesired(TKey key)
    {
        var at = Find(key);
        if (at == None || !_entries[at].Has(Sides.Desired)) return;
        DesiredCount--;
        Put(at, default!, TryActual(at, out var actual), actual!, hasDesired: false);
    }

    /// <summary>This item is so.</summary>
    public void SetActual(TKey key, TValue value)
    {
        var at = FindOrAdd(key);
        ref var entry = ref _entries[at];
        if (!entry.Has(Sides.Actual)) ActualCount++;
        Put(at, entry.Value, true, value, entry.Has(Sides.Desired));
    }

    /// <summary>This item is not there.</summary>
    public void RemoveActual(TKey key)
    {
        var at = Find(key);
        if (at == None || !_entries[at].Has(Sides.Actual)) return;
        ActualCount--;
        Put(at, _entries[at].Value, false, default!, _entries[at].Has(Sides.Desired));
    }

    /// <summary>The whole truth: what is not listed is not there.</summary>
    public void ReplaceActual(IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var before = Keys(Sides.Actual);
        var now = new HashSet<TKey>();
        foreach (var (key, value) in items)
        {
            SetActual(key, value);
            now.Add(key);
        }

        foreach (var key in before)
            if (!now.Contains(key)) RemoveActual(key);
    }

    /// <summary>The whole wish: what is not listed should not be.</summary>
    public void ReplaceDesired(IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var before = Keys(Sides.Desired);
        var now = new HashSet<TKey>();
        foreach (var (key, value) in items)
        {
            SetDesired(key, value);
            now.Add(key);
        }

        foreach (var key in before)
            if (!now.Contains(key)) RemoveDesired(key);
    }

    /// <summary>True, with the value, when the item should be.</summary>
    public bool TryGetDesired(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var at = Find(key);
        if (at == None || !_entries[at].Has(Sides.Desired))
        {
            value = default;
            return false;
        }

        value = _entries[at].Value;
        return true;
    }

    /// <summary>True, with the value, when the item is there.</summary>
    public bool TryGetActual(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        value = default;
        var at = Find(key);
        return at != None && TryActual(at, out value);
    }

    /// <summary>Every difference, in order of keys. The list is a copy: settling items while walking it is
    /// fine.</summary>
    public IReadOnlyList<Change> Pending()
    {
        var changes = new List<Change>(PendingCount);
        for (var at = _settings.First; at != None; at = _entries[at].Next) changes.Add(ChangeOf(at));
        for (var at = _removals.First; at != None; at = _entries[at].Next) changes.Add(ChangeOf(at));
        changes.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return changes;
    }

    /// <summary>Walks what is to be created or updated, the oldest difference first. Settling the item last given is
    /// fine.</summary>
    /// <param name="cursor">0 at the beginning; the walk's own afterwards.</param>
    /// <param name="change">The next of them.</param>
    public bool NextSetting(ref int cursor, out Change change) => Next(_settings, ref cursor, out change);

    /// <summary>Walks what is to be deleted, likewise.</summary>
    /// <param name="cursor">0 at the beginning; the walk's own afterwards.</param>
    /// <param name="change">The next of them.</param>
    public bool NextRemoval(ref int cursor, out Change change) => Next(_removals, ref cursor, out change);

    // The cursor is the entry to come, counted from 1; the one after the last is int.MaxValue.
    private bool Next(in Chain chain, ref int cursor, out Change change)
    {
        change = default;
        var at = cursor == 0 ? chain.First : cursor == int.MaxValue ? None : cursor - 1;
        if (at == None) return false;
        cursor = _entries[at].Next == None ? int.MaxValue : _entries[at].Next + 1;
        change = ChangeOf(at);
        return true;
    }

    private Change ChangeOf(int at)
    {
        ref var entry = ref _entries[at];
        var hasActual = TryActual(at, out var actual);
        return entry.Has(Sides.Desired)
            ? new Change(entry.Key, entry.Value, true, actual, hasActual)
            : new Change(entry.Key, default, false, actual, hasActual);
    }

    private bool TryActual(int at, [MaybeNullWhen(false)] out TValue actual)
    {
        ref var entry = ref _entries[at];
        if (entry.Has(Sides.Differing)) return _differing.TryGetValue(at, out actual);
        var has = entry.Has(Sides.Actual);
        actual = has ? entry.Value : default;
        return has;
    }

    // Both sides of an entry, as they are from now on.
    private void Put(int at, TValue desired, bool hasActual, TValue actual, bool hasDesired)
    {
        ref var entry = ref _entries[at];
        var differing = hasDesired && hasActual && !EqualityComparer<TValue>.Default.Equals(desired, actual);
        if (differing) _differing[at] = actual;
        else if (entry.Has(Sides.Differing)) _differing.Remove(at);
        entry.Value = hasDesired ? desired : actual;
        var pending = differing || hasDesired != hasActual;
        if (entry.Has(Sides.Pending) && (!pending || entry.Has(Sides.Desired) != hasDesired)) Unchain(at);
        entry.Sides = (entry.Sides & Sides.Pending) | (hasDesired ? Sides.Desired : 0) | (hasActual ? Sides.Actual : 0)
            | (differing ? Sides.Differing : 0);
        if (pending && !entry.Has(Sides.Pending)) Enchain(at);
        if (!hasDesired && !hasActual) Remove(at);
    }

    private void Enchain(int at)
    {
        ref var entry = ref _entries[at];
        ref var chain = ref entry.Has(Sides.Desired) ? ref _settings : ref _removals;
        (entry.Before, entry.Next) = (chain.Last, None);
        if (chain.Last == None) chain.First = at;
        else _entries[chain.Last].Next = at;
        chain.Last = at;
        chain.Count++;
        entry.Sides |= Sides.Pending;
    }

    private void Unchain(int at)
    {
        ref var entry = ref _entries[at];
        ref var chain = ref entry.Has(Sides.Desired) ? ref _settings : ref _removals;
        if (entry.Before == None) chain.First = entry.Next;
        else _entries[entry.Before].Next = entry.Next;
        if (entry.Next == None) chain.Last = entry.Before;
        else _entries[entry.Next].Before = entry.Before;
        chain.Count--;
        entry.Sides &= ~Sides.Pending;
    }

    private KeyValuePair<TKey, TValue>[] Side(Sides side)
    {
        var items = new KeyValuePair<TKey, TValue>[side == Sides.Desired ? DesiredCount : ActualCount];
        var count = 0;
        for (var at = 0; at < _high; at++)
        {
            ref var entry = ref _entries[at];
            if (!entry.Has(side)) continue;
            var value = entry.Value;
            if (side == Sides.Actual) TryActual(at, out value);
            items[count++] = new(entry.Key, value!);
        }

        Array.Sort(items, static (left, right) => left.Key.CompareTo(right.Key));
        return items;
    }

    private TKey[] Keys(Sides side)
    {
        var keys = new TKey[side == Sides.Desired ? DesiredCount : ActualCount];
        var count = 0;
        for (var at = 0; at < _high; at++)
            if (_entries[at].Has(side)) keys[count++] = _entries[at].Key;
        return keys;
    }

    private int Find(TKey key)
    {
        var hash = Mix(key.GetHashCode());
        for (var slot = hash & (_slots.Length - 1); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            var at = _slots[slot] - 1;
            if (_entries[at].Hash == hash && _entries[at].Key.Equals(key)) return at;
        }

        return None;
    }

    private int FindOrAdd(TKey key)
    {
        var found = Find(key);
        if (found != None) return found;
        var at = _free != None ? _free : _high;
        if (at == _entries.Length) Grow();
        if (at == _high) _high++;
        else _free = _entries[at].Next;
        _entries[at] = new Entry
        {
            Key = key,
            Value = default!,
            Hash = Mix(key.GetHashCode()),
            Before = None,
            Next = None,
        };
        Occupy(at);
        return at;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _slots = new int[_entries.Length * 2];
        for (var at = 0; at < _high; at++)
            if (_entries[at].Sides != Sides.None) Occupy(at);
    }

    private void Occupy(int at)
    {
        var slot = _entries[at].Hash & (_slots.Length - 1);
        while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = at + 1;
    }

    // Those behind move up, so that no search stops short of them.
    private void Remove(int at)
    {
        var mask = _slots.Length - 1;
        var hole = _entries[at].Hash & mask;
        while (_slots[hole] != at + 1) hole = (hole + 1) & mask;
        for (var next = (hole + 1) & mask; _slots[next] != 0; next = (next + 1) & mask)
        {
            var home = _entries[_slots[next] - 1].Hash & mask;
            if (((next - home) & mask) < ((next - hole) & mask)) continue;
            _slots[hole] = _slots[next];
            hole = next;
        }

        _slots[hole] = 0;
        _entries[at] = new Entry { Key = default!, Value = default!, Next = _free };
        _free = at;
    }

    private static int Mix(int hash) => (int)((uint)hash * 0x9E3779B1u >> 1 ^ (uint)hash >> 15);
}
