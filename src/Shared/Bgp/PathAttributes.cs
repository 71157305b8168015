using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>ORIGIN (RFC 4271 §5.1.1); a lower value is preferred.</summary>
public enum Origin : byte
{
    /// <summary>Interior to the originating AS.</summary>
    Igp = 0,

    /// <summary>Learned by EGP.</summary>
    Egp = 1,

    /// <summary>Learned by other means.</summary>
    Incomplete = 2,
}

/// <summary>A large community (RFC 8092).</summary>
public readonly record struct LargeCommunity(uint GlobalAdministrator, uint LocalData1, uint LocalData2)
    : IComparable<LargeCommunity>
{
    /// <inheritdoc/>
    public int CompareTo(LargeCommunity other) =>
        (GlobalAdministrator, LocalData1, LocalData2)
        .CompareTo((other.GlobalAdministrator, other.LocalData1, other.LocalData2));

    /// <summary>Order by the three numbers.</summary>
    public static bool operator <(LargeCommunity left, LargeCommunity right) => left.CompareTo(right) < 0;

    /// <summary>Order by the three numbers.</summary>
    public static bool operator >(LargeCommunity left, LargeCommunity right) => left.CompareTo(right) > 0;

    /// <summary>Order by the three numbers.</summary>
    public static bool operator <=(LargeCommunity left, LargeCommunity right) => left.CompareTo(right) <= 0;

    /// <summary>Order by the three numbers.</summary>
    public static bool operator >=(LargeCommunity left, LargeCommunity right) => left.CompareTo(right) >= 0;

    /// <summary>As operators write it: <c>64512:1:2</c>.</summary>
    public override string ToString() => $"{GlobalAdministrator}:{LocalData1}:{LocalData2}";
}

/// <summary>AGGREGATOR (RFC 4271 §5.1.7), with a four-byte AS.</summary>
public readonly record struct Aggregator(uint Asn, IpAddr Address);

/// <summary>An attribute that the speaker does not know, carried on as it came (RFC 4271 §5): optional transitive ones
/// only.</summary>
/// <param name="Flags">The flags as received.</param>
/// <param name="Type">The attribute's type code.</param>
/// <param name="Value">The value's bytes.</param>
public sealed record UnknownAttribute(byte Flags, byte Type, ImmutableArray<byte> Value)
{
    /// <inheritdoc/>
    public bool Equals(UnknownAttribute? other) =>
        other is not null && Flags == other.Flags && Type == other.Type
        && Value.AsSpan().SequenceEqual(other.Value.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Type * 31 + Value.Length;
}

/// <summary>The path attributes of a route, without its prefix: immutable, compared by value, shared by all routes that
/// carry them.</summary>
/// <remarks>
/// MP_REACH_NLRI and MP_UNREACH_NLRI are not attributes of the path but of the message; the next hop that they carry
/// stands here. Lists are never default; communities are kept in the order received.
/// </remarks>
public sealed record PathAttributes
{
    private int _hash;

    /// <summary>ORIGIN.</summary>
    public Origin Origin { get; init; }

    /// <summary>AS_PATH, already merged with AS4_PATH (RFC 6793).</summary>
    public AsPath AsPath { get; init; } = AsPath.Empty;

    /// <summary>NEXT_HOP, or the global next hop of MP_REACH_NLRI.</summary>
    public IpAddr NextHop { get; init; }

    /// <summary>MULTI_EXIT_DISC; null when absent.</summary>
    public uint? Med { get; init; }

    /// <summary>LOCAL_PREF; null when absent (eBGP).</summary>
    public uint? LocalPref { get; init; }

    /// <summary>ATOMIC_AGGREGATE.</summary>
    public bool AtomicAggregate { get; init; }

    /// <summary>AGGREGATOR.</summary>
    public Aggregator? Aggregator { get; init; }

    /// <summary>COMMUNITIES (RFC 1997), each as <c>high &lt;&lt; 16 | low</c>.</summary>
    public ImmutableArray<uint> Communities { get; init; } = [];

    /// <summary>LARGE_COMMUNITY (RFC 8092).</summary>
    public ImmutableArray<LargeCommunity> LargeCommunities { get; init; } = [];

    /// <summary>EXTENDED COMMUNITIES (RFC 4360).</summary>
    public ImmutableArray<ExtendedCommunity> ExtendedCommunities { get; init; } = [];

