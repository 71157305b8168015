using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>Why a route is not the best one for its prefix: the first step of the decision at which a better one was
/// left.</summary>
public enum RouteReason : byte
{
    /// <summary>It is the best.</summary>
    Best,

    /// <summary>It is not used: a check on import refused it.</summary>
    NotAccepted,

    /// <summary>A route of higher preference: one that originates here (spec 12.10).</summary>
    Preference,

    /// <summary>Its next hop is unreachable, another's is not (RFC 4271 §9.1.2.1).</summary>
    NextHopUnreachable,

    /// <summary>It is a long-lived stale route, another is not (RFC 9494 §4.3).</summary>
    LongLivedStale,

    /// <summary>A higher LOCAL_PREF.</summary>
    LocalPref,

    /// <summary>A shorter AS_PATH (RFC 4271 §9.1.2.2 a).</summary>
    AsPathLength,

    /// <summary>A lower ORIGIN (b).</summary>
    Origin,

    /// <summary>A lower MULTI_EXIT_DISC from the same neighbouring AS (c); a missing one is 0.</summary>
    Med,

    /// <summary>Learned by eBGP, this one by iBGP (d).</summary>
    ExternalOverInternal,

    /// <summary>A nearer next hop (e).</summary>
    IgpMetric,

    /// <summary>A lower ORIGINATOR_ID, or BGP Identifier of the peer (f, RFC 4456 §9).</summary>
    RouterId,

    /// <summary>A shorter CLUSTER_LIST (RFC 4456 §9).</summary>
    ClusterListLength,

    /// <summary>A lower address of the peer (g).</summary>
    PeerAddress,

    /// <summary>An earlier name of the session: two peers with one address.</summary>
    PeerName,

    /// <summary>A lower path identifier from the same peer (RFC 7911).</summary>
    PathId,
}

/// <summary>A route as the decision sees it.</summary>
public readonly record struct RouteCandidate
{
    /// <summary>The preference of routes that originate here.</summary>
    public const byte LocalPreference = 240;

    /// <summary>The preference of learned routes whose priority is above normal (spec 4.1 step 3).</summary>
    public const byte ElevatedPreference = 200;

    /// <summary>The preference of learned routes.</summary>
    public const byte LearnedPreference = 100;

    /// <summary>Higher wins before anything else is looked at.</summary>
    public byte Preference { get; init; }

    /// <summary>The next hop can be resolved.</summary>
    public bool Reachable { get; init; }

    /// <summary>Kept beyond its peer's restart time, here or by a speaker before us.</summary>
    public bool LongLivedStale { get; init; }

    /// <summary>LOCAL_PREF, 100 where none was received or eBGP sent it.</summary>
    public uint LocalPref { get; init; }

    /// <summary>Hops of the AS_PATH.</summary>
    public int PathLength { get; init; }

    /// <summary>ORIGIN.</summary>
    public Origin Origin { get; init; }

    /// <summary>MULTI_EXIT_DISC, 0 where there is none.</summary>
    public uint Med { get; init; }

    /// <summary>The AS whose MEDs compare with this one; 0 for a path without one, that is, our own AS.</summary>
    public uint NeighbourAs { get; init; }

    /// <summary>Learned by eBGP.</summary>
    public bool External { get; init; }

    /// <summary>The distance of the next hop.</summary>
    public uint IgpMetric { get; init; }

    /// <summary>ORIGINATOR_ID, or the BGP Identifier of the peer.</summary>
    public uint RouterId { get; init; }

    /// <summary>The number of clusters passed.</summary>
    public int ClusterListLength { get; init; }

    /// <summary>The peer's address.</summary>
    public IpAddr PeerAddress { get; init; }

    /// <summary>The session's name.</summary>
    public string? PeerName { get; init; }

    /// <summary>The path identifier of ADD-PATH; 0 without.</summary>
    public uint PathId { get; init; }
}

/// <summary>What the decision says about one route.</summary>
/// <param name="Reason">Best, or why not.</param>
/// <param name="Multipath">The best one, or tied with it up to the distance of the next hop: traffic may be shared
/// (spec 4.3).</param>
public readonly record struct RouteVerdict(RouteReason Reason, bool Multipath);

