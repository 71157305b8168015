using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>One port of a service.</summary>
public sealed record ServicePort
{
    /// <summary>Its name; null where it is the only one.</summary>
    public string? Name { get; init; }

    /// <summary>TCP (also where it is missing), UDP or SCTP.</summary>
    public string? Protocol { get; init; }

    /// <summary>The port of the service's address.</summary>
    public int Port { get; init; }

    /// <summary>The port of the pods, by number or name; null is the same number.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>The port of every node; 0 where there is none.</summary>
    public int NodePort { get; init; }
}

/// <summary>One entry point of a load balancer.</summary>
public sealed record IngressPoint
{
    /// <summary>Its address; null where it has a name only.</summary>
    public string? Ip { get; init; }

    /// <summary>Its name.</summary>
    public string? Hostname { get; init; }
}

/// <summary>What the load balancer gave a service.</summary>
public sealed record LoadBalancerStatus
{
    /// <summary>The entry points.</summary>
    public ValueList<IngressPoint> Ingress { get; init; }
}

/// <summary>What the agent reads of a service's status.</summary>
public sealed record ServiceStatus
{
    /// <summary>What the load balancer gave.</summary>
    public LoadBalancerStatus? LoadBalancer { get; init; }
}

/// <summary>What the agent reads of a Kubernetes service.</summary>
public sealed record Service : TypedResource
{
    /// <summary>ClusterIP (also where it is missing), NodePort, LoadBalancer or ExternalName.</summary>
    public string Type { get; init => field = value ?? "ClusterIP"; } = "ClusterIP";

    /// <summary>The cluster address; empty or <c>None</c> where there is none.</summary>
    public string? ClusterIP { get; init; }

    /// <summary>The cluster addresses of all families.</summary>
    public ValueList<string> ClusterIPs { get; init; }

    /// <summary>IPv4, IPv6 or both.</summary>
    public ValueList<string> IpFamilies { get; init; }

    /// <summary>Addresses of the user's own.</summary>
    public ValueList<string> ExternalIPs { get; init; }

    /// <summary>The load balancer address that was asked for.</summary>
    public string? LoadBalancerIP { get; init; }

    /// <summary>Local, Cluster, or null where it was not set.</summary>
    public string? ExternalTrafficPolicy { get; init; }

    /// <summary>The ports.</summary>
    public ValueList<ServicePort> Ports { get; init; }

    /// <summary>The status.</summary>
    [JsonIgnore]
    public ServiceStatus ServiceStatus { get; init; } = new();

    /// <summary>Reads a service; where only the older <c>clusterIP</c> is given it is also the list.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static Service From(Resource resource)
    {
        var read = TypedJson.ReadSpec(resource, Kinds.Service, ResourceJson.Default.Service);
        var clusterIP = string.IsNullOrEmpty(read.ClusterIP) && !read.ClusterIPs.IsEmpty
            ? read.ClusterIPs[0]
            : read.ClusterIP;
        ValueList<string> clusterIPs = read.ClusterIPs.IsEmpty && !string.IsNullOrEmpty(clusterIP)
            ? [clusterIP]
            : read.ClusterIPs;
        return read with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
            Type = string.IsNullOrEmpty(read.Type) ? "ClusterIP" : read.Type,
            ClusterIP = clusterIP,
            ClusterIPs = clusterIPs,
            IpFamilies = read.IpFamilies.IsEmpty ? FamiliesOf(clusterIPs) : read.IpFamilies,
            ServiceStatus = TypedJson.ReadStatus(resource, ResourceJson.Default.ServiceStatus),
        };
    }

    /// <summary>The envelope with the members that the agent knows.</summary>
    public Resource ToResource() => Metadata.ToResource(
        Kinds.Service, TypedJson.Write(this, ResourceJson.Default.Service),
        TypedJson.Write(ServiceStatus, ResourceJson.Default.ServiceStatus));

    /// <summary>Kubernetes fills in the families; a lab without its API server leaves them to the addresses.</summary>
    private static ValueList<string> FamiliesOf(ValueList<string> addresses) =>
        new([.. addresses.Select(address => address.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4")
            .Distinct()]);
}
