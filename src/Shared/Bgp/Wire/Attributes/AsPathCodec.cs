using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>AS_PATH and AS4_PATH (RFC 4271 §4.3, RFC 6793): <c>| kind | count | count AS numbers of 2 or 4 bytes |</c>,
/// repeated.</summary>
internal static class AsPathCodec
{
    private const int MaxCount = 255;

    /// <summary>Reads a path; false for a segment that is cut, empty, of an unknown kind (RFC 7606 §7.2) or names AS 0
    /// (RFC 7607).</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, bool fourByteAs, [NotNullWhen(true)] out AsPath? path)
    {
        path = null;
        var width = fourByteAs ? 4 : 2;
        var segments = ImmutableArray.CreateBuilder<AsSegment>(1);
        var reader = new SpanReader(value);
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadByte(out var kind) || !reader.TryReadByte(out var count)) return false;
            if ((AsSegmentKind)kind is not (AsSegmentKind.Set or AsSegmentKind.Sequence) || count == 0) return false;
            if (!reader.TryReadBytes(count * width, out var numbers)) return false;
            var asns = ImmutableArray.CreateBuilder<uint>(count);
            for (; !numbers.IsEmpty; numbers = numbers[width..])
            {
                var asn = fourByteAs
                    ? BinaryPrimitives.ReadUInt32BigEndian(numbers)
                    : BinaryPrimitives.ReadUInt16BigEndian(numbers);
                if (asn == 0) return false;
                asns.Add(asn);
            }

            segments.Add(new AsSegment((AsSegmentKind)kind, asns.MoveToImmutable()));
        }

        path = segments.Count == 0 ? AsPath.Empty : new AsPath(segments.DrainToImmutable());
        return true;
    }

    /// <summary>The bytes that a path takes.</summary>
    public static int SizeOf(AsPath path, bool fourByteAs)
    {
        var size = 0;
        foreach (var segment in path.Segments)
            size += (segment.Asns.Length + MaxCount - 1) / MaxCount * 2 + segment.Asns.Length * (fourByteAs ? 4 : 2);
        return size;
    }

    /// <summary>Writes a path; with two bytes, AS_TRANS stands for what does not fit. A segment of more than 255
    /// becomes several.</summary>
    public static void Write(ref SpanWriter writer, AsPath path, bool fourByteAs)
    {
        foreach (var segment in path.Segments)
        {
            for (var rest = segment.Asns.AsSpan(); !rest.IsEmpty;)
            {
                var part = rest[..Math.Min(rest.Length, MaxCount)];
                writer.WriteByte((byte)segment.Kind);
                writer.WriteByte((byte)part.Length);
                foreach (var asn in part)
                {
                    if (fourByteAs) writer.WriteUInt32(asn);
                    else writer.WriteUInt16(asn > ushort.MaxValue ? OpenCodec.AsTrans : (ushort)asn);
                }

                rest = rest[part.Length..];
            }
        }
    }

    /// <summary>True when a two-byte peer needs AS4_PATH to know the path.</summary>
    public static bool NeedsFourBytes(AsPath path)
    {
        foreach (var segment in path.Segments)
            foreach (var asn in segment.Asns)
                if (asn > ushort.MaxValue) return true;
        return false;
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
