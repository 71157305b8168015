using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>A range of service addresses; an entry without CIDR is legal and means nothing.</summary>
public sealed record ServiceCidr
{
    /// <summary>The range in text, host bits zero.</summary>
    public string? Cidr { get; init; }
}

/// <summary>A name for a community value.</summary>
public sealed record NamedCommunity
{
    /// <summary>The name that advertisements use.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary><c>aa:nn</c> (RFC 1997) or <c>aa:nn:mm</c> (RFC 8092).</summary>
    public string Value { get; init => field = value ?? ""; } = "";
}

/// <summary>Communities for the exported routes inside a range.</summary>
public sealed record PrefixAdvertisement
{
    /// <summary>The range in text, host bits zero.</summary>
    public string Cidr { get; init => field = value ?? ""; } = "";

    /// <summary>Values, or names defined beside it.</summary>
    public ValueList<string> Communities { get; init; }
}

/// <summary>Names a key of a Secret; the secret itself never stands in a resource of ours.</summary>
public sealed record SecretKeySelector
{
    /// <summary>The Secret's name.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>The key in it.</summary>
    public string Key { get; init => field = value ?? ""; } = "";

    /// <summary>Kubernetes' flag; without effect here.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A TCP-MD5 password by reference (RFC 2385).</summary>
public sealed record BgpPassword
{
    /// <summary>Where the password stands.</summary>
    public SecretKeySelector? SecretKeyRef { get; init; }
}

/// <summary>Settings of BGP: <c>default</c> for the cluster, <c>node.&lt;name&gt;</c> for one node (spec calico-bgp
/// 1.1).</summary>
public sealed record BgpConfiguration : TypedResource
{
    /// <summary>The name of the cluster's settings.</summary>
    public const string DefaultName = "default";

    /// <summary>What the names of one node's settings begin with.</summary>
    public const string NodePrefix = "node.";

    /// <summary>The AS of nodes where nothing else says so.</summary>
    public const uint DefaultAsNumber = 64512;

    /// <summary>How much BGP logs: Trace, Debug, Info, Warning, Error or Fatal.</summary>
    public string? LogSeverityScreen { get; init; }

    /// <summary>False to turn the full mesh off; null is on.</summary>
    public bool? NodeToNodeMeshEnabled { get; init; }

    /// <summary>The AS of nodes without one of their own; null is 64512.</summary>
    [JsonConverter(typeof(AsNumberConverter))]
    public uint? AsNumber { get; init; }

    /// <summary>Ranges of cluster IPs to advertise.</summary>
    public ValueList<ServiceCidr> ServiceClusterIPs { get; init; }

    /// <summary>Ranges of external IPs to advertise and allow.</summary>
    public ValueList<ServiceCidr> ServiceExternalIPs { get; init; }

    /// <summary>Ranges of load balancer IPs to advertise and allow.</summary>
    public ValueList<ServiceCidr> ServiceLoadBalancerIPs { get; init; }

    /// <summary><c>Disabled</c> to advertise single load balancer addresses rather than their ranges; null is
    /// <c>Enabled</c>.</summary>
    public string? ServiceLoadBalancerAggregation { get; init; }

    /// <summary>Names for community values.</summary>
    public ValueList<NamedCommunity> Communities { get; init; }

    /// <summary>Which exported routes carry which communities.</summary>
    public ValueList<PrefixAdvertisement> PrefixAdvertisements { get; init; }

    /// <summary>Where to listen, 1 to 65535; null is 179.</summary>
    public int? ListenPort { get; init; }

    /// <summary>The password of mesh sessions.</summary>
    public BgpPassword? NodeMeshPassword { get; init; }

    /// <summary>The restart time offered to mesh peers; null is 120 s.</summary>
    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan? NodeMeshMaxRestartTime { get; init; }

    /// <summary><c>NodeIP</c> to listen on the node's address only; null is <c>None</c>.</summary>
    public string? BindMode { get; init; }

    /// <summary>Further globs of interfaces whose subnets are not imported.</summary>
    public ValueList<string> IgnoredInterfaces { get; init; }

    /// <summary>The host side's IPv4 address towards workloads that peer.</summary>
    public string? LocalWorkloadPeeringIPV4 { get; init; }

    /// <summary>The host side's IPv6 address towards workloads that peer.</summary>
    public string? LocalWorkloadPeeringIPV6 { get; init; }

    /// <summary>Which pools' remote routes BGP writes to the kernel; null is <c>EnabledNoEncapOnly</c>.</summary>
    public string? ProgramClusterRoutes { get; init; }

    /// <summary>The normal priority of IPv4 routes; null is 1024.</summary>
    public int? Ipv4NormalRoutePriority { get; init; }

    /// <summary>The normal priority of IPv6 routes; null is 1024.</summary>
    public int? Ipv6NormalRoutePriority { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static BgpConfiguration From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.BGPConfiguration, ResourceJson.Default.BgpConfiguration) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope of these settings.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.BGPConfiguration, TypedJson.Write(this, ResourceJson.Default.BgpConfiguration),
            Status);
}
