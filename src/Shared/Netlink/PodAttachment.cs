using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>What pod wiring is asked for: one pod, one interface.</summary>
public sealed record PodAttachment
{
    /// <summary>The path of the pod's network namespace (CNI_NETNS).</summary>
    public required string Netns { get; init; }

    /// <summary>The name of the interface in the pod (CNI_IFNAME), usually <c>eth0</c>.</summary>
    public required string ContainerInterface { get; init; }

    /// <summary>The name of the host's end; see <see cref="HostInterfaceName"/>.</summary>
    public required string HostInterface { get; init; }

    /// <summary>The pod's addresses: at most one of each family is usual, more are taken.</summary>
    public required ImmutableArray<IpAddr> Addresses { get; init; }

    /// <summary>The MTU of both ends, in bytes; 0 leaves the kernel's 1500.</summary>
    public int Mtu { get; init; }

    /// <summary>The pod's Ethernet address (annotation <c>cni.projectcalico.org/hwAddr</c>); null for a random
    /// one.</summary>
    public MacAddress? ContainerMac { get; init; }

    /// <summary>Networks that the pod reaches through its host, beside the gateway itself; empty for the default route
    /// of each family.</summary>
    public ImmutableArray<IpPrefix> Routes { get; init; } = [];

    /// <summary>True to let the pod forward packets (<c>container_settings.allow_ip_forwarding</c>).</summary>
    public bool AllowIpForwarding { get; init; }

    /// <summary>The value of <c>rp_filter</c> on the host's end: 0 off, 1 strict, 2 loose; null leaves it
    /// alone.</summary>
    public int? ReversePathFilter { get; init; }

    internal bool Has(IpFamily family) => Addresses.Any(address => address.Family == family);
}
