namespace Agent.Bgp.Wire.Attributes;

/// <summary>The type codes of the attributes that the agent knows.</summary>
internal enum AttributeType : byte
{
    Origin = 1,
    AsPath = 2,
    NextHop = 3,
    MultiExitDisc = 4,
    LocalPref = 5,
    AtomicAggregate = 6,
    Aggregator = 7,
    Communities = 8,
    OriginatorId = 9,
    ClusterList = 10,
    MpReachNlri = 14,
    MpUnreachNlri = 15,
    ExtendedCommunities = 16,
    As4Path = 17,
    As4Aggregator = 18,
    Ipv6ExtendedCommunities = 25,
    LargeCommunities = 32,
    OnlyToCustomer = 35,
}

/// <summary>The flags in front of each attribute (RFC 4271 §4.3).</summary>
[Flags]
internal enum AttributeFlags : byte
{
    None = 0,
    ExtendedLength = 0x10,
    Partial = 0x20,
    Transitive = 0x40,
    Optional = 0x80,
}

/// <summary>One row per attribute: the flags that its specification demands, and the head that goes in front of its
/// value. Reading and writing both go by it.</summary>
internal static class AttributeTable
{
    /// <summary>The bits of the flags that a type fixes; Partial and Extended Length are free.</summary>
    public const AttributeFlags Fixed = AttributeFlags.Optional | AttributeFlags.Transitive;

    /// <summary>Optional and Transitive as the type demands them; null for a type that we do not know.</summary>
    public static AttributeFlags? FlagsOf(AttributeType type) => type switch
    {
        AttributeType.Origin => AttributeFlags.Transitive,
        AttributeType.AsPath => AttributeFlags.Transitive,
        AttributeType.NextHop => AttributeFlags.Transitive,
        AttributeType.MultiExitDisc => AttributeFlags.Optional,
        AttributeType.LocalPref => AttributeFlags.Transitive,
        AttributeType.AtomicAggregate => AttributeFlags.Transitive,
        AttributeType.Aggregator => Fixed,
        AttributeType.Communities => Fixed,
        AttributeType.OriginatorId => AttributeFlags.Optional,
        AttributeType.ClusterList => AttributeFlags.Optional,
        AttributeType.MpReachNlri => AttributeFlags.Optional,
        AttributeType.MpUnreachNlri => AttributeFlags.Optional,
        AttributeType.ExtendedCommunities => Fixed,
        AttributeType.Ipv6ExtendedCommunities => Fixed,
        AttributeType.OnlyToCustomer => Fixed,
        AttributeType.As4Path => Fixed,
        AttributeType.As4Aggregator => Fixed,
        AttributeType.LargeCommunities => Fixed,
        _ => null,
    };

    /// <summary>The type as its specification calls it; others by their number.</summary>
    public static string NameOf(AttributeType type) => type switch
    {
        AttributeType.Origin => "ORIGIN",
        AttributeType.AsPath => "AS_PATH",
        AttributeType.NextHop => "NEXT_HOP",
        AttributeType.MultiExitDisc => "MULTI_EXIT_DISC",
        AttributeType.LocalPref => "LOCAL_PREF",
        AttributeType.AtomicAggregate => "ATOMIC_AGGREGATE",
        AttributeType.Aggregator => "AGGREGATOR",
        AttributeType.Communities => "COMMUNITIES",
        AttributeType.OriginatorId => "ORIGINATOR_ID",
        AttributeType.ClusterList => "CLUSTER_LIST",
        AttributeType.MpReachNlri => "MP_REACH_NLRI",
        AttributeType.MpUnreachNlri => "MP_UNREACH_NLRI",
        AttributeType.ExtendedCommunities => "EXTENDED_COMMUNITIES",
        AttributeType.As4Path => "AS4_PATH",
        AttributeType.As4Aggregator => "AS4_AGGREGATOR",
        AttributeType.Ipv6ExtendedCommunities => "IPV6_EXTENDED_COMMUNITIES",
        AttributeType.LargeCommunities => "LARGE_COMMUNITY",
        AttributeType.OnlyToCustomer => "OTC",
        _ => $"attribute {(byte)type}",
    };

    /// <summary>Writes flags, type and length, and returns how many bytes they take; a value of more than 255 bytes has
    /// the extended length.</summary>
    public static int WriteHead(Span<byte> into, AttributeFlags flags, AttributeType type, int length)
    {
        into[1] = (byte)type;
        if (length <= byte.MaxValue)
        {
            into[2] = (byte)length;
            into[0] = (byte)(flags & ~AttributeFlags.ExtendedLength);
            return 3;
        }

        into[3] = (byte)length;
        into[2] = (byte)(length >> 8);
        into[0] = (byte)(flags | AttributeFlags.ExtendedLength);
        return 4;
    }

    /// <summary>The size of an attribute with a value of that many bytes.</summary>
    public static int Whole(int length) => (length > byte.MaxValue ? 4 : 3) + length;
}
