using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>What must be known of a session to read its UPDATEs.</summary>
/// <param name="FourByteAs">AS numbers have four bytes (RFC 6793).</param>
/// <param name="IsInternal">The peer is in our AS: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are heeded, else
/// discarded (RFC 7606 §7).</param>
/// <param name="Families">The families negotiated; routes of others are passed over.</param>
/// <param name="AddPath">The families whose NLRI carry path identifiers (RFC 7911).</param>
/// <param name="ExtendedNextHop">IPv4 routes may have an IPv6 next hop (RFC 8950).</param>
public sealed record UpdateContext(
    bool FourByteAs, bool IsInternal, ImmutableArray<IpFamily> Families, ImmutableArray<IpFamily> AddPath,
    bool ExtendedNextHop = false)
{
    /// <summary>A context of these families, without ADD-PATH.</summary>
    public UpdateContext(bool fourByteAs, bool isInternal, params ReadOnlySpan<IpFamily> families)
        : this(fourByteAs, isInternal, [.. families], [])
    {
    }

    internal bool Carries(IpFamily family) => Families.AsSpan().Contains(family);

    /// <summary>True when a next hop of MP_REACH_NLRI may have so many bytes; behind an IPv6 one may be the link-local
    /// one (RFC 2545 §3).</summary>
    internal bool TakesNextHop(IpFamily family, int length) =>
        length switch
        {
            4 => family == IpFamily.V4,
            16 or 32 => family == IpFamily.V6 || ExtendedNextHop,
            _ => false,
        };

    internal bool HasPathIds(IpFamily family) => AddPath.AsSpan().Contains(family);
}
