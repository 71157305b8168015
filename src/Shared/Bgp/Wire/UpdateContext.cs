using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>What must be known of a session to read its UPDATEs.</summary>
/// <param name="FourByteAs">AS numbers have four bytes (RFC 6793).</param>
/// <param name="IsInternal">The peer is in our AS: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are heeded, else
/// discarded (RFC 7606 §7).</param>
/// <param name="Families">The families negotiated; routes of others are passed over.</param>
/// <param name="AddPath">The families whose NLRI carry path identifiers (RFC 7911).</param>
public sealed record UpdateContext(
    bool FourByteAs, bool IsInternal, ImmutableArray<IpFamily> Families, ImmutableArray<IpFamily> AddPath)
{
    /// <summary>A context of these families, without ADD-PATH.</summary>
    public UpdateContext(bool fourByteAs, bool isInternal, params ReadOnlySpan<IpFamily> families)
        : this(fourByteAs, isInternal, [.. families], [])
    {
    }

    /// <summary>IPv4 routes may come with an IPv6 next hop, in MP_REACH_NLRI (RFC 8950).</summary>
    public bool ExtendedNextHop { get; init; }

    internal bool Carries(IpFamily family) => Families.AsSpan().Contains(family);

    internal bool HasPathIds(IpFamily family) => AddPath.AsSpan().Contains(family);
}
