using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Writes a path's attributes, without the MP attributes, in the order of their types (RFC 4271 §5).</summary>
/// <remarks>Allocates nothing. <see cref="SizeOf"/> tells the size beforehand, so that the room for prefixes is
/// known.</remarks>
internal static class AttributeWriter
{
    /// <summary>The bytes that <see cref="Write"/> writes.</summary>
    public static int SizeOf(PathAttributes attributes, UpdateFormat format)
    {
        var size = Whole(1) + Whole(AsPathCodec.SizeOf(attributes.AsPath, format.FourByteAs));
        if (format.Family == IpFamily.V4) size += Whole(4);
        if (attributes.Med is not null) size += Whole(4);
        if (attributes.LocalPref is not null) size += Whole(4);
        if (attributes.AtomicAggregate) size += Whole(0);
        if (attributes.Aggregator is not null) size += Whole(format.FourByteAs ? 8 : 6);
        if (!attributes.Communities.IsEmpty) size += Whole(attributes.Communities.Length * 4);
        if (attributes.OriginatorId is not null) size += Whole(4);
        if (!attributes.ClusterList.IsEmpty) size += Whole(attributes.ClusterList.Length * 4);
        if (NeedsAs4Path(attributes, format)) size += Whole(AsPathCodec.SizeOf(attributes.AsPath, fourByteAs: true));
        if (NeedsAs4Aggregator(attributes, format)) size += Whole(8);
        if (!attributes.LargeCommunities.IsEmpty) size += Whole(attributes.LargeCommunities.Length * 12);
        foreach (var unknown in attributes.Unknown) size += Whole(unknown.Value.Length);
        return size;
    }

    /// <summary>Writes the attributes.</summary>
    public static void Write(ref SpanWriter writer, PathAttributes attributes, UpdateFormat format)
    {
        Head(ref writer, AttributeType.Origin, 1);
        writer.WriteByte((byte)attributes.Origin);
        Head(ref writer, AttributeType.AsPath, AsPathCodec.SizeOf(attributes.AsPath, format.FourByteAs));
        AsPathCodec.Write(ref writer, attributes.AsPath, format.FourByteAs);
        if (format.Family == IpFamily.V4)
        {
            Head(ref writer, AttributeType.NextHop, 4);
            writer.WriteAddress(attributes.NextHop);
        }

        WriteNumber(ref writer, AttributeType.MultiExitDisc, attributes.Med);
        WriteNumber(ref writer, AttributeType.LocalPref, attributes.LocalPref);
        if (attributes.AtomicAggregate) Head(ref writer, AttributeType.AtomicAggregate, 0);
        if (attributes.Aggregator is { } aggregator)
            WriteAggregator(ref writer, AttributeType.Aggregator, aggregator, format.FourByteAs);
        WriteNumbers(ref writer, AttributeType.Communities, attributes.Communities.AsSpan());
        WriteNumber(ref writer, AttributeType.OriginatorId, attributes.OriginatorId);
        WriteNumbers(ref writer, AttributeType.ClusterList, attributes.ClusterList.AsSpan());

        var unknown = attributes.Unknown.AsSpan();
        WriteUnknown(ref writer, ref unknown, below: (byte)AttributeType.As4Path);
        if (NeedsAs4Path(attributes, format))
        {
            Head(ref writer, AttributeType.As4Path, AsPathCodec.SizeOf(attributes.AsPath, fourByteAs: true));
            AsPathCodec.Write(ref writer, attributes.AsPath, fourByteAs: true);
        }

        if (NeedsAs4Aggregator(attributes, format))
            WriteAggregator(ref writer, AttributeType.As4Aggregator, attributes.Aggregator.GetValueOrDefault(),
                fourByteAs: true);
        WriteUnknown(ref writer, ref unknown, below: (byte)AttributeType.LargeCommunities);
        WriteLargeCommunities(ref writer, attributes.LargeCommunities.AsSpan());
        WriteUnknown(ref writer, ref unknown, below: 256);
    }

    /// <summary>Writes flags, type and length; a value of more than 255 bytes has the extended length.</summary>
    public static void Head(ref SpanWriter writer, AttributeType type, int length) =>
        Head(ref writer, AttributeTable.FlagsOf(type) ?? AttributeTable.Fixed, type, length);

    private static void Head(ref SpanWriter writer, AttributeFlags flags, AttributeType type, int length)
    {
        var isLong = length > byte.MaxValue;
        writer.WriteByte((byte)(isLong ? flags | AttributeFlags.ExtendedLength : flags));
        writer.WriteByte((byte)type);
        if (isLong) writer.WriteUInt16((ushort)length);
        else writer.WriteByte((byte)length);
    }

    /// <summary>The size of an attribute with a value of that many bytes.</summary>
    public static int Whole(int length) => (length > byte.MaxValue ? 4 : 3) + length;

    private static bool NeedsAs4Path(PathAttributes attributes, UpdateFormat format) =>
        !format.FourByteAs && AsPathCodec.NeedsFourBytes(attributes.AsPath);

    private static bool NeedsAs4Aggregator(PathAttributes attributes, UpdateFormat format) =>
        !format.FourByteAs && attributes.Aggregator is { Asn: > ushort.MaxValue };

    private static void WriteNumber(ref SpanWriter writer, AttributeType type, uint? value)
    {
        if (value is not { } number) return;
        Head(ref writer, type, 4);
        writer.WriteUInt32(number);
    }

    private static void WriteNumbers(ref SpanWriter writer, AttributeType type, ReadOnlySpan<uint> numbers)
    {
        if (numbers.IsEmpty) return;
        Head(ref writer, type, numbers.Length * 4);
        foreach (var number in numbers) writer.WriteUInt32(number);
    }

    private static void WriteLargeCommunities(ref SpanWriter writer, ReadOnlySpan<LargeCommunity> communities)
    {
        if (communities.IsEmpty) return;
        Head(ref writer, AttributeType.LargeCommunities, communities.Length * 12);
        foreach (var community in communities)
        {
            writer.WriteUInt32(community.GlobalAdministrator);
            writer.WriteUInt32(community.LocalData1);
            writer.WriteUInt32(community.LocalData2);
        }
    }

    private static void WriteAggregator(ref SpanWriter writer, AttributeType type, Aggregator aggregator,
        bool fourByteAs)
    {
        Head(ref writer, type, fourByteAs ? 8 : 6);
        if (fourByteAs) writer.WriteUInt32(aggregator.Asn);
        else writer.WriteUInt16(aggregator.Asn > ushort.MaxValue ? OpenCodec.AsTrans : (ushort)aggregator.Asn);
        writer.WriteAddress(aggregator.Address);
    }

    // RFC 4271 §5: what we do not know is passed on with the Partial bit.
    private static void WriteUnknown(ref SpanWriter writer, ref ReadOnlySpan<UnknownAttribute> rest, int below)
    {
        for (; !rest.IsEmpty && rest[0].Type < below; rest = rest[1..])
        {
            var flags = (AttributeFlags)rest[0].Flags & ~AttributeFlags.ExtendedLength | AttributeFlags.Partial;
            Head(ref writer, flags, (AttributeType)rest[0].Type, rest[0].Value.Length);
            writer.WriteBytes(rest[0].Value.AsSpan());
        }
    }
}
