namespace Agent.Ipam;

/// <summary>A queue of ordinals in which each occurs at most once and from
/// which any can be removed, all in O(1).</summary>
/// <remarks>A doubly linked list in two arrays; the place behind the last ordinal is the ring's anchor.</remarks>
internal sealed class FreeQueue
{
    private const int Absent = -1;

    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int _anchor;

    public FreeQueue(int capacity)
    {
        _anchor = capacity;
        _next = new int[capacity + 1];
        _previous = new int[capacity + 1];
        Array.Fill(_next, Absent);
        _next[_anchor] = _previous[_anchor] = _anchor;
    }

    public int Count { get; private set; }

    /// <summary>The head, or -1.</summary>
    public int First => After(_anchor);

    /// <summary>The ordinal behind this one, or -1.</summary>
    public int After(int ordinal) => _next[ordinal] == _anchor ? Absent : _next[ordinal];

    public void Append(int ordinal)
    {
        if (_next[ordinal] != Absent) throw new InvalidOperationException($"ordinal {ordinal} is free already");
        var last = _previous[_anchor];
        (_next[last], _previous[ordinal], _next[ordinal], _previous[_anchor]) = (ordinal, last, _anchor, ordinal);
        Count++;
    }

    public void Remove(int ordinal)
    {
        if (_next[ordinal] == Absent) throw new InvalidOperationException($"ordinal {ordinal} is not free");
        var (before, behind) = (_previous[ordinal], _next[ordinal]);
        (_next[before], _previous[behind], _next[ordinal]) = (behind, before, Absent);
        Count--;
    }

    public IEnumerable<int> Ordinals()
    {
        for (var ordinal = First; ordinal != Absent; ordinal = After(ordinal)) yield return ordinal;
    }
}
