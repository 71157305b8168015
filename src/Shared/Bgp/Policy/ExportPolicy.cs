using System.Collections.Immutable;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>Why a prefix's best route is exported to a peer, or why it is not; named after the step of spec 3.2 that
/// decided.</summary>
public enum ExportVerdict : byte
{
    /// <summary>Not exported: the prefix has no route.</summary>
    NoRoute,

    /// <summary>Not exported: the family was not negotiated.</summary>
    NoFamily,

    /// <summary>Not exported: the best route came from this peer (step 1).</summary>
    SplitHorizon,

    /// <summary>Not exported: the route carries NO_ADVERTISE (step 1, RFC 1997).</summary>
    NoAdvertise,

    /// <summary>Not exported: the route carries NO_EXPORT or NO_EXPORT_SUBCONFED and would leave the AS (step
    /// 1).</summary>
    NoExport,

    /// <summary>Not exported: learned by iBGP, and neither end is a route reflector client (step 1, RFC
    /// 4456).</summary>
    InternalToInternal,

    /// <summary>Not exported: the CLUSTER_LIST already has the cluster id of this session (step 1, RFC 4456
    /// §8).</summary>
    ClusterLoop,

    /// <summary>Not exported: a long-lived stale route, which the peer does not know how to treat (RFC 9494
    /// §4.3).</summary>
    LongLivedStale,

    /// <summary>Not exported: the route is for customers alone, and the peer is none (step 1, RFC 9234 §5).</summary>
    OnlyToCustomer,

    /// <summary>Not exported: a BGPFilter rejects it (step 3).</summary>
    FilterRejected,

    /// <summary>Not exported: inside a pool with <c>disableBGPExport</c> (step 4).</summary>
    PoolExportDisabled,

    /// <summary>Not exported: it leads out of an overlay's interface, and the peer is in our AS (step 5), or out of one
    /// of the eBPF dataplane (step 6).</summary>
    OverlayInterface,

    /// <summary>Not exported: inside an own block, which is announced as a whole (step 8).</summary>
    InsideOwnBlock,

    /// <summary>Not exported: no clause covers the prefix (step 12).</summary>
    NoClause,

    /// <summary>Exported: it is an own block (step 8).</summary>
    OwnBlock,

    /// <summary>Exported: inside a prefix that this node advertises for a Service (step 9).</summary>
    Service,

    /// <summary>Exported: inside a service network that reflectors pass on (step 10).</summary>
    ReflectorService,

    /// <summary>Exported: inside a pool (step 11).</summary>
    Pool,

    /// <summary>Exported: a BGPFilter accepts it, past everything else (step 3).</summary>
    FilterAccepted,

    /// <summary>Exported: a single address inside an own block whose priority is above normal, as during a live
    /// migration (step 8).</summary>
    Elevated,
}

/// <summary>The session on which a route was learned, as the export rules see it.</summary>
/// <param name="Internal">iBGP.</param>
/// <param name="LocalAs">Our AS on that session.</param>
/// <param name="RouterId">The peer's BGP Identifier, ORIGINATOR_ID when the route is reflected.</param>
/// <param name="ClusterId">The cluster id under which the peer is our client; null when it is none.</param>
/// <param name="Mark">The OTC of its routes that came without (<see cref="RoleRules.Mark"/>).</param>
internal readonly record struct ExportSource(
    bool Internal, uint LocalAs, uint RouterId, uint? ClusterId, uint? Mark = null)
{
    /// <summary>The session is gone for longer than its restart time: what it left is marked so (RFC 9494).</summary>
    public bool LongLivedStale { get; init; }
}

/// <summary>The session to which a route would go, as the export rules see it; peers with equal targets share their
/// updates.</summary>
/// <param name="Internal">iBGP.</param>
/// <param name="LocalAs">Our AS on that session.</param>
/// <param name="ClusterId">The cluster id under which the peer is our client; null when it is none.</param>
/// <param name="NextHopMode">What becomes of next hops.</param>
/// <param name="Self">Our own address as a next hop.</param>
/// <param name="Role">What we are to the peer; null where roles are not used.</param>
/// <param name="Filters">The peer's filters; null for none.</param>
internal readonly record struct ExportTarget(bool Internal, uint LocalAs, uint? ClusterId, NextHopMode NextHopMode,
    IpAddr Self, BgpRole? Role = null, FilterList? Filters = null)
{
    /// <summary>The peer may be told long-lived stale routes (RFC 9494 §4.3).</summary>
    public bool TakesLongLived { get; init; }

    /// <summary>The peer takes an IPv6 next hop of an IPv4 route (RFC 8950).</summary>
    public bool ExtendedNextHop { get; init; }
}

