using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>How traffic into a pool's range is carried between nodes.</summary>
public enum PoolEncap
{
    /// <summary>Plain routes.</summary>
    None,

    /// <summary>IP-in-IP.</summary>
    IpIp,

    /// <summary>VXLAN.</summary>
    Vxlan,
}

/// <summary>What BGP's policies know of a pool, disabled or not (spec calico-bgp 1.5, 3.2, 4.4).</summary>
/// <param name="Cidr">The range.</param>
/// <param name="DisableBgpExport">True to export nothing of it.</param>
/// <param name="Encap">How its traffic is carried.</param>
/// <param name="IsCrossSubnet">True where it is encapsulated only towards other subnets.</param>
/// <param name="IsProgrammedByBgp">True where BGP writes its remote routes to the kernel
/// (programClusterRoutes).</param>
public readonly record struct PoolPolicy(IpPrefix Cidr, bool DisableBgpExport, PoolEncap Encap, bool IsCrossSubnet,
    bool IsProgrammedByBgp);

/// <summary>A block that a node originates.</summary>
/// <param name="Cidr">The block.</param>
/// <param name="IsAggregated">True where what lies inside is exported as the block alone; false while the block is
/// being given up.</param>
public readonly record struct OwnBlock(IpPrefix Cidr, bool IsAggregated)
{
    /// <summary>True where the node holds a blackhole for it; a block of one address has none (spec calico-bgp
    /// 3.1).</summary>
    public bool IsBlackhole => !Cidr.IsHost;
}

/// <summary>The pools and the node's own blocks, as BGP's policies and the kernel's routes need them.</summary>
/// <param name="Pools">All pools, sorted by range.</param>
/// <param name="OwnBlocks">The node's blocks, sorted; pending and deleted claims are none, those being given up are no
/// aggregates.</param>
public sealed record PoolPlan(ImmutableArray<PoolPolicy> Pools, ImmutableArray<OwnBlock> OwnBlocks)
{
    /// <summary>Plans for a node.</summary>
    public static PoolPlan For(ClusterSnapshot snapshot, string nodeName)
    {
        var (ipip, plain) = snapshot.DefaultBgp.ProgramClusterRoutes switch
        {
            "Enabled" => (true, true),
            "Disabled" => (false, false),
            "EnabledIPIPOnly" => (true, false),
            _ => (false, true),
        };
        var pools = from pool in snapshot.Pools.Values
                    orderby pool.Cidr
                    select Policy(pool, ipip, plain);
        var blocks = from affinity in snapshot.Affinities.Values
                     where affinity is { Type: "host", Deleted: false } && affinity.Node == nodeName
                     && affinity.State != AffinityState.Pending
                     orderby affinity.Cidr, affinity.State
                     select new OwnBlock(affinity.Cidr, affinity.State == AffinityState.Confirmed);
        return new PoolPlan([.. pools], [.. blocks.DistinctBy(block => block.Cidr)]);
    }

    private static PoolPolicy Policy(IPPool pool, bool ipip, bool plain)
    {
        var encap = pool.VxlanMode != EncapMode.Never ? PoolEncap.Vxlan : pool.IpipMode != EncapMode.Never
            ? PoolEncap.IpIp
            : PoolEncap.None;
        var mode = encap == PoolEncap.Vxlan ? pool.VxlanMode : pool.IpipMode;
        var isOurs = encap switch { PoolEncap.None => plain, PoolEncap.IpIp => ipip, _ => false };
        return new PoolPolicy(pool.Cidr, pool.DisableBGPExport, encap, mode == EncapMode.CrossSubnet, isOurs);
    }
}