    /// <summary>IPv6 Address Specific EXTENDED COMMUNITIES (RFC 5701).</summary>
    public ImmutableArray<Ipv6ExtendedCommunity> Ipv6ExtendedCommunities { get; init; } = [];

    /// <summary>OTC (RFC 9234 §5): the AS from which on the route goes to customers alone; null when absent.</summary>
    public uint? OnlyToCustomer { get; init; }

    /// <summary>ORIGINATOR_ID (RFC 4456); null when absent.</summary>
    public uint? OriginatorId { get; init; }

    /// <summary>CLUSTER_LIST (RFC 4456), the latest cluster first.</summary>
    public ImmutableArray<uint> ClusterList { get; init; } = [];

    /// <summary>Optional transitive attributes that the speaker does not know, by type.</summary>
    public ImmutableArray<UnknownAttribute> Unknown { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(PathAttributes? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && GetHashCode() == other.GetHashCode()
            && Origin == other.Origin
            && NextHop == other.NextHop
            && Med == other.Med
            && LocalPref == other.LocalPref
            && AtomicAggregate == other.AtomicAggregate
            && Aggregator == other.Aggregator
            && OriginatorId == other.OriginatorId
            && OnlyToCustomer == other.OnlyToCustomer
            && ExtendedCommunities.AsSpan().SequenceEqual(other.ExtendedCommunities.AsSpan())
            && Ipv6ExtendedCommunities.AsSpan().SequenceEqual(other.Ipv6ExtendedCommunities.AsSpan())
            && AsPath.Equals(other.AsPath)
            && Communities.AsSpan().SequenceEqual(other.Communities.AsSpan())
            && LargeCommunities.AsSpan().SequenceEqual(other.LargeCommunities.AsSpan())
            && ClusterList.AsSpan().SequenceEqual(other.ClusterList.AsSpan())
            && Unknown.AsSpan().SequenceEqual(other.Unknown.AsSpan()));

    /// <summary>A hash that is computed once and is the same in every process.</summary>
    public override int GetHashCode()
    {
        if (_hash != 0) return _hash;
        var hash = 17UL;
        Mix(ref hash, (uint)NextHop.GetHashCode());
        Mix(ref hash, (uint)AsPath.GetHashCode());
        Mix(ref hash, (uint)Origin | (AtomicAggregate ? 256u : 0u));
        Mix(ref hash, Med ?? 0x5bd1e995);
        Mix(ref hash, LocalPref ?? 0x1b873593);
        Mix(ref hash, OriginatorId ?? 0);
        Mix(ref hash, OnlyToCustomer ?? 0);
        foreach (var community in ExtendedCommunities) Mix(ref hash, (uint)community.Value);
        foreach (var community in Ipv6ExtendedCommunities) Mix(ref hash, community.Local);
        foreach (var community in Communities) Mix(ref hash, community);
        foreach (var community in LargeCommunities)
            Mix(ref hash, community.GlobalAdministrator ^ community.LocalData1 * 31 ^ community.LocalData2);
        foreach (var cluster in ClusterList) Mix(ref hash, cluster);
        foreach (var unknown in Unknown) Mix(ref hash, (uint)unknown.GetHashCode());
        var folded = (int)(hash ^ hash >> 32);
        return _hash = folded == 0 ? 1 : folded;
    }

    private static void Mix(ref ulong hash, uint value) => hash = (hash ^ value) * 0x9E3779B97F4A7C15UL ^ hash >> 29;

    private PathAttributes(PathAttributes original)
    {
        Origin = original.Origin;
        AsPath = original.AsPath;
        NextHop = original.NextHop;
        Med = original.Med;
        LocalPref = original.LocalPref;
        AtomicAggregate = original.AtomicAggregate;
        Aggregator = original.Aggregator;
        Communities = original.Communities;
        LargeCommunities = original.LargeCommunities;
        OriginatorId = original.OriginatorId;
        ClusterList = original.ClusterList;
        ExtendedCommunities = original.ExtendedCommunities;
        Ipv6ExtendedCommunities = original.Ipv6ExtendedCommunities;
        OnlyToCustomer = original.OnlyToCustomer;
        Unknown = original.Unknown;
    }

    /// <summary>No attributes but the defaults: ORIGIN IGP, an empty AS_PATH.</summary>
    public PathAttributes() { }
}
