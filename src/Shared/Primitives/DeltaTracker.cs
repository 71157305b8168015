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
/// The owner tells the tracker both sides whenever it learns of them. What remains to be done is walked, removals apart
/// from the rest (<see cref="NextRemoval"/>, <see cref="NextSetting"/>), in an order that is the same in every run but
/// as good as chance: a tree whose items are removed from one end to the other is rebuilt at every step, and Linux
/// removes routes three times as fast when they lie scattered. A failed change simply stays pending. An item is one
/// entry of an array, found by a hash table of its own; where both sides are the same, as they are most of the time,
/// the value is kept once. In steady state nothing is allocated.
/// </remarks>
/// <typeparam name="TKey">What names an item.</typeparam>
/// <typeparam name="TValue">What an item is; compared by equality.</typeparam>
public sealed partial class DeltaTracker<TKey, TValue>
    where TKey : notnull, IComparable<TKey>, IEquatable<TKey>
    where TValue : notnull
{
    /// <summary>One thing that remains to be done.</summary>
    /// <param name="Key">What to change.</param>
    /// <param name="Desired">What it should be; absent when it should not be.</param>
    /// <param name="HasDesired">True to create or update, false to delete.</param>
    /// <param name="Actual">What it is now, as far as is known.</param>
    /// <param name="HasActual">True when something is there now.</param>
    public readonly record struct Change(TKey Key, TValue? Desired, bool HasDesired, TValue? Actual, bool HasActual);

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
        foreach (var at in _settings.Entries.AsSpan(0, _settings.Count)) changes.Add(ChangeOf(at));
        foreach (var at in _removals.Entries.AsSpan(0, _removals.Count)) changes.Add(ChangeOf(at));
        changes.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return changes;
    }

    /// <summary>Walks what is to be created or updated. Settling the item last given is fine.</summary>
    /// <param name="cursor">0 at the beginning; the walk's own afterwards.</param>
    /// <param name="change">The next of them.</param>
    public bool NextSetting(ref int cursor, out Change change) => Next(_settings, ref cursor, out change);

    /// <summary>Walks what is to be deleted, likewise.</summary>
    /// <param name="cursor">0 at the beginning; the walk's own afterwards.</param>
    /// <param name="change">The next of them.</param>
    public bool NextRemoval(ref int cursor, out Change change) => Next(_removals, ref cursor, out change);

    /// <summary>What a walk gave last is from now on as it should be.</summary>
    /// <exception cref="InvalidOperationException">No walk has given anything since.</exception>
    public void SettleLast()
    {
        if (_given == None) throw new InvalidOperationException("no walk has given a change that could be settled");
        var at = _given;
        _given = None;
        ref var entry = ref _entries[at];
        if (entry.Has(Sides.Pending)) Strike(at);
        if (entry.Has(Sides.Differing)) _differing.Remove(at);
        if (entry.Has(Sides.Desired))
        {
            if (!entry.Has(Sides.Actual)) ActualCount++;
            entry.Sides = Sides.Desired | Sides.Actual;
        }
        else
        {
            ActualCount--;
            Remove(at);
        }
    }

    // The walk goes down from the end, so that what takes the place of a settled entry has been given before.
    private bool Next(in Waiting waiting, ref int cursor, out Change change)
    {
        change = default;
        _given = None;
        var place = cursor == 0 ? waiting.Count : cursor - 1;
        if (place == 0)
        {
            cursor = 1;
            return false;
        }

        cursor = place;
        _given = waiting.Entries[place - 1];
        change = ChangeOf(_given);
        return true;
    }
}
