using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Route filters that a BGPPeer names, per family and direction; the rules in their order (spec calico-bgp
/// 1.3).</summary>
public sealed record BgpFilter : TypedResource
{
    /// <summary>For IPv4 routes on their way to the peer.</summary>
    public ValueList<BgpFilterRule> ExportV4 { get; init; }

    /// <summary>For IPv4 routes from the peer.</summary>
    public ValueList<BgpFilterRule> ImportV4 { get; init; }

    /// <summary>For IPv6 routes on their way to the peer.</summary>
    public ValueList<BgpFilterRule> ExportV6 { get; init; }

    /// <summary>For IPv6 routes from the peer.</summary>
    public ValueList<BgpFilterRule> ImportV6 { get; init; }

    /// <summary>Reads a filter.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static BgpFilter From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.BGPFilter, ResourceJson.Default.BgpFilter) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope of this filter.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.BGPFilter, TypedJson.Write(this, ResourceJson.Default.BgpFilter), Status);
}

/// <summary>One rule of a filter: its conditions, all of which must hold, and what follows.</summary>
public sealed record BgpFilterRule
{
    /// <summary>The network in text, host bits zero; goes with <see cref="MatchOperator"/>.</summary>
    public string? Cidr { get; init; }

    /// <summary>The lengths that a prefix within <see cref="Cidr"/> may have.</summary>
    public BgpFilterPrefixLength? PrefixLength { get; init; }

    /// <summary><c>Equal</c>, <c>NotEqual</c>, <c>In</c> or <c>NotIn</c>.</summary>
    public string? MatchOperator { get; init; }

    /// <summary><c>RemotePeers</c>: the route was learned by BGP.</summary>
    public string? Source { get; init; }

    /// <summary>The name of the outgoing interface, <c>*</c> standing for any characters.</summary>
    public string? Interface { get; init; }

    /// <summary><c>eBGP</c> or <c>iBGP</c>.</summary>
    public string? PeerType { get; init; }

    /// <summary>A community that the route must carry.</summary>
    public BgpFilterCommunities? Communities { get; init; }

    /// <summary>What the AS_PATH must begin with.</summary>
    [JsonConverter(typeof(AsNumberListConverter))]
    public ValueList<uint> AsPathPrefix { get; init; }

    /// <summary>The route's priority: 2147483647 less its LOCAL_PREF.</summary>
    public int? Priority { get; init; }

    /// <summary><c>Accept</c> or <c>Reject</c>.</summary>
    public string? Action { get; init; }

    /// <summary>What an accepted route becomes.</summary>
    public ValueList<BgpFilterOperation> Operations { get; init; }
}

/// <summary>Lengths of prefixes, both ends included; a missing end is that of the network or the family.</summary>
public sealed record BgpFilterPrefixLength
{
    /// <summary>The least.</summary>
    public int? Min { get; init; }

    /// <summary>The greatest.</summary>
    public int? Max { get; init; }
}

/// <summary>Communities of a rule: exactly one value.</summary>
public sealed record BgpFilterCommunities
{
    /// <summary><c>aa:nn</c> (RFC 1997) or <c>aa:nn:mm</c> (RFC 8092).</summary>
    public ValueList<string> Values { get; init; }
}

/// <summary>A change to the attributes of an accepted route: exactly one of the members.</summary>
public sealed record BgpFilterOperation
{
    /// <summary>A community to add.</summary>
    public BgpFilterAddCommunity? AddCommunity { get; init; }

    /// <summary>AS numbers to put in front of the AS_PATH.</summary>
    public BgpFilterPrependAsPath? PrependASPath { get; init; }

    /// <summary>The priority to set.</summary>
    public BgpFilterSetPriority? SetPriority { get; init; }
}

/// <summary>A community to add.</summary>
public sealed record BgpFilterAddCommunity
{
    /// <summary><c>aa:nn</c> (RFC 1997) or <c>aa:nn:mm</c> (RFC 8092).</summary>
    public string? Value { get; init; }
}

/// <summary>What the AS_PATH begins with afterwards, in this order.</summary>
public sealed record BgpFilterPrependAsPath
{
    /// <summary>1 to 10 AS numbers.</summary>
    [JsonConverter(typeof(AsNumberListConverter))]
    public ValueList<uint> Prefix { get; init; }
}

/// <summary>A priority to set: LOCAL_PREF becomes 2147483647 less it.</summary>
public sealed record BgpFilterSetPriority
{
    /// <summary>1 to 2147483646.</summary>
    public int? Value { get; init; }
}
