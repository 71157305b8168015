using System.Globalization;
using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>What BGP knows of a node.</summary>
public sealed record NodeBgp
{
    /// <summary>The node's AS; null is the cluster's.</summary>
    [JsonConverter(typeof(AsNumberConverter))]
    public uint? AsNumber { get; init; }

    /// <summary>The node's IPv4 address, with its subnet's length where known; not masked.</summary>
    public string? Ipv4Address { get; init; }

    /// <summary>The node's IPv6 address, with its subnet's length where known; not masked.</summary>
    public string? Ipv6Address { get; init; }

    /// <summary>The address of the IP-in-IP device.</summary>
    public string? Ipv4IPIPTunnelAddr { get; init; }

    /// <summary>The cluster id, in the form of an IPv4 address, under which the node reflects routes.</summary>
    public string? RouteReflectorClusterID { get; init; }
}

/// <summary>One address of a node.</summary>
public sealed record NodeAddressEntry
{
    /// <summary>The address.</summary>
    public string Address { get; init => field = value ?? ""; } = "";

    /// <summary>CalicoNodeIP, InternalIP or ExternalIP.</summary>
    public string? Type { get; init; }
}

/// <summary>How an orchestrator calls the node.</summary>
public sealed record OrchRef
{
    /// <summary>The orchestrator's name for the node.</summary>
    public string? NodeName { get; init; }

    /// <summary>The orchestrator: <c>k8s</c>.</summary>
    public string Orchestrator { get; init => field = value ?? ""; } = "";
}

/// <summary>One interface of a node.</summary>
public sealed record NodeInterface
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its addresses.</summary>
    public ValueList<string> Addresses { get; init; }
}

/// <summary>The addresses of WireGuard's interface.</summary>
public sealed record NodeWireguard
{
    /// <summary>The IPv4 address.</summary>
    public string? InterfaceIPv4Address { get; init; }

    /// <summary>The IPv6 address.</summary>
    public string? InterfaceIPv6Address { get; init; }
}

/// <summary>Calico's view of a node (spec calico-bgp 1.4); in Kubernetes it is a view of <see cref="KubeNode"/>'s
/// annotations.</summary>
public sealed record CalicoNode : TypedResource
{
    private const string Prefix = "projectcalico.org/";

    /// <summary>What BGP knows; null for a node that speaks none.</summary>
    public NodeBgp? Bgp { get; init; }

    /// <summary>All addresses.</summary>
    public ValueList<NodeAddressEntry> Addresses { get; init; }

    /// <summary>How orchestrators call the node.</summary>
    public ValueList<OrchRef> OrchRefs { get; init; }

    /// <summary>WireGuard's addresses.</summary>
    public NodeWireguard? Wireguard { get; init; }

    /// <summary>The interfaces.</summary>
    public ValueList<NodeInterface> Interfaces { get; init; }

    /// <summary>The IPv4 VXLAN device's address.</summary>
    public string? Ipv4VXLANTunnelAddr { get; init; }

    /// <summary>The IPv4 VXLAN device's MAC address.</summary>
    public string? VxlanTunnelMACAddr { get; init; }

    /// <summary>The IPv6 VXLAN device's address.</summary>
    public string? Ipv6VXLANTunnelAddr { get; init; }

    /// <summary>The IPv6 VXLAN device's MAC address.</summary>
    public string? VxlanTunnelMACAddrV6 { get; init; }

    /// <summary>Reads a node.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static CalicoNode From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.Node, ResourceJson.Default.CalicoNode) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The view that a Kubernetes node's annotations give; annotations that make no sense are
    /// dropped.</summary>
    public static CalicoNode From(KubeNode node)
    {
        var annotations = node.Metadata.Annotations;
        uint? asNumber = AsNumber.TryParse(annotations.GetValueOrDefault(Prefix + "ASNumber", ""), out var number)
            ? number
            : null;
        var bgp = new NodeBgp
        {
            AsNumber = asNumber,
            Ipv4Address = annotations.GetValueOrDefault(Prefix + "IPv4Address"),
            Ipv6Address = annotations.GetValueOrDefault(Prefix + "IPv6Address"),
            Ipv4IPIPTunnelAddr = annotations.GetValueOrDefault(Prefix + "IPv4IPIPTunnelAddr"),
            RouteReflectorClusterID = annotations.GetValueOrDefault(Prefix + "RouteReflectorClusterID"),
        };
        return new CalicoNode
        {
            Metadata = node.Metadata,
            Bgp = bgp == new NodeBgp() ? null : bgp,
            OrchRefs = [new OrchRef { NodeName = node.Name, Orchestrator = "k8s" }],
            Ipv4VXLANTunnelAddr = annotations.GetValueOrDefault(Prefix + "IPv4VXLANTunnelAddr"),
            VxlanTunnelMACAddr = annotations.GetValueOrDefault(Prefix + "VXLANTunnelMACAddr"),
        };
    }

    /// <summary>The annotations by which a Kubernetes node carries what BGP knows; the inverse of
    /// <see cref="From(KubeNode)"/>.</summary>
    public IReadOnlyList<(string Name, string? Value)> BgpAnnotations() =>
    [
        (Prefix + "ASNumber", Bgp?.AsNumber?.ToString(CultureInfo.InvariantCulture)),
        (Prefix + "IPv4Address", Bgp?.Ipv4Address),
        (Prefix + "IPv6Address", Bgp?.Ipv6Address),
        (Prefix + "IPv4IPIPTunnelAddr", Bgp?.Ipv4IPIPTunnelAddr),
        (Prefix + "RouteReflectorClusterID", Bgp?.RouteReflectorClusterID),
    ];

    /// <summary>The envelope of this node.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.Node, TypedJson.Write(this, ResourceJson.Default.CalicoNode), Status);
}
