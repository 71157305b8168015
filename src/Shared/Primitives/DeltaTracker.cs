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
/// The owner tells the tracker both sides whenever it learns of them; <see cref="Pending"/> lists what remains to be
/// done, in ascending order of keys, so that the same state gives the same batch. A failed change simply stays pending.
/// </remarks>
/// <typeparam name="TKey">What names an item.</typeparam>
/// <typeparam name="TValue">What an item is; compared by equality.</typeparam>
public sealed class DeltaTracker<TKey, TValue>
    where TKey : notnull, IComparable<TKey>
    where TValue : notnull
{
    private readonly SortedDictionary<TKey, TValue> _desired = [];
    private readonly SortedDictionary<TKey, TValue> _actual = [];
    private readonly SortedSet<TKey> _dirty = [];

    /// <summary>One thing that remains to be done.</summary>
    /// <param name="Key">What to change.</param>
    /// <param name="Desired">What it should be; absent when it should not be.</param>
    /// <param name="HasDesired">True to create or update, false to delete.</param>
    /// <param name="Actual">What it is now, as far as is known.</param>
    /// <param name="HasActual">True when something is there now.</param>
    public readonly record struct Change(TKey Key, TValue? Desired, bool HasDesired, TValue? Actual, bool HasActual);

    /// <summary>What should be, in order of keys.</summary>
    public IReadOnlyCollection<KeyValuePair<TKey, TValue>> Desired => _desired;

    /// <summary>What is, in order of keys.</summary>
    public IReadOnlyCollection<KeyValuePair<TKey, TValue>> Actual => _actual;

    /// <summary>True when desired and actual are the same.</summary>
    public bool IsSettled => _dirty.Count == 0;

    /// <summary>The number of differences.</summary>
    public int PendingCount => _dirty.Count;

    /// <summary>This item should be so.</summary>
    public void SetDesired(TKey key, TValue value)
    {
        _desired[key] = value;
        Compare(key);
    }

    /// <summary>This item should not be.</summary>
    public void RemoveDesired(TKey key)
    {
        if (_desired.Remove(key)) Compare(key);
    }

    /// <summary>This item is so.</summary>
    public void SetActual(TKey key, TValue value)
    {
        _actual[key] = value;
        Compare(key);
    }

    /// <summary>This item is not there.</summary>
    public void RemoveActual(TKey key)
    {
        if (_actual.Remove(key)) Compare(key);
    }

    /// <summary>The whole truth: what is not listed is not there.</summary>
    public void ReplaceActual(IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        Replace(_actual, items);
    }

    /// <summary>The whole wish: what is not listed should not be.</summary>
    public void ReplaceDesired(IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        Replace(_desired, items);
    }

    /// <summary>True, with the value, when the item should be.</summary>
    public bool TryGetDesired(TKey key, out TValue? value) => _desired.TryGetValue(key, out value);

    /// <summary>True, with the value, when the item is there.</summary>
    public bool TryGetActual(TKey key, out TValue? value) => _actual.TryGetValue(key, out value);

    /// <summary>Every difference, in order of keys. The list is a copy: settling items while walking it is
    /// fine.</summary>
    public IReadOnlyList<Change> Pending()
    {
        var changes = new List<Change>(_dirty.Count);
        foreach (var key in _dirty)
        {
            var hasDesired = _desired.TryGetValue(key, out var desired);
            var hasActual = _actual.TryGetValue(key, out var actual);
            changes.Add(new Change(key, desired, hasDesired, actual, hasActual));
        }

        return changes;
    }

    private void Replace(SortedDictionary<TKey, TValue> side, IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        TKey[] before = [.. side.Keys];
        side.Clear();
        foreach (var (key, value) in items) side[key] = value;
        foreach (var key in before) Compare(key);
        foreach (var key in side.Keys) Compare(key);
    }

    private void Compare(TKey key)
    {
        var hasDesired = _desired.TryGetValue(key, out var desired);
        var hasActual = _actual.TryGetValue(key, out var actual);
        var same = hasDesired == hasActual && (!hasDesired || EqualityComparer<TValue>.Default.Equals(desired, actual));
        if (same) _dirty.Remove(key);
        else _dirty.Add(key);
    }
}
