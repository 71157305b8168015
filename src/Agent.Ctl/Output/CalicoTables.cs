using System.Globalization;
using Agent.Resources;

namespace Agent.Ctl.Output;

/// <summary>One column of a kind's table.</summary>
/// <param name="Head">Its heading.</param>
/// <param name="Cell">What stands in it for a resource.</param>
internal sealed record Column(string Head, Func<Resource, string> Cell);

/// <summary>The columns of Calico's kinds (spec calico-ipam-cni-cli 5.3).</summary>
internal static class CalicoTables
{
    private static readonly Column Name = new("NAME", resource => resource.Name);

    /// <summary>The columns of a kind; just NAME for kinds that have no more to show.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="wide">True for <c>-o wide</c>.</param>
    /// <param name="clusterAs">The AS of nodes that have none of their own.</param>
    internal static IReadOnlyList<Column> Of(ResourceKind kind, bool wide, uint clusterAs)
    {
        if (kind == Kinds.IPPool) return wide ? WidePool : NarrowPool;
        if (kind == Kinds.Node) return wide ? WideNode(clusterAs) : [Name];
        if (kind == Kinds.BGPConfiguration) return BgpConfigurations;
        if (kind == Kinds.BGPPeer) return Peers;
        if (kind == Kinds.BGPFilter) return Filters;
        if (kind == Kinds.BlockAffinity) return Affinities;
        if (kind == Kinds.IPAMBlock) return Blocks;
        if (kind == Kinds.IPReservation) return wide ? [Name, new("CIDRS", Reserved)] : [Name];
        if (kind == Kinds.IPAMConfiguration) return wide ? [.. IpamConfigurations, MaxBlocks] : IpamConfigurations;
        return kind == Kinds.ClusterInformation ? ClusterInformations : [Name];
    }

    private static readonly Column Cidr = new("CIDR", resource => IPPool.From(resource).Cidr.ToString());

    private static readonly Column Selector = new("SELECTOR", resource => IPPool.From(resource).NodeSelector);

    private static readonly Column[] NarrowPool = [Name, Cidr, Selector];

    private static readonly Column[] WidePool =
    [
        Name,
        Cidr,
        new("NAT", resource => Bool(IPPool.From(resource).NatOutgoing)),
        new("IPIPMODE", resource => IPPool.From(resource).IpipMode.ToString()),
        new("VXLANMODE", resource => IPPool.From(resource).VxlanMode.ToString()),
        new("DISABLED", resource => Bool(IPPool.From(resource).Disabled)),
        new("DISABLEBGPEXPORT", resource => Bool(IPPool.From(resource).DisableBGPExport)),
        Selector,
        new("ASSIGNMENTMODE", resource => IPPool.From(resource).AssignmentMode.ToString()),
    ];

    private static Column[] WideNode(uint clusterAs) =>
    [
        Name,
        new("ASN", resource =>
            CalicoNode.From(resource).Bgp?.AsNumber is { } asn ? Number(asn) : $"({Number(clusterAs)})"),
        new("IPV4", resource => CalicoNode.From(resource).Bgp?.Ipv4Address ?? ""),
        new("IPV6", resource => CalicoNode.From(resource).Bgp?.Ipv6Address ?? ""),
    ];

    private static readonly Column[] BgpConfigurations =
    [
        Name,
        new("LOGSEVERITY", resource => BgpConfiguration.From(resource).LogSeverityScreen ?? "-"),
        new("MESHENABLED",
            resource => BgpConfiguration.From(resource).NodeToNodeMeshEnabled is { } mesh ? Bool(mesh) : "-"),
        new("ASNUMBER", resource => BgpConfiguration.From(resource).AsNumber is { } asn ? Number(asn) : "-"),
    ];

    private static readonly Column[] Peers =
    [
        Name,
        new("PEERIP", resource => BgpPeer.From(resource).PeerIP ?? ""),
        new("NODE", resource => Wanted(BgpPeer.From(resource))),
        new("ASN", resource => Number(BgpPeer.From(resource).AsNumber)),
    ];

    private static readonly Column[] Filters =
    [
        Name,
        new("NUMEXPORTV4", resource => Number(BgpFilter.From(resource).ExportV4.Count)),
        new("NUMIMPORTV4", resource => Number(BgpFilter.From(resource).ImportV4.Count)),
        new("NUMEXPORTV6", resource => Number(BgpFilter.From(resource).ExportV6.Count)),
        new("NUMIMPORTV6", resource => Number(BgpFilter.From(resource).ImportV6.Count)),
    ];

    private static readonly Column[] Affinities =
    [
        Name,
        new("CIDR", resource => BlockAffinity.From(resource).Cidr.ToString()),
        new("NODE", resource => BlockAffinity.From(resource).Node),
        new("STATE", resource => Camel(BlockAffinity.From(resource).State.ToString())),
    ];

    private static readonly Column[] Blocks =
    [
        Name,
        new("CIDR", resource => IpamBlock.From(resource).Cidr.ToString()),
        new("AFFINITY", resource => IpamBlock.From(resource).Affinity ?? "<none>"),
    ];

    private static readonly Column[] IpamConfigurations =
    [
        Name,
        new("STRICTAFFINITY", resource => Bool(IpamConfiguration.From(resource).StrictAffinity)),
        new("AUTOALLOCATEBLOCKS", resource => Bool(IpamConfiguration.From(resource).AutoAllocateBlocks is not false)),
    ];

    private static readonly Column MaxBlocks =
        new("MAXBLOCKSPERHOST", resource => Number(IpamConfiguration.From(resource).MaxBlocksPerHost));

    private static readonly Column[] ClusterInformations =
    [
        Name,
        new("CLUSTERGUID", resource => ClusterInformation.From(resource).ClusterGUID ?? ""),
        new("CLUSTERTYPE", resource => ClusterInformation.From(resource).ClusterType ?? ""),
        new("CALICOVERSION", resource => ClusterInformation.From(resource).CalicoVersion ?? ""),
        new("DATASTOREREADY",
            resource => ClusterInformation.From(resource).DatastoreReady is { } ready ? Bool(ready) : ""),
    ];

    private static string Wanted(BgpPeer peer) =>
        !string.IsNullOrEmpty(peer.Node) ? peer.Node : !string.IsNullOrEmpty(peer.NodeSelector)
            ? peer.NodeSelector
            : "(global)";

    private static string Reserved(Resource resource)
    {
        const int Longest = 80;
        var text = string.Join(',', IPReservation.From(resource).ReservedCIDRs);
        return text.Length > Longest ? text[..(Longest - 3)] + "..." : text;
    }

    private static string Bool(bool value) => value ? "true" : "false";

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Camel(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
