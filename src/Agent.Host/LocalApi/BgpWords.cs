using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;

namespace Agent.Host.LocalApi;

/// <summary>What the verdicts of the RIB mean, in a sentence for operators.</summary>
internal static class BgpWords
{
    /// <summary>Why a path is, or is not, the best.</summary>
    public static string Of(RouteReason reason, ImportVerdict import) => reason switch
    {
        RouteReason.Best => "the best path",
        RouteReason.NotAccepted => "refused on import: " + Of(import),
        RouteReason.Preference => "the prefix originates on this node, which is preferred to anything learned",
        RouteReason.NextHopUnreachable => "its next hop cannot be resolved",
        RouteReason.LongLivedStale => "kept beyond its peer's restart time (RFC 9494), and another is not",
        RouteReason.LocalPref => "lower LOCAL_PREF",
        RouteReason.AsPathLength => "longer AS_PATH",
        RouteReason.Origin => "higher ORIGIN",
        RouteReason.Med => "higher MULTI_EXIT_DISC from the same AS",
        RouteReason.ExternalOverInternal => "learned by iBGP, the best one by eBGP",
        RouteReason.IgpMetric => "its next hop is farther away",
        RouteReason.RouterId => "higher BGP Identifier or ORIGINATOR_ID",
        RouteReason.ClusterListLength => "longer CLUSTER_LIST",
        RouteReason.PeerAddress => "higher address of the peer",
        RouteReason.PeerName => "later name of the session",
        RouteReason.PathId => "higher path identifier",
        _ => reason.ToString(),
    };

    /// <summary>Why a path is, or is not, let in.</summary>
    public static string Of(ImportVerdict import) => import switch
    {
        ImportVerdict.Accepted => "accepted",
        ImportVerdict.AsLoop => "our own AS is in its AS_PATH",
        ImportVerdict.OwnOriginator => "its ORIGINATOR_ID is this node: we sent it out ourselves",
        ImportVerdict.ClusterLoop => "its CLUSTER_LIST has our cluster id",
        ImportVerdict.Filtered => "a filter of the peer rejects it",
        ImportVerdict.RouteLeak => "OTC says that a peer of this role may not tell it: a leak (RFC 9234)",
        _ => import.ToString(),
    };

    /// <summary>Why a route is, or is not, told to a peer.</summary>
    public static string Of(ExportVerdict verdict) => verdict switch
    {
        ExportVerdict.NoRoute => "the prefix has no usable route",
        ExportVerdict.NoFamily => "the address family was not negotiated",
        ExportVerdict.SplitHorizon => "the best path came from this peer",
        ExportVerdict.NoAdvertise => "it carries the community NO_ADVERTISE",
        ExportVerdict.NoExport => "it carries NO_EXPORT or NO_EXPORT_SUBCONFED and would leave the AS",
        ExportVerdict.InternalToInternal => "learned by iBGP, and neither end is a route reflector client",
        ExportVerdict.ClusterLoop => "its CLUSTER_LIST has the cluster id of this session",
        ExportVerdict.LongLivedStale =>
            "kept beyond its peer's restart time, which this peer does not know how to treat (RFC 9494)",
        ExportVerdict.OnlyToCustomer => "OTC keeps it for customers, and the peer is none (RFC 9234)",
        ExportVerdict.FilterRejected => "a filter of the peer rejects it",
        ExportVerdict.FilterAccepted => "a filter of the peer accepts it",
        ExportVerdict.OverlayInterface => "it leads into an overlay, which this peer is not told about",
        ExportVerdict.Elevated => "an address that moves out of a block of this node",
        ExportVerdict.PoolExportDisabled => "inside an IPPool with disableBGPExport",
        ExportVerdict.InsideOwnBlock => "inside a block of this node, which is announced as a whole",
        ExportVerdict.NoClause => "inside no IPPool, block or Service range of this node",
        ExportVerdict.OwnBlock => "a block of this node",
        ExportVerdict.Service => "a Service address or range that this node advertises",
        ExportVerdict.ReflectorService => "a Service range that reflectors pass on",
        ExportVerdict.Pool => "inside an IPPool",
        _ => verdict.ToString(),
    };

    /// <summary>Whether a route is programmed, and if not, why.</summary>
    public static string Of(KernelVerdict verdict) => verdict switch
    {
        KernelVerdict.NoRoute => "not programmed: the prefix has no usable route",
        KernelVerdict.Programmed => "programmed",
        KernelVerdict.ServiceNetwork => "not programmed: inside a Service network, whose addresses kube-proxy owns",
        KernelVerdict.EncapsulatedPool => "not programmed: learned, inside an IPPool with an overlay, or one whose "
            + "routes programClusterRoutes leaves to others",
        KernelVerdict.LocalWorkload => "not programmed here: the route of a local workload belongs to its wiring",
        _ => verdict.ToString(),
    };

    /// <summary>As <c>node status</c> says it.</summary>
    public static Ipc.BgpPeerType Of(PeerType type) => type switch
    {
        PeerType.Mesh => Ipc.BgpPeerType.NodeToNodeMesh,
        PeerType.Global => Ipc.BgpPeerType.Global,
        PeerType.Workload => Ipc.BgpPeerType.LocalWorkload,
        _ => Ipc.BgpPeerType.NodeSpecific,
    };
}
