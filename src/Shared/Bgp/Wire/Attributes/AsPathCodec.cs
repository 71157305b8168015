using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>AS_PATH and AS4_PATH (RFC 4271 §4.3, RFC 6793): <c>| kind | count | count AS numbers of 2 or 4 bytes |</c>,
/// repeated.</summary>
internal static class AsPathCodec
{
    private const int MaxCount = 255;

    private const byte Set = (byte)AsSegmentKind.Set;
    private const byte Sequence = (byte)AsSegmentKind.Sequence;

    // RFC 5065 §3: segments of a confederation.
    private const byte ConfederationSequence = 3;
    private const byte ConfederationSet = 4;

    /// <summary>False for a segment that is cut, empty, of an unknown kind (RFC 7606 §7.2) or names AS 0 (RFC
    /// 7607).</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> value, bool fourByteAs) =>
        IsWellFormed(value, fourByteAs, Sequence);

    /// <summary>The same of an AS4_PATH: it has an AS number at least, and the segments of confederations are known
    /// (RFC 6793 §6).</summary>
    public static bool IsWellFormedAs4(ReadOnlySpan<byte> value) =>
        !value.IsEmpty && IsWellFormed(value, fourByteAs: true, ConfederationSet);

    private static bool IsWellFormed(ReadOnlySpan<byte> value, bool fourByteAs, byte lastKind)
    {
        var width = fourByteAs ? 4 : 2;
        for (var at = 0; at < value.Length;)
        {
            if (at + 2 > value.Length) return false;
            var (kind, end) = (value[at], at + 2 + value[at + 1] * width);
            if (kind < Set || kind > lastKind || end == at + 2 || end > value.Length) return false;
            for (at += 2; at < end; at += width)
            {
                var isZero = fourByteAs
                    ? (value[at] | value[at + 1] | value[at + 2] | value[at + 3]) == 0
                    : (value[at] | value[at + 1]) == 0;
                if (isZero) return false;
            }
        }

        return true;
    }

    /// <summary>Why the routes of a path are to be withdrawn; null for none.</summary>
    /// <remarks>Nobody is to send an AS_SET any more (RFC 9774 §3), and confederations, of which the agent is no
    /// member, keep their segments to themselves (RFC 5065 §5).</remarks>
    public static string? Fault(ReadOnlySpan<byte> value, bool fourByteAs)
    {
        if (IsWellFormed(value, fourByteAs))
            return HasKind(value, fourByteAs, Set) ? "AS_SET in the path (RFC 9774)" : null;
        return value is [ConfederationSequence or ConfederationSet, ..]
            ? "AS_CONFED segment in the path, though the peer is in no confederation with us (RFC 5065)"
            : "";
    }

    /// <summary>What is wrong with a well-formed AS4_PATH and how it is treated; null for nothing.</summary>
    /// <remarks>Sets of either kind withdraw the routes (RFC 9774 §3); sequences of a confederation are left out, and
    /// the rest of the attribute counts (RFC 6793 §6).</remarks>
    public static (UpdateTreatment Treatment, string Reason)? As4Fault(ReadOnlySpan<byte> value)
    {
        if (HasKind(value, fourByteAs: true, Set) || HasKind(value, fourByteAs: true, ConfederationSet))
            return (UpdateTreatment.TreatAsWithdraw, "AS_SET or AS_CONFED_SET in AS4_PATH (RFC 9774)");
        return HasKind(value, fourByteAs: true, ConfederationSequence)
            ? (UpdateTreatment.AttributeDiscard, "AS_CONFED_SEQUENCE in AS4_PATH is left out (RFC 6793)")
            : null;
    }

    private static bool HasKind(ReadOnlySpan<byte> value, bool fourByteAs, byte kind)
    {
        var width = fourByteAs ? 4 : 2;
        for (var at = 0; at < value.Length; at += 2 + value[at + 1] * width)
            if (value[at] == kind) return true;
        return false;
    }

    /// <summary>Reads a well-formed path; segments of confederations are left out.</summary>
    public static AsPath Read(ReadOnlySpan<byte> value, bool fourByteAs)
    {
        if (value.IsEmpty) return AsPath.Empty;
        var width = fourByteAs ? 4 : 2;
        var segments = ImmutableArray.CreateBuilder<AsSegment>(1);
        for (var at = 0; at < value.Length;)
        {
            var kind = (AsSegmentKind)value[at];
            if (kind > AsSegmentKind.Sequence)
            {
                at += 2 + value[at + 1] * width;
                continue;
            }

            var asns = new uint[value[at + 1]];
            at += 2;
            for (var i = 0; i < asns.Length; i++, at += width)
                asns[i] = fourByteAs
                    ? BinaryPrimitives.ReadUInt32BigEndian(value[at..])
                    : BinaryPrimitives.ReadUInt16BigEndian(value[at..]);
            segments.Add(new AsSegment(kind, ImmutableCollectionsMarshal.AsImmutableArray(asns)));
        }

        return new AsPath(segments.DrainToImmutable());
    }

    /// <summary>The bytes that a path takes, with four-byte AS numbers.</summary>
    public static int SizeOf(AsPath path)
    {
        var size = 0;
        foreach (var segment in path.Segments)
            size += (segment.Asns.Length + MaxCount - 1) / MaxCount * 2 + segment.Asns.Length * 4;
        return size;
    }

    /// <summary>Writes a path with four-byte AS numbers. A segment of more than 255 becomes several.</summary>
    public static void Write(Span<byte> into, AsPath path)
    {
        foreach (var segment in path.Segments)
        {
            for (var rest = segment.Asns.AsSpan(); !rest.IsEmpty;)
            {
                var part = rest[..Math.Min(rest.Length, MaxCount)];
                (into[0], into[1]) = ((byte)segment.Kind, (byte)part.Length);
                into = into[2..];
                foreach (var asn in part)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(into, asn);
                    into = into[4..];
                }

                rest = rest[part.Length..];
            }
        }
    }

    /// <summary>The true path behind what a two-byte speaker sent (RFC 6793 §4.2.3).</summary>
    /// <remarks>
    /// A two-byte speaker prepends itself to AS_PATH alone, so AS_PATH may be longer by some leading hops: those are
    /// put before AS4_PATH. A longer AS4_PATH is a lie, and is ignored.
    /// </remarks>
    public static AsPath Merge(AsPath path, AsPath four)
    {
        var leading = path.Length - four.Length;
        if (leading < 0) return path;
        var segments = ImmutableArray.CreateBuilder<AsSegment>();
        foreach (var segment in path.Segments)
        {
            if (leading == 0) break;
            if (segment.Kind == AsSegmentKind.Sequence && segment.Asns.Length > leading)
            {
                segments.Add(segment with { Asns = segment.Asns[..leading] });
                leading = 0;
            }
            else
            {
                segments.Add(segment);
                leading -= segment.Kind == AsSegmentKind.Set ? 1 : segment.Asns.Length;
            }
        }

        foreach (var segment in four.Segments) Append(segments, segment);
        return new AsPath(segments.DrainToImmutable());
    }

    private static void Append(ImmutableArray<AsSegment>.Builder segments, AsSegment next)
    {
        if (segments is [.., { Kind: AsSegmentKind.Sequence } last] && next.Kind == AsSegmentKind.Sequence
            && last.Asns.Length + next.Asns.Length <= MaxCount)
            segments[^1] = last with { Asns = last.Asns.AddRange(next.Asns) };
        else
            segments.Add(next);
    }
}
