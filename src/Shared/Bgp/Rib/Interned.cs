namespace Agent.Bgp.Rib;

/// <summary>Equal values kept once under a number, with a count of their uses; 0 is no value, and a number is free
/// again after its last use.</summary>
internal sealed class Interned<T>(IEqualityComparer<T>? comparer = null)
    where T : notnull
{
    private readonly Dictionary<T, int> _ids = new(comparer);
    private readonly List<T?> _values = [default];
    private readonly List<int> _uses = [0];
    private readonly Stack<int> _free = [];

    /// <summary>The value of a number in use.</summary>
    public T this[int id] => _values[id] ?? throw new InvalidOperationException($"interned value {id} is not in use");

    /// <summary>How many values are in use.</summary>
    public int Count => _ids.Count;

    /// <summary>The numbers, to look them up by another form of the value.</summary>
    public Dictionary<T, int> Ids => _ids;

    /// <summary>The value's number, with one use more.</summary>
    public int Acquire(T value)
    {
        if (_ids.TryGetValue(value, out var id))
        {
            _uses[id]++;
            return id;
        }

        if (!_free.TryPop(out id))
        {
            id = _values.Count;
            _values.Add(default);
            _uses.Add(0);
        }

        (_values[id], _uses[id]) = (value, 1);
        _ids.Add(value, id);
        return id;
    }

    /// <summary>One use more of a number in use; nothing for 0.</summary>
    public void Retain(int id)
    {
        if (id != 0) _uses[id]++;
    }

    /// <summary>One use less; true when it was the last and the number is free. Nothing for 0.</summary>
    public bool Release(int id)
    {
        if (id == 0 || --_uses[id] > 0) return false;
        _ids.Remove(this[id]);
        _values[id] = default;
        _free.Push(id);
        return true;
    }
}
