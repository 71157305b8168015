using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Agent.Primitives;

// The entries: where they lie, how they are found, which of them wait.
public sealed partial class DeltaTracker<TKey, TValue>
{
    private const int None = -1;

    private readonly Dictionary<int, TValue> _differing = [];
    private Entry[] _entries = new Entry[16];
    private int[] _slots = new int[32];
    private Waiting _settings = new();
    private Waiting _removals = new();
    private int _high;
    private int _free = None;
    private int _given = None;
    private uint _chance = 1;

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

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
        public int Hash;

        /// <summary>Where it stands among those that wait, or the next entry that is free.</summary>
        public int Place;
        public Sides Sides;

        public readonly bool Has(Sides side) => (Sides & side) != 0;
    }

    /// <summary>Entries that wait for the same kind of change, shuffled.</summary>
    private struct Waiting()
    {
        public int[] Entries = [];
        public int Count;
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
        _given = None;
        var differing = hasDesired && hasActual && !EqualityComparer<TValue>.Default.Equals(desired, actual);
        if (differing) _differing[at] = actual;
        else if (entry.Has(Sides.Differing)) _differing.Remove(at);
        entry.Value = hasDesired ? desired : actual;
        var pending = differing || hasDesired != hasActual;
        if (entry.Has(Sides.Pending) && (!pending || entry.Has(Sides.Desired) != hasDesired)) Strike(at);
        entry.Sides = (entry.Sides & Sides.Pending) | (hasDesired ? Sides.Desired : 0) | (hasActual ? Sides.Actual : 0)
            | (differing ? Sides.Differing : 0);
        if (pending && !entry.Has(Sides.Pending)) Enlist(at);
        if (!hasDesired && !hasActual) Remove(at);
    }

    // A newcomer changes places with one that waits already, or with itself: so they are shuffled at any time.
    private void Enlist(int at)
    {
        ref var entry = ref _entries[at];
        ref var waiting = ref entry.Has(Sides.Desired) ? ref _settings : ref _removals;
        if (waiting.Count == waiting.Entries.Length)
            Array.Resize(ref waiting.Entries, Math.Max(16, waiting.Count * 2));
        _chance = _chance * 1_664_525 + 1_013_904_223;
        var last = waiting.Count++;
        var place = (int)((ulong)_chance * (uint)waiting.Count >> 32);
        if (place != last) Move(waiting, waiting.Entries[place], last);
        Move(waiting, at, place);
        entry.Sides |= Sides.Pending;
    }

    private void Strike(int at)
    {
        ref var entry = ref _entries[at];
        ref var waiting = ref entry.Has(Sides.Desired) ? ref _settings : ref _removals;
        Move(waiting, waiting.Entries[--waiting.Count], entry.Place);
        entry.Sides &= ~Sides.Pending;
    }

    private void Move(in Waiting waiting, int at, int place)
    {
        waiting.Entries[place] = at;
        _entries[at].Place = place;
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
        for (var slot = Home(hash); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
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
        else _free = _entries[at].Place;
        _entries[at] = new Entry
        {
            Key = key,
            Value = default!,
            Hash = Mix(key.GetHashCode()),
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
        var slot = Home(_entries[at].Hash);
        while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = at + 1;
    }

    // Those behind move up, so that no search stops short of them.
    private void Remove(int at)
    {
        var mask = _slots.Length - 1;
        var hole = Home(_entries[at].Hash);
        while (_slots[hole] != at + 1) hole = (hole + 1) & mask;
        for (var next = (hole + 1) & mask; _slots[next] != 0; next = (next + 1) & mask)
        {
            var home = Home(_entries[_slots[next] - 1].Hash);
            if (((next - home) & mask) < ((next - hole) & mask)) continue;
            _slots[hole] = _slots[next];
            hole = next;
        }

        _slots[hole] = 0;
        _entries[at] = new Entry { Key = default!, Value = default!, Place = _free };
        _free = at;
    }

    // The upper bits of the product depend on all bits of the hash: neighbouring prefixes come to lie far apart.
    private int Home(int hash) => (int)((uint)hash >> (BitOperations.LeadingZeroCount((uint)_slots.Length) + 1));

    private static int Mix(int hash) => (int)((uint)hash * 0x9E3779B1u);
}