/// <summary>What the policy adds to an exported route.</summary>
/// <param name="Tags">The communities of the networks around it (step 7).</param>
/// <param name="Edits">The operations of the filter that accepted it (step 3).</param>
/// <param name="LocalPref">LOCAL_PREF of a route that originates here; 0 for the default (step 2).</param>
internal readonly record struct ExportAdditions(CommunityTags? Tags, FilterEdits? Edits = null, uint LocalPref = 0);

/// <summary>A verdict, and what follows from it for the attributes.</summary>
/// <param name="Verdict">Whether the route goes out.</param>
/// <param name="Additions">What is added to it then.</param>
/// <param name="Rule">The filter's rule that decided; <see cref="FilterProgram.FallsThrough"/> for none.</param>
internal readonly record struct ExportRuling(
    ExportVerdict Verdict, ExportAdditions Additions = default, int Rule = FilterProgram.FallsThrough);

/// <summary>What the export rules ask of a route beside its prefix.</summary>
/// <param name="IsElevated">Its priority is above normal (step 8).</param>
/// <param name="IsOverlay">It leads out of an interface of which peers of our AS, or all, are not told (steps 5 and
/// 6).</param>
internal readonly record struct ExportCircumstances(bool IsElevated, bool IsOverlay);

/// <summary>Which routes go to which peer: spec 3.2, step by step, first answer wins.</summary>
/// <remarks>
/// Step 2 stands in <see cref="ExportAdditions.LocalPref"/>. Step 3, a peer's BGPFilters, comes between
/// <see cref="Gate"/> and <see cref="Decide"/>: what they decide skips the latter.
/// </remarks>
internal static class ExportPolicy
{
    /// <summary>True when the verdict lets the route out.</summary>
    public static bool IsExported(this ExportVerdict verdict) => verdict >= ExportVerdict.OwnBlock;

    /// <summary>Step 1, BGP's own rules for a learned route; null lets it pass on to the policy.</summary>
    public static ExportVerdict? Gate(AttributeSet attributes, in ExportSource source, in ExportTarget target)
    {
        var sameAs = source.Internal && target.Internal && source.LocalAs == target.LocalAs;
        var leavesAs = !target.Internal || (source.Internal && !sameAs);   // spec 12.6: two of our ASes are like eBGP
        if (source.LongLivedStale && !target.TakesLongLived) return ExportVerdict.LongLivedStale;
        foreach (var community in attributes.Communities)
        {
            if (community == WellKnownCommunity.NoAdvertise) return ExportVerdict.NoAdvertise;
            if (community == WellKnownCommunity.LongLivedStale && !target.TakesLongLived)
                return ExportVerdict.LongLivedStale;
            if (leavesAs && community is WellKnownCommunity.NoExport or WellKnownCommunity.NoExportSubconfed)
                return ExportVerdict.NoExport;
        }

        if (!RoleRules.MayTellMarked(target.Role) && (attributes.OnlyToCustomer ?? source.Mark) is not null)
            return ExportVerdict.OnlyToCustomer;
        if (!sameAs) return null;
        if (source.ClusterId is null && target.ClusterId is null) return ExportVerdict.InternalToInternal;
        if (target.ClusterId is { } cluster && attributes.ClusterList.Contains(cluster))
            return ExportVerdict.ClusterLoop;
        return null;
    }

    /// <summary>Steps 4 to 12, the same for local and learned routes and for every peer.</summary>
    public static ExportVerdict Decide(in PolicyFacts facts, in ExportCircumstances circumstances = default)
    {
        if (facts.Has(PolicyMarks.ExportDisabled)) return ExportVerdict.PoolExportDisabled;
        if (circumstances.IsOverlay) return ExportVerdict.OverlayInterface;
        if (facts.Has(PolicyMarks.ExactlyOwnBlock)) return ExportVerdict.OwnBlock;
        if (facts.Has(PolicyMarks.OwnBlock))
            return circumstances.IsElevated ? ExportVerdict.Elevated : ExportVerdict.InsideOwnBlock;
        if (facts.Has(PolicyMarks.Service)) return ExportVerdict.Service;
        if (facts.Has(PolicyMarks.ReflectorService)) return ExportVerdict.ReflectorService;
        return facts.Has(PolicyMarks.Pool) ? ExportVerdict.Pool : ExportVerdict.NoClause;
    }
}

