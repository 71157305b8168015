using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>The prefixes that somebody reads page by page, put in order only as far as pages were asked for.</summary>
/// <remarks>
/// The table has no order, and sorting a large one would hold the others up. So one walk takes down the prefixes of the
/// answer, and quicksort goes on from there for the lowest only: what a partition leaves above is not looked at before
/// a page needs it. The first page costs two looks at each prefix, every further one is in proportion to its size.
/// <code>
///   [ in order | not above the last bound | ... | not above the first bound ]
/// </code>
/// </remarks>
internal sealed class Listing
{
    private const int Small = 512;

    private readonly ListedTable _table;
    private readonly IpPrefix? _within;
    private readonly IpPrefix? _after;
    private readonly IpPrefix[] _prefixes;
    private readonly Stack<int> _bounds = new();
    private int _ordered;
    private int _last;

    /// <summary>A listing of these prefixes.</summary>
    /// <param name="table">Which table.</param>
    /// <param name="range">The part of it that is asked for.</param>
    /// <param name="prefixes">The prefixes of that part, in any order.</param>
    public Listing(ListedTable table, in RouteRange range, IpPrefix[] prefixes)
    {
        (_table, _within, _after, _prefixes) = (table, range.Within, range.After, prefixes);
        _bounds.Push(prefixes.Length);
    }

    /// <summary>True when this part of the table can go on in the listing.</summary>
    public bool Continues(ListedTable table, in RouteRange range) =>
        _table == table && _within == range.Within && range.After is { } after && (_after is null || after >= _after)
        && (_ordered == _prefixes.Length || (_ordered > 0 && after <= _prefixes[_ordered - 1]));

    /// <summary>The place of the first prefix behind this one.</summary>
    public int PlaceAfter(IpPrefix? prefix)
    {
        if (prefix is not { } after) return 0;
        if (_last > 0 && _prefixes[_last - 1] == after) return _last;
        var found = Array.BinarySearch(_prefixes, 0, _ordered, after);
        return found < 0 ? ~found : found + 1;
    }

    /// <summary>The prefix at a place; false behind the last.</summary>
    public bool TryRead(int place, out IpPrefix prefix)
    {
        prefix = default;
        if (place >= _prefixes.Length) return false;
        while (_ordered <= place) Order();
        _last = place + 1;
        prefix = _prefixes[place];
        return true;
    }

    private void Order()
    {
        var end = _bounds.Peek();
        if (end - _ordered > Small)
        {
            _bounds.Push(Partition(_ordered, end));
            return;
        }

        Array.Sort(_prefixes, _ordered, end - _ordered);
        _ordered = end;
        _bounds.Pop();
    }

    /// <summary>Puts what is not above some prefix of the part in front, and says how far that goes; neither side is
    /// empty.</summary>
    private int Partition(int begin, int end)
    {
        var pivot = Middle(_prefixes[begin], _prefixes[begin + (end - begin) / 2], _prefixes[end - 1]);
        var (low, high) = (begin - 1, end);
        while (true)
        {
            do low++;
            while (_prefixes[low] < pivot);
            do high--;
            while (_prefixes[high] > pivot);
            if (low >= high) return high + 1;
            (_prefixes[low], _prefixes[high]) = (_prefixes[high], _prefixes[low]);
        }
    }

    private static IpPrefix Middle(IpPrefix a, IpPrefix b, IpPrefix c)
    {
        var (low, high) = a < b ? (a, b) : (b, a);
        return c < low ? low : c > high ? high : c;
    }
}

/// <summary>A table that can be listed: of which kind, and of which peer.</summary>
internal readonly record struct ListedTable(ListedKind Kind, string Peer);

/// <summary>The kinds of tables.</summary>
internal enum ListedKind
{
    /// <summary>All routes.</summary>
    LocRib,

    /// <summary>What a peer has announced.</summary>
    AdjRibIn,

    /// <summary>What a peer has been told.</summary>
    AdjRibOut,
}
