using Agent.Bgp.Wire.Attributes;

namespace Agent.Bgp.Policy;

/// <summary>Whether a received path may be used (spec 4.1): a path that may not is kept, so that a changed setting can
/// admit it.</summary>
public enum ImportVerdict : byte
{
    /// <summary>It takes part in the decision.</summary>
    Accepted,

    /// <summary>Our own AS stands in the AS_PATH more often than the peer's policy allows (RFC 4271 §9.1.2).</summary>
    AsLoop,

    /// <summary>ORIGINATOR_ID is our own router id: we sent it out ourselves (RFC 4456 §8).</summary>
    OwnOriginator,

    /// <summary>The CLUSTER_LIST has the session's cluster id: it went through our cluster already (RFC 4456
    /// §8).</summary>
    ClusterLoop,

    /// <summary>A BGPFilter of the peer rejects it (spec 4.1 step 2).</summary>
    Filtered,

    /// <summary>OTC says that the peer may not tell us the route (RFC 9234 §5).</summary>
    RouteLeak,
}

/// <summary>Sanity of received paths. Everything sane is accepted: there is no pool check on import, ever (spec
/// 4.1).</summary>
/// <remarks>A peer's BGPFilters for import stand behind these checks. The first AS of an eBGP path is not compared
/// with the peer's.</remarks>
internal static class ImportPolicy
{
    /// <summary>Checks a path received on a session with these settings.</summary>
    public static ImportVerdict Check(AttributeSet attributes, SessionSettings session, PeerPolicy policy)
    {
        if (attributes.AsPath.Occurrences(session.LocalAs) > policy.AllowedLocalAs) return ImportVerdict.AsLoop;
        if (!session.IsInternal)
        {
            return RoleRules.IsLeak(session.Role, session.PeerAs, attributes.OnlyToCustomer)
                ? ImportVerdict.RouteLeak
                : ImportVerdict.Accepted;
        }

        if (attributes.OriginatorId == session.RouterId) return ImportVerdict.OwnOriginator;
        if (policy.ClientClusterId is { } cluster && attributes.ClusterList.Contains(cluster))
            return ImportVerdict.ClusterLoop;
        return ImportVerdict.Accepted;
    }
}
