using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>Everything outside BGP that decides which routes a node exports and programs: the whole desired policy,
/// compared by value.</summary>
/// <remarks>
/// The planner writes it from the cluster's resources; the RIB compiles it once (<c>PolicyTable</c>) and re-evaluates
/// what it holds. Section numbers here and in the rules are those of the behaviour specification, <c>calico-bgp</c>.
/// What applies to one peer alone stands in <see cref="PeerPolicy"/>.
/// </remarks>
public sealed record RibPolicy
{
    /// <summary>No pools, no blocks, no services: nothing is exported, everything learned is programmed.</summary>
    public static RibPolicy Empty { get; } = new();

    /// <summary>Every IPPool, those with <c>disabled: true</c> too: that flag plays no role in BGP (4.5).</summary>
    public ImmutableArray<PolicyPool> Pools { get; init; } = [];

    /// <summary>The IPAM blocks affine to this node.</summary>
    public ImmutableArray<OwnBlock> OwnBlocks { get; init; } = [];

    /// <summary>What this node advertises for Services, aggregates and single addresses (5.1, 5.4): containment is
    /// enough to be exported (3.2 step 9).</summary>
    public ImmutableArray<IpPrefix> ServicePrefixes { get; init; } = [];

    /// <summary>Service networks that never reach the kernel, since kube-proxy owns their addresses (4.4 step
    /// 1).</summary>
    public ImmutableArray<IpPrefix> KernelRejects { get; init; } = [];

    /// <summary>Service networks that a route reflector passes on even without an advertisement of its own (3.2 step
    /// 10); empty on other nodes.</summary>
    public ImmutableArray<IpPrefix> ReflectorServices { get; init; } = [];

    /// <summary>Communities for exported routes, by network (3.6).</summary>
    public ImmutableArray<PrefixCommunities> Communities { get; init; } = [];

    /// <summary>What priorities of routes are to BGP and to the kernel.</summary>
    public RoutePriorities Priorities { get; init; } = new();

    /// <inheritdoc/>
    public bool Equals(RibPolicy? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Priorities == other.Priorities
            && Pools.AsSpan().SequenceEqual(other.Pools.AsSpan())
            && OwnBlocks.AsSpan().SequenceEqual(other.OwnBlocks.AsSpan())
            && ServicePrefixes.AsSpan().SequenceEqual(other.ServicePrefixes.AsSpan())
            && KernelRejects.AsSpan().SequenceEqual(other.KernelRejects.AsSpan())
            && ReflectorServices.AsSpan().SequenceEqual(other.ReflectorServices.AsSpan())
            && Communities.AsSpan().SequenceEqual(other.Communities.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() =>
        (Pools.Length, OwnBlocks.Length, ServicePrefixes.Length, KernelRejects.Length, ReflectorServices.Length,
            Communities.Length).GetHashCode();
}

/// <summary>How newer Calico carries the priority of routes, by two switches (spec, version table; 3.2 step 2, 4.4 step
/// 2). A lower number is better.</summary>
public sealed record RoutePriorities
{
    /// <summary>The priority beyond which there is none: LOCAL_PREF is this less the priority.</summary>
    public const uint Highest = int.MaxValue;

    /// <summary>Own routes go to peers of our AS with LOCAL_PREF 2147483647 less the normal priority, and a path whose
    /// LOCAL_PREF is above that is preferred to others. Off: LOCAL_PREF 100.</summary>
    public bool InLocalPref { get; init; }

    /// <summary>Kernel routes learned by BGP have 2147483647 less their LOCAL_PREF as metric. Off: no metric.</summary>
    public bool AsMetric { get; init; }

    /// <summary>The normal priority of IPv4 routes, 1 to 2147483646.</summary>
    public uint NormalV4 { get; init; } = 1024;

    /// <summary>The normal priority of IPv6 routes, 1 to 2147483646.</summary>
    public uint NormalV6 { get; init; } = 1024;

    /// <summary>The normal priority of a family.</summary>
    public uint Normal(IpFamily family) => family == IpFamily.V4 ? NormalV4 : NormalV6;

    /// <summary>The LOCAL_PREF of an own route; 0 for the default.</summary>
    public uint LocalPref(IpFamily family) => InLocalPref ? Highest - Normal(family) : 0;

    /// <summary>True for a path that is preferred to those of normal priority.</summary>
    public bool IsElevated(IpFamily family, uint localPref) => InLocalPref && localPref > Highest - Normal(family);

    /// <summary>The kernel's metric of a learned route; it stops at 0 where Calico's BIRD wraps around (spec
    /// 12.9).</summary>
    public uint Metric(uint localPref) => !AsMetric || localPref > Highest ? 0 : Highest - localPref;
}

/// <summary>An IPPool as BGP sees it.</summary>
/// <param name="Cidr">The pool's network.</param>
/// <param name="DisableBgpExport">Routes inside are never exported (3.2 step 4).</param>
/// <param name="Encapsulated">The pool has an <c>ipipMode</c> or <c>vxlanMode</c> other than <c>Never</c>: learned
/// routes inside are not programmed here (4.4 step 4).</param>
public readonly record struct PolicyPool(IpPrefix Cidr, bool DisableBgpExport = false, bool Encapsulated = false);

/// <summary>The states of a BlockAffinity.</summary>
public enum BlockState
{
    /// <summary>Ours: announced as one route, which stands for every address inside.</summary>
    Confirmed,

    /// <summary>Being claimed: neither announced nor aggregated.</summary>
    Pending,

    /// <summary>Being given up: still blackholed, no longer aggregated (3.2 step 8).</summary>
    PendingDeletion,
}

/// <summary>An IPAM block affine to this node.</summary>
public readonly record struct OwnBlock(IpPrefix Cidr, BlockState State = BlockState.Confirmed);

/// <summary>Communities that every exported route inside a network gets (<c>prefixAdvertisements</c>).</summary>
/// <param name="Cidr">The network.</param>
/// <param name="Standard">Communities (RFC 1997).</param>
/// <param name="Large">Large communities (RFC 8092).</param>
public sealed record PrefixCommunities(IpPrefix Cidr,
    ImmutableArray<uint> Standard, ImmutableArray<LargeCommunity> Large)
{
    /// <inheritdoc/>
    public bool Equals(PrefixCommunities? other) =>
        other is not null && Cidr == other.Cidr
        && Standard.AsSpan().SequenceEqual(other.Standard.AsSpan())
        && Large.AsSpan().SequenceEqual(other.Large.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Cidr.GetHashCode();
}
