using System.Buffers.Binary;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Writes attributes that are an object as an <see cref="AttributeSet"/>.</summary>
/// <remarks>Allocates nothing. <see cref="SizeOf"/> tells the size beforehand.</remarks>
internal static class AttributeWriter
{
    /// <summary>The bytes that a set takes.</summary>
    public static int SizeOf(PathAttributes attributes)
    {
        var size = AttributeTable.Whole(1) + AttributeTable.Whole(AsPathCodec.SizeOf(attributes.AsPath));
        if (!attributes.NextHop.IsDefault) size += AttributeTable.Whole(attributes.NextHop.Size);
        if (attributes.Med is not null) size += AttributeTable.Whole(4);
        if (attributes.LocalPref is not null) size += AttributeTable.Whole(4);
        if (attributes.AtomicAggregate) size += AttributeTable.Whole(0);
        if (attributes.Aggregator is not null) size += AttributeTable.Whole(8);
        size += SizeOfList(attributes.Communities.Length, 4);
        if (attributes.OriginatorId is not null) size += AttributeTable.Whole(4);
        size += SizeOfList(attributes.ClusterList.Length, 4);
        size += SizeOfList(attributes.ExtendedCommunities.Length, 8);
        size += SizeOfList(attributes.Ipv6ExtendedCommunities.Length, Ipv6ExtendedCommunity.Size);
        size += SizeOfList(attributes.LargeCommunities.Length, 12);
        if (attributes.OnlyToCustomer is not null) size += AttributeTable.Whole(4);
        foreach (var unknown in attributes.Unknown) size += AttributeTable.Whole(unknown.Value.Length);
        return size;
    }

    /// <summary>Writes the attributes in the order of their types and returns how many bytes they took.</summary>
    public static int Write(Span<byte> into, PathAttributes attributes)
    {
        var rest = into;
        Head(ref rest, AttributeType.Origin, 1)[0] = (byte)attributes.Origin;
        var path = Head(ref rest, AttributeType.AsPath, AsPathCodec.SizeOf(attributes.AsPath));
        AsPathCodec.Write(path, attributes.AsPath);
        if (!attributes.NextHop.IsDefault)
            attributes.NextHop.WriteTo(Head(ref rest, AttributeType.NextHop, attributes.NextHop.Size));
        WriteNumber(ref rest, AttributeType.MultiExitDisc, attributes.Med);
        WriteNumber(ref rest, AttributeType.LocalPref, attributes.LocalPref);
        if (attributes.AtomicAggregate) Head(ref rest, AttributeType.AtomicAggregate, 0);
        if (attributes.Aggregator is { } aggregator)
        {
            var value = Head(ref rest, AttributeType.Aggregator, 8);
            BinaryPrimitives.WriteUInt32BigEndian(value, aggregator.Asn);
            aggregator.Address.WriteTo(value[4..]);
        }

        WriteNumbers(ref rest, AttributeType.Communities, attributes.Communities.AsSpan());
        WriteNumber(ref rest, AttributeType.OriginatorId, attributes.OriginatorId);
        WriteNumbers(ref rest, AttributeType.ClusterList, attributes.ClusterList.AsSpan());
        var unknown = attributes.Unknown.AsSpan();
        WriteUnknown(ref rest, ref unknown, below: (byte)AttributeType.ExtendedCommunities);
        WriteExtendedCommunities(ref rest, attributes.ExtendedCommunities.AsSpan());
        WriteUnknown(ref rest, ref unknown, below: (byte)AttributeType.Ipv6ExtendedCommunities);
        WriteIpv6Communities(ref rest, attributes.Ipv6ExtendedCommunities.AsSpan());
        WriteUnknown(ref rest, ref unknown, below: (byte)AttributeType.LargeCommunities);
        WriteLargeCommunities(ref rest, attributes.LargeCommunities.AsSpan());
        WriteUnknown(ref rest, ref unknown, below: (byte)AttributeType.OnlyToCustomer);
        WriteNumber(ref rest, AttributeType.OnlyToCustomer, attributes.OnlyToCustomer);
        WriteUnknown(ref rest, ref unknown, below: 256);
        return into.Length - rest.Length;
    }

    private static int SizeOfList(int count, int width) => count == 0 ? 0 : AttributeTable.Whole(count * width);

    private static Span<byte> Head(ref Span<byte> rest, AttributeType type, int length) =>
        Head(ref rest, AttributeTable.FlagsOf(type) ?? AttributeTable.Fixed, type, length);

    // Leaves the rest behind the value and returns the value's place.
    private static Span<byte> Head(ref Span<byte> rest, AttributeFlags flags, AttributeType type, int length)
    {
        var value = rest.Slice(AttributeTable.WriteHead(rest, flags, type, length), length);
        rest = rest[AttributeTable.Whole(length)..];
        return value;
    }

    private static void WriteNumber(ref Span<byte> rest, AttributeType type, uint? value)
    {
        if (value is { } number) BinaryPrimitives.WriteUInt32BigEndian(Head(ref rest, type, 4), number);
    }

    private static void WriteNumbers(ref Span<byte> rest, AttributeType type, ReadOnlySpan<uint> numbers)
    {
        if (numbers.IsEmpty) return;
        var value = Head(ref rest, type, numbers.Length * 4);
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(value[(i * 4)..], numbers[i]);
    }

    private static void WriteExtendedCommunities(ref Span<byte> rest, ReadOnlySpan<ExtendedCommunity> communities)
    {
        if (communities.IsEmpty) return;
        var value = Head(ref rest, AttributeType.ExtendedCommunities, communities.Length * 8);
        for (var i = 0; i < communities.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(value[(i * 8)..], communities[i].Value);
    }

    private static void WriteIpv6Communities(ref Span<byte> rest, ReadOnlySpan<Ipv6ExtendedCommunity> communities)
    {
        if (communities.IsEmpty) return;
        var size = Ipv6ExtendedCommunity.Size;
        var value = Head(ref rest, AttributeType.Ipv6ExtendedCommunities, communities.Length * size);
        for (var i = 0; i < communities.Length; i++) communities[i].Write(value[(i * size)..]);
    }

    private static void WriteLargeCommunities(ref Span<byte> rest, ReadOnlySpan<LargeCommunity> communities)
    {
        if (communities.IsEmpty) return;
        var value = Head(ref rest, AttributeType.LargeCommunities, communities.Length * 12);
        for (var i = 0; i < communities.Length; i++) Write(value[(i * 12)..], communities[i]);
    }

    /// <summary>Writes one large community, 12 bytes.</summary>
    public static void Write(Span<byte> into, LargeCommunity community)
    {
        BinaryPrimitives.WriteUInt32BigEndian(into, community.GlobalAdministrator);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], community.LocalData1);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], community.LocalData2);
    }

    private static void WriteUnknown(ref Span<byte> rest, ref ReadOnlySpan<UnknownAttribute> unknown, int below)
    {
        for (; !unknown.IsEmpty && unknown[0].Type < below; unknown = unknown[1..])
        {
            var each = unknown[0];
            var value = Head(ref rest, (AttributeFlags)each.Flags, (AttributeType)each.Type, each.Value.Length);
            each.Value.AsSpan().CopyTo(value);
        }
    }
}
