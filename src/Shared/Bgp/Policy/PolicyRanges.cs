using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>The IPv4 addresses cut where a network begins or ends, each range with the innermost network around
/// it.</summary>
/// <remarks>
/// <code>
///   networks   |--------------- A ---------------|
///                    |--- B ---|
///   ranges     |  A  |    B    |        A        |   none ...
/// </code>
/// Within one range all networks are the same, so a prefix that lies in one range has that range's network as its
/// longest match: two comparisons with the range of the last question, else a binary search. A prefix that spans
/// several ranges has networks within it and is none of these questions.
/// </remarks>
internal sealed class PolicyRanges<T>
    where T : class
{
    private const ulong AllEnd = 1UL << 32;

    private readonly uint[] _starts;
    private readonly T?[] _inner;
    private int _last;

    /// <summary>The ranges of networks that do not change.</summary>
    /// <param name="networks">IPv4 networks in their order, each behind those around it.</param>
    public PolicyRanges(IEnumerable<KeyValuePair<IpPrefix, T>> networks)
    {
        var cuts = new SortedDictionary<uint, T?> { [0] = null };
        var around = new Stack<(ulong End, T Network)>();
        foreach (var (prefix, network) in networks)
        {
            var start = prefix.Address.V4Value;
            Leave(around, start, cuts);
            cuts[start] = network;
            around.Push((EndOf(start, prefix.Length), network));
        }

        Leave(around, AllEnd, cuts);
        _starts = [.. cuts.Keys];
        _inner = [.. cuts.Values];
    }

    /// <summary>The longest network that is the prefix or contains it, null where there is none; false when the prefix
    /// spans several ranges.</summary>
    public bool TryFind(uint address, byte length, out T? network)
    {
        if (address < _starts[_last] || address >= EndOf(_last)) _last = Search(address);
        network = _inner[_last];
        return EndOf(address, length) <= EndOf(_last);
    }

    private static ulong EndOf(uint address, byte length) => address + (1UL << (32 - length));

    private ulong EndOf(int range) => range + 1 < _starts.Length ? _starts[range + 1] : AllEnd;

    private int Search(uint address)
    {
        var (from, to) = (0, _starts.Length);
        while (to - from > 1)
        {
            var middle = (from + to) / 2;
            if (_starts[middle] <= address) from = middle;
            else to = middle;
        }

        return from;
    }

    // Where several networks end at one place, the outermost of them says what comes behind.
    private static void Leave(Stack<(ulong End, T Network)> around, ulong start, SortedDictionary<uint, T?> cuts)
    {
        while (around.TryPeek(out var inner) && inner.End <= start)
        {
            around.Pop();
            if (inner.End < AllEnd) cuts[(uint)inner.End] = around.TryPeek(out var outer) ? outer.Network : null;
        }
    }
}
