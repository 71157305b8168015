using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>A set of addresses given as networks that may overlap, nest and
/// repeat: the union of all IPReservations.</summary>
/// <remarks>
/// Kept as disjoint ranges in order; neighbours are joined, so two adjacent /26 cover
/// their /25. Questions cost O(log n), counting O(n).
/// </remarks>
public sealed class AddressSet
{
    private readonly Range[] _ranges;

    /// <summary>The union of these networks, of either family.</summary>
    public AddressSet(IEnumerable<IpPrefix> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        var joined = new List<Range>();
        foreach (var network in networks.Order())
        {
            var range = new Range(network.Family, network.Address.Value, network.Last.Value);
            if (joined.Count > 0 && joined[^1].Touches(range)) joined[^1] = joined[^1].With(range);
            else joined.Add(range);
        }

        _ranges = [.. joined];
    }

    /// <summary>The set without addresses.</summary>
    public static AddressSet Empty { get; } = new([]);

    /// <summary>True when the address is in the set.</summary>
    public bool Contains(IpAddr address) => EndOfRangeAt(address) is not null;

    /// <summary>True when every address of the network is in the set.</summary>
    public bool Covers(IpPrefix network) => EndOfRangeAt(network.Address) is { } end && end >= network.Last.Value;

    /// <summary>How many addresses of the network are in the set.</summary>
    public UInt128 CountIn(IpPrefix network)
    {
        UInt128 count = 0, first = network.Address.Value, last = network.Last.Value;
        foreach (var range in _ranges)
        {
            if (range.Family != network.Family || range.Last < first || range.First > last) continue;
            count += UInt128.Min(range.Last, last) - UInt128.Max(range.First, first) + 1;
        }

        return count;
    }

    /// <summary>The last address, as a number, of the unbroken range of the set in which the address
    /// lies; null when it is not in the set.</summary>
    internal UInt128? EndOfRangeAt(IpAddr address)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var range = _ranges[middle];
            var order = address.Family != range.Family ? address.Family.CompareTo(range.Family)
                : address.Value < range.First ? -1
                : address.Value > range.Last ? 1 : 0;
            if (order == 0) return range.Last;
            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }

        return null;
    }

    private readonly record struct Range(IpFamily Family, UInt128 First, UInt128 Last)
    {
        public bool Touches(Range later) => Family == later.Family && (Last >= later.First || Last + 1 == later.First);

        public Range With(Range later) => this with { Last = UInt128.Max(Last, later.Last) };
    }
}
