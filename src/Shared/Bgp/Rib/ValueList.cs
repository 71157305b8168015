namespace Agent.Bgp.Rib;

/// <summary>A list of values, handed out by reference and kept when it is cleared.</summary>
/// <remarks>
/// The framework's lists do the same, but code of theirs over our own structs is compiled at run time only, in the
/// middle of the first load; code of this assembly over its own structs is compiled ahead with it.
/// </remarks>
internal sealed class ValueList<T>
    where T : struct
{
    private T[] _items = new T[16];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The value at an index below <see cref="Count"/>.</summary>
    public ref T this[int index] => ref _items[index];

    /// <summary>The values from an index on.</summary>
    public ReadOnlySpan<T> From(int index) => _items.AsSpan(index, Count - index);

    /// <summary>Appends a value.</summary>
    public void Add(in T item)
    {
        if (Count == _items.Length) Grow();
        _items[Count++] = item;
    }

    /// <summary>Takes the last value off; false when there is none.</summary>
    public bool TryPop(out T item)
    {
        item = default;
        if (Count == 0) return false;
        item = _items[--Count];
        return true;
    }

    /// <summary>Forgets all values and keeps the room.</summary>
    public void Clear() => Count = 0;

    private void Grow()
    {
        var larger = new T[Count * 2];
        Array.Copy(_items, larger, Count);
        _items = larger;
    }
}