/// <summary>The decision process (RFC 4271 §9.1.2.2, RFC 4456 §9; spec 4.2 and 4.3): the best route, and for each other
/// the reason why it is not.</summary>
/// <remarks>
/// The steps eliminate, each from what the one before has left. Since MED compares only within one neighbouring AS,
/// routes have no order that pairwise comparison could find; elimination gives the same answer whatever order the
/// routes came in. Routes that are left after the distance of the next hop share traffic; the steps after it only name
/// one of them.
/// </remarks>
public static class DecisionProcess
{
    /// <summary>Decides; returns the index of the best route, -1 when there is none.</summary>
    /// <param name="candidates">The usable routes of one prefix.</param>
    /// <param name="verdicts">Receives what is said about each, by index.</param>
    public static int Select(ReadOnlySpan<RouteCandidate> candidates, Span<RouteVerdict> verdicts)
    {
        if (candidates.Length == 1)
        {
            verdicts[0] = new RouteVerdict(RouteReason.Best, true);
            return 0;
        }

        verdicts = verdicts[..candidates.Length];
        verdicts.Fill(new RouteVerdict(RouteReason.Best, false));
        var left = candidates.Length;
        for (var step = RouteReason.Preference; step <= RouteReason.PathId; step++)
        {
            if (left > 1) left -= step == RouteReason.Med
                ? EliminateByMed(candidates, verdicts)
                : Eliminate(step, candidates, verdicts);
            if (step == RouteReason.IgpMetric) MarkMultipath(verdicts);
            if (left == 1 && step >= RouteReason.IgpMetric) break;
        }

        for (var i = 0; i < verdicts.Length; i++)
            if (verdicts[i].Reason == RouteReason.Best) return i;
        return -1;
    }

    private static int Eliminate(RouteReason step, ReadOnlySpan<RouteCandidate> candidates, Span<RouteVerdict> verdicts)
    {
        var best = -1;
        for (var i = 0; i < candidates.Length; i++)
        {
            if (verdicts[i].Reason == RouteReason.Best
                && (best < 0 || Compare(step, candidates[i], candidates[best]) < 0)) best = i;
        }

        var eliminated = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            if (verdicts[i].Reason != RouteReason.Best || Compare(step, candidates[i], candidates[best]) == 0) continue;
            verdicts[i] = verdicts[i] with { Reason = step };
            eliminated++;
        }

        return eliminated;
    }

    private static int EliminateByMed(ReadOnlySpan<RouteCandidate> candidates, Span<RouteVerdict> verdicts)
    {
        if (!MedsDiffer(candidates, verdicts)) return 0;
        var eliminated = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            for (var j = 0; j < candidates.Length && verdicts[i].Reason == RouteReason.Best; j++)
            {
                // A route that lost by MED still beats others by MED: its lower rival has the same neighbour.
                if (verdicts[j].Reason is not (RouteReason.Best or RouteReason.Med)) continue;
                if (candidates[j].NeighbourAs != candidates[i].NeighbourAs || candidates[j].Med >= candidates[i].Med)
                    continue;
                verdicts[i] = verdicts[i] with { Reason = RouteReason.Med };
                eliminated++;
            }
        }

        return eliminated;
    }

    private static bool MedsDiffer(ReadOnlySpan<RouteCandidate> candidates, ReadOnlySpan<RouteVerdict> verdicts)
    {
        uint? seen = null;
        for (var i = 0; i < candidates.Length; i++)
        {
            if (verdicts[i].Reason != RouteReason.Best) continue;
            if (seen is { } med && med != candidates[i].Med) return true;
            seen = candidates[i].Med;
        }

        return false;
    }

    private static void MarkMultipath(Span<RouteVerdict> verdicts)
    {
        foreach (ref var verdict in verdicts)
            if (verdict.Reason == RouteReason.Best) verdict = verdict with { Multipath = true };
    }

    /// <summary>One step: negative when the left route is better.</summary>
    private static int Compare(RouteReason step, in RouteCandidate left, in RouteCandidate right) => step switch
    {
        RouteReason.Preference => right.Preference.CompareTo(left.Preference),
        RouteReason.NextHopUnreachable => right.Reachable.CompareTo(left.Reachable),
        RouteReason.LongLivedStale => left.LongLivedStale.CompareTo(right.LongLivedStale),
        RouteReason.LocalPref => right.LocalPref.CompareTo(left.LocalPref),
        RouteReason.AsPathLength => left.PathLength.CompareTo(right.PathLength),
        RouteReason.Origin => ((byte)left.Origin).CompareTo((byte)right.Origin),   // an enum would be boxed
        RouteReason.ExternalOverInternal => right.External.CompareTo(left.External),
        RouteReason.IgpMetric => left.IgpMetric.CompareTo(right.IgpMetric),
        RouteReason.RouterId => left.RouterId.CompareTo(right.RouterId),
        RouteReason.ClusterListLength => left.ClusterListLength.CompareTo(right.ClusterListLength),
        RouteReason.PeerAddress => left.PeerAddress.CompareTo(right.PeerAddress),
        RouteReason.PeerName => string.CompareOrdinal(left.PeerName, right.PeerName),
        RouteReason.PathId => left.PathId.CompareTo(right.PathId),
        _ => 0,
    };
}
