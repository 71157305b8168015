using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Planning;

/// <summary>What the host's environment says about a node's plans, beside the cluster's resources.</summary>
public sealed record PlanOptions
{
    /// <summary>Nothing said.</summary>
    public static readonly PlanOptions Default = new();

    /// <summary>The families for which peers are planned, where the node has an address of them.</summary>
    public ImmutableArray<IpFamily> Families { get; init; } = [IpFamily.V4, IpFamily.V6];

    /// <summary>The router id setting; see <see cref="Planning.RouterId"/>.</summary>
    public string? RouterId { get; init; }

    /// <summary>The namespace of the Secrets with BGP passwords.</summary>
    public string SecretNamespace { get; init; } = "kube-system";

    /// <summary>Own routes carry the normal priority in LOCAL_PREF; see
    /// <see cref="Agent.Bgp.Policy.RoutePriorities"/>.</summary>
    public bool PriorityInLocalPref { get; init; }

    /// <summary>Kernel routes carry their priority as metric.</summary>
    public bool RouteMetrics { get; init; }

    /// <summary>BGPPeers' routes with GRACEFUL_SHUTDOWN get LOCAL_PREF 0 (RFC 8326).</summary>
    public bool HonoursGracefulShutdown { get; init; }

    /// <summary>BGPPeers' routes with BLACKHOLE drop packets (RFC 7999).</summary>
    public bool HonoursBlackhole { get; init; }

    /// <summary>The node's name in EndpointSlices; null where it is the node's name here.</summary>
    public string? KubernetesNodeName { get; init; }

    /// <summary>A range that replaces <c>serviceClusterIPs</c> (CALICO_ADVERTISE_CLUSTER_IPS); null where it does
    /// not.</summary>
    public IpPrefix? AdvertiseClusterIPs { get; init; }
}
