using System.Collections.Immutable;
using System.Globalization;

namespace Agent.Bgp;

/// <summary>The kinds of AS_PATH segments (RFC 4271 §4.3).</summary>
public enum AsSegmentKind : byte
{
    /// <summary>AS_SET: an unordered set, counted as one hop.</summary>
    Set = 1,

    /// <summary>AS_SEQUENCE: each AS is one hop.</summary>
    Sequence = 2,
}

/// <summary>One segment of an AS_PATH, with four-byte AS numbers.</summary>
public readonly record struct AsSegment(AsSegmentKind Kind, ImmutableArray<uint> Asns)
{
    /// <inheritdoc/>
    public bool Equals(AsSegment other) => Kind == other.Kind && Asns.AsSpan().SequenceEqual(other.Asns.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = (uint)Kind;
        foreach (var asn in Asns) hash = (hash ^ asn) * 16777619u;
        return (int)hash;
    }
}

/// <summary>AS_PATH (RFC 4271 §5.1.2): the autonomous systems that a route passed, the latest first. Immutable,
/// compared by value.</summary>
public sealed class AsPath : IEquatable<AsPath>
{
    private readonly ImmutableArray<AsSegment> _segments;

    /// <summary>A path of these segments.</summary>
    public AsPath(ImmutableArray<AsSegment> segments)
    {
        _segments = segments.IsDefault ? [] : segments;
        foreach (var segment in _segments) Length += segment.Kind == AsSegmentKind.Set ? 1 : segment.Asns.Length;
    }

    /// <summary>The path of a route that originates here.</summary>
    public static AsPath Empty { get; } = new([]);

    /// <summary>A path of one AS_SEQUENCE.</summary>
    public static AsPath Of(params ReadOnlySpan<uint> asns) =>
        asns.IsEmpty ? Empty : new([new AsSegment(AsSegmentKind.Sequence, [.. asns])]);

    /// <summary>The segments, the latest first.</summary>
    public ImmutableArray<AsSegment> Segments => _segments;

    /// <summary>The number of hops as the decision process counts them: an AS_SET is one (RFC 4271 §9.1.2.2
    /// a).</summary>
    public int Length { get; }

    /// <summary>The neighbouring AS: the first of the leading AS_SEQUENCE; null for an empty path or one that begins
    /// with a set.</summary>
    public uint? First => _segments is [{ Kind: AsSegmentKind.Sequence, Asns: [var first, ..] }, ..] ? first : null;

    /// <summary>How often this AS stands in the path.</summary>
    public int Occurrences(uint asn)
    {
        var count = 0;
        foreach (var segment in _segments)
            foreach (var each in segment.Asns)
                if (each == asn) count++;
        return count;
    }

    /// <summary>The path with this AS in front; a full segment (255) is followed by a new one.</summary>
    public AsPath Prepend(uint asn)
    {
        if (_segments is [{ Kind: AsSegmentKind.Sequence, Asns.Length: < 255 } first, ..])
            return new AsPath(_segments.SetItem(0, first with { Asns = first.Asns.Insert(0, asn) }));
        return new AsPath(_segments.Insert(0, new AsSegment(AsSegmentKind.Sequence, [asn])));
    }

    /// <inheritdoc/>
    public bool Equals(AsPath? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _segments.AsSpan().SequenceEqual(other._segments.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AsPath);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = 2166136261u;
        foreach (var segment in _segments) hash = (hash ^ (uint)segment.GetHashCode()) * 16777619u;
        return (int)hash;
    }

    /// <summary>As operators write it: <c>65001 64512 {1 2}</c>; empty for an empty path.</summary>
    public override string ToString() => string.Join(' ', _segments.Select(segment =>
    {
        var text = string.Join(' ', segment.Asns.Select(asn => asn.ToString(CultureInfo.InvariantCulture)));
        return segment.Kind == AsSegmentKind.Set ? $"{{{text}}}" : text;
    }));
}
