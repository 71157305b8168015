using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>A node as plans see it: Calico's Node resource, completed by Kubernetes' labels and annotations.</summary>
/// <remarks>
/// With the Kubernetes datastore both views are one object. In a lab without its API server a user applies a
/// <c>v1/Node</c> beside the Calico Node that the agent wrote: then Calico's fields and labels win, and the other's
/// fill the gaps.
/// </remarks>
public sealed record ClusterNode
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The labels of both views.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Resource.EmptyMap;

    /// <summary>The node's own AS; null is the cluster's.</summary>
    public uint? AsNumber { get; init; }

    /// <summary>The IPv4 address for BGP; null where the node has none.</summary>
    public NodeAddress? IPv4 { get; init; }

    /// <summary>The IPv6 address for BGP; null where the node has none.</summary>
    public NodeAddress? IPv6 { get; init; }

    /// <summary>The cluster id under which the node reflects routes (RFC 4456); null where it does not.</summary>
    public uint? ClusterId { get; init; }

    /// <summary>True where the label says that load balancers must not send to the node (spec calico-bgp
    /// 5.2).</summary>
    public bool IsExcludedFromLoadBalancers =>
        Labels.GetValueOrDefault("node.kubernetes.io/exclude-from-external-load-balancers") == "true";

    /// <summary>The address of a family, or null.</summary>
    public NodeAddress? AddressOf(IpFamily family) => family == IpFamily.V4 ? IPv4 : IPv6;

    /// <summary>The node of its two views; null where there is neither.</summary>
    internal static ClusterNode? Merge(string name, CalicoNode? calico, KubeNode? kube)
    {
        if (calico is null && kube is null) return null;
        var own = calico?.Bgp ?? new NodeBgp();
        var annotated = (kube is null ? null : CalicoNode.From(kube).Bgp) ?? new NodeBgp();
        return new ClusterNode
        {
            Name = name,
            Labels = (kube?.Labels ?? Resource.EmptyMap).SetItems(calico?.Labels ?? Resource.EmptyMap),
            AsNumber = own.AsNumber ?? annotated.AsNumber,
            IPv4 = NodeAddress.TryParse(own.Ipv4Address ?? annotated.Ipv4Address, IpFamily.V4),
            IPv6 = NodeAddress.TryParse(own.Ipv6Address ?? annotated.Ipv6Address, IpFamily.V6),
            ClusterId = IpAddr.TryParse(own.RouteReflectorClusterID ?? annotated.RouteReflectorClusterID, out var id)
                && id.IsV4 ? id.V4Value : null,
        };
    }
}

/// <summary>A node's address for BGP, and the subnet in which it stands where that is known.</summary>
/// <param name="Address">The address.</param>
/// <param name="Subnet">The subnet by which CrossSubnet encapsulation decides; null where only the address was
/// given.</param>
public readonly record struct NodeAddress(IpAddr Address, IpPrefix? Subnet)
{
    /// <summary>Reads an address with or without a prefix length; null for anything else or another family.</summary>
    public static NodeAddress? TryParse(string? text, IpFamily family)
    {
        if (IpAddr.TryParse(text, out var address))
            return address.Family == family ? new NodeAddress(address, null) : null;
        return IpPrefix.TryParseInterface(text, out address, out var subnet) && address.Family == family
            ? new NodeAddress(address, subnet)
            : null;
    }
}
