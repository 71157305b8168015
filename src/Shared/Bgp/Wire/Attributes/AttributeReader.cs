using System.Buffers.Binary;
using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Makes an object of an <see cref="AttributeSet"/>: for people to look at, and for tests.</summary>
internal static class AttributeReader
{
    /// <summary>The set as an object.</summary>
    public static PathAttributes Read(AttributeSet set)
    {
        var attributes = new PathAttributes
        {
            Origin = set.Origin,
            AsPath = AsPathCodec.Read(set.AsPath.Bytes, fourByteAs: true),
            NextHop = set.NextHop,
            Med = set.Med,
            LocalPref = set.LocalPref,
            OriginatorId = set.OriginatorId,
            Communities = Numbers(set.Communities),
            ClusterList = Numbers(set.ClusterList),
        };
        foreach (var attribute in set)
        {
            attributes = attribute.Type switch
            {
                AttributeType.AtomicAggregate => attributes with { AtomicAggregate = true },
                AttributeType.Aggregator => attributes with { Aggregator = ReadAggregator(attribute.Value) },
                AttributeType.ExtendedCommunities =>
                    attributes with { ExtendedCommunities = ReadExtendedCommunities(attribute.Value) },
                AttributeType.Ipv6ExtendedCommunities =>
                    attributes with { Ipv6ExtendedCommunities = ReadIpv6Communities(attribute.Value) },
                AttributeType.OnlyToCustomer => attributes with { OnlyToCustomer = attribute.Number },
                AttributeType.LargeCommunities =>
                    attributes with { LargeCommunities = ReadLargeCommunities(attribute.Value) },
                _ when AttributeTable.FlagsOf(attribute.Type) is null =>
                    attributes with { Unknown = attributes.Unknown.Add(ReadUnknown(attribute)) },
                _ => attributes,
            };
        }

        return attributes;
    }

    private static ImmutableArray<uint> Numbers(NumberList list)
    {
        var numbers = ImmutableArray.CreateBuilder<uint>(list.Length);
        foreach (var number in list) numbers.Add(number);
        return numbers.MoveToImmutable();
    }

    private static Aggregator ReadAggregator(ReadOnlySpan<byte> value) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(value), IpAddr.FromBytes(value[4..]));

    private static ImmutableArray<LargeCommunity> ReadLargeCommunities(ReadOnlySpan<byte> value)
    {
        var communities = ImmutableArray.CreateBuilder<LargeCommunity>(value.Length / 12);
        for (; !value.IsEmpty; value = value[12..])
            communities.Add(new LargeCommunity(
                BinaryPrimitives.ReadUInt32BigEndian(value),
                BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(value[8..])));
        return communities.MoveToImmutable();
    }

    private static ImmutableArray<ExtendedCommunity> ReadExtendedCommunities(ReadOnlySpan<byte> value)
    {
        var communities = ImmutableArray.CreateBuilder<ExtendedCommunity>(value.Length / 8);
        for (; !value.IsEmpty; value = value[8..])
            communities.Add(new ExtendedCommunity(BinaryPrimitives.ReadUInt64BigEndian(value)));
        return communities.MoveToImmutable();
    }

    private static ImmutableArray<Ipv6ExtendedCommunity> ReadIpv6Communities(ReadOnlySpan<byte> value)
    {
        var communities =
            ImmutableArray.CreateBuilder<Ipv6ExtendedCommunity>(value.Length / Ipv6ExtendedCommunity.Size);
        for (; !value.IsEmpty; value = value[Ipv6ExtendedCommunity.Size..])
            communities.Add(Ipv6ExtendedCommunity.Read(value));
        return communities.MoveToImmutable();
    }

    private static UnknownAttribute ReadUnknown(in AttributeBytes attribute) => new(
        (byte)(attribute.Flags & ~AttributeFlags.ExtendedLength), (byte)attribute.Type, [.. attribute.Value]);
}