/// <summary>What attributes an exported route carries, as changes to a set: spec 3.4 (local routes), 3.5 (learned),
/// 3.6 (communities).</summary>
internal static class ExportAttributes
{
    /// <summary>LOCAL_PREF where nothing says otherwise (RFC 4271 §9.1.1 leaves it to us; BIRD's default).</summary>
    public const uint DefaultLocalPref = 100;

    private static readonly byte[] LocalBytes =
        AttributeSet.Of(new PathAttributes { NextHop = IpAddr.AnyV4 }).Bytes.ToArray();

    /// <summary>What a route that originates here starts from.</summary>
    public static AttributeSet LocalSet => new(LocalBytes);

    /// <summary>The changes to <see cref="LocalSet"/> for a route that originates here.</summary>
    public static AttributeEdits OfLocal(in ExportTarget target, in ExportAdditions additions) => new()
    {
        Prepended = Prepended(additions, target.Internal ? [] : [target.LocalAs]),
        OnlyToCustomer = RoleRules.MarkTold(target.Role, target.LocalAs),
        NextHop = target.Self,
        LocalPrefEdit = target.Internal ? LocalPrefEdit.Default : LocalPrefEdit.Drop,
        LocalPref = additions.Edits?.LocalPref
            ?? (additions.LocalPref == 0 ? DefaultLocalPref : additions.LocalPref),
        Communities = Communities(additions),
        LargeCommunities = LargeCommunities(additions),
    };

    /// <summary>The changes to a learned route as it goes on.</summary>
    /// <param name="source">Where it was learned.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="additions">What the policy adds.</param>
    public static AttributeEdits OfLearned(
        in ExportSource source, in ExportTarget target, in ExportAdditions additions)
    {
        var staysInAs = source.Internal && target.Internal && source.LocalAs == target.LocalAs;
        var leavesAs = !target.Internal || (source.Internal && !staysInAs);
        return new AttributeEdits
        {
            NextHop = IsSelf(target) ? target.Self : null,
            Prepended = Prepended(additions, leavesAs ? [target.Internal ? source.LocalAs : target.LocalAs] : []),
            NextHopInstead = target.ExtendedNextHop ? null : target.Self,
            LinkLocalInstead = target.Self,
            // MED means nothing beyond the neighbouring AS: 0, as Calico's BIRD sends it, not absent (spec 12.11).
            ZeroMed = leavesAs,
            LocalPrefEdit = !target.Internal ? LocalPrefEdit.Drop
                : leavesAs || additions.Edits?.LocalPref is not null ? LocalPrefEdit.Set
                : LocalPrefEdit.Default,
            LocalPref = additions.Edits?.LocalPref ?? DefaultLocalPref,
            DropReflection = leavesAs,
            DropNonTransitive = leavesAs,
            OnlyToCustomer = source.Mark ?? RoleRules.MarkTold(target.Role, target.LocalAs),
            OriginatorId = staysInAs ? source.RouterId : null,
            Clusters = staysInAs ? ClustersPassed(source.ClusterId, target.ClusterId) : [],
            Communities = Marked(Communities(additions), source.LongLivedStale),
            LargeCommunities = LargeCommunities(additions),
        };
    }

    // A filter of Calico's BIRD sees the path with our AS in it, so what it prepends stands in front of that.
    private static ImmutableArray<uint> Prepended(in ExportAdditions additions, ImmutableArray<uint> ours) =>
        additions.Edits is { } edits ? edits.Prepended.AddRange(ours) : ours;

    private static ImmutableArray<uint> Communities(in ExportAdditions additions) =>
        additions.Edits?.Communities ?? additions.Tags?.Standard ?? [];

    private static ImmutableArray<LargeCommunity> LargeCommunities(in ExportAdditions additions) =>
        additions.Edits?.LargeCommunities ?? additions.Tags?.Large ?? [];

    private static ImmutableArray<uint> Marked(ImmutableArray<uint> communities, bool longLivedStale) =>
        longLivedStale ? communities.Add(WellKnownCommunity.LongLivedStale) : communities;

    private static bool IsSelf(in ExportTarget target) => target.NextHopMode switch
    {
        NextHopMode.Self => true,
        NextHopMode.Keep => false,
        _ => !target.Internal,
    };

    private static ImmutableArray<uint> ClustersPassed(uint? source, uint? target)
    {
        ImmutableArray<uint> passed = source is { } from ? [from] : [];
        return target is { } to && to != source ? passed.Insert(0, to) : passed;
    }
}
