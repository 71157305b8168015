using System.Collections.Immutable;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>What the peer said about its restarts (RFC 4724 §3), of the families that the session carries. Compared by
/// value.</summary>
/// <param name="IsRestarting">The peer has just restarted: its End-of-RIB is not to be waited for before ours is
/// sent.</param>
/// <param name="RestartTime">How long it may be gone.</param>
/// <param name="Families">The families whose routes are to be kept meanwhile.</param>
/// <param name="ForwardingPreserved">Those of them that it kept forwarding in this restart; stale routes of others are
/// void.</param>
public sealed record PeerRestart(
    bool IsRestarting, TimeSpan RestartTime,
    ImmutableArray<IpFamily> Families, ImmutableArray<IpFamily> ForwardingPreserved)
{
    /// <inheritdoc/>
    public bool Equals(PeerRestart? other) =>
        other is not null && (IsRestarting, RestartTime) == (other.IsRestarting, other.RestartTime)
        && Families.AsSpan().SequenceEqual(other.Families.AsSpan())
        && ForwardingPreserved.AsSpan().SequenceEqual(other.ForwardingPreserved.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => RestartTime.GetHashCode() ^ Families.Length;
}

/// <summary>What the two OPENs agreed on. Compared by value.</summary>
public sealed record SessionTerms
{
    /// <summary>Our end of the connection: NEXT_HOP self.</summary>
    public required IpAddr LocalAddress { get; init; }

    /// <summary>The peer's BGP Identifier.</summary>
    public required uint PeerRouterId { get; init; }

    /// <summary>The peer's AS.</summary>
    public required uint PeerAs { get; init; }

    /// <summary>True when the peer is in our AS.</summary>
    public required bool IsInternal { get; init; }

    /// <summary>The lesser of the two hold times; zero is none, and then there are no KEEPALIVEs either.</summary>
    public required TimeSpan HoldTime { get; init; }

    /// <summary>How often we send KEEPALIVE; zero is never.</summary>
    public required TimeSpan KeepaliveInterval { get; init; }

    /// <summary>AS numbers have four bytes on the wire.</summary>
    public required bool FourByteAs { get; init; }

    /// <summary>The families that both ends offered, in our order.</summary>
    public required ImmutableArray<IpFamily> Families { get; init; }

    /// <summary>The peer answers ROUTE-REFRESH.</summary>
    public required bool RouteRefresh { get; init; }

    /// <summary>Graceful restart, where both ends offered it.</summary>
    public PeerRestart? Restart { get; init; }

    /// <summary>How a family's UPDATEs are written to this peer.</summary>
    public UpdateFormat Format(IpFamily family) => new(family, AddPath: false, FourByteAs);

    /// <inheritdoc/>
    public bool Equals(SessionTerms? other) =>
        other is not null
        && (LocalAddress, PeerRouterId, PeerAs) == (other.LocalAddress, other.PeerRouterId, other.PeerAs)
        && (IsInternal, HoldTime) == (other.IsInternal, other.HoldTime)
        && (KeepaliveInterval, FourByteAs, RouteRefresh)
        == (other.KeepaliveInterval, other.FourByteAs, other.RouteRefresh)
        && Families.AsSpan().SequenceEqual(other.Families.AsSpan()) && Equals(Restart, other.Restart);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)PeerRouterId ^ LocalAddress.GetHashCode();
}
