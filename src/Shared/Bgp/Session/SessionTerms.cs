using System.Collections.Immutable;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>How long a family's stale routes are kept beyond the restart time (RFC 9494 §3.1).</summary>
/// <param name="Family">The family.</param>
/// <param name="StaleTime">How long; not zero.</param>
/// <param name="ForwardingPreserved">The peer kept forwarding in this restart.</param>
public readonly record struct LongLivedStale(IpFamily Family, TimeSpan StaleTime, bool ForwardingPreserved);

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
    /// <summary>Both ends keep routes also when a NOTIFICATION or the hold timer ended the session, unless it was a
    /// Hard Reset (RFC 8538).</summary>
    public bool AfterNotification { get; init; }

    /// <summary>The families whose routes the peer wants kept longer (RFC 9494); empty unless we offered to.</summary>
    public ImmutableArray<LongLivedStale> LongLived { get; init; } = [];

    /// <summary>Whether the family's routes are kept when the session is gone, be it as long-lived ones.</summary>
    public bool KeepsRoutes(IpFamily family) => Families.Contains(family) || IsLongLived(family, preserved: false);

    /// <summary>Whether kept routes of the family are still good as the peer comes back.</summary>
    public bool IsForwardingPreserved(IpFamily family) =>
        ForwardingPreserved.Contains(family) || IsLongLived(family, preserved: true);

    private bool IsLongLived(IpFamily family, bool preserved)
    {
        foreach (var stale in LongLived)
            if (stale.Family == family && (stale.ForwardingPreserved || !preserved)) return true;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(PeerRestart? other) =>
        other is not null
        && (IsRestarting, RestartTime, AfterNotification)
        == (other.IsRestarting, other.RestartTime, other.AfterNotification)
        && LongLived.AsSpan().SequenceEqual(other.LongLived.AsSpan())
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

    /// <summary>NEXT_HOP self in the family that the connection is not of; null where the settings name none.</summary>
    public IpAddr? OtherNextHop { get; init; }

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

    /// <summary>Both ends mark the begin and end of a refresh (RFC 7313).</summary>
    public bool EnhancedRefresh { get; init; }

    /// <summary>The families in which the peer tells several paths (RFC 7911).</summary>
    public ImmutableArray<IpFamily> AddPathReceive { get; init; } = [];

    /// <summary>The families in which the peer takes several paths.</summary>
    public ImmutableArray<IpFamily> AddPathSend { get; init; } = [];

    /// <summary>Messages may have more than 4096 bytes (RFC 8654).</summary>
    public bool ExtendedMessages { get; init; }

    /// <summary>IPv4 routes may have an IPv6 next hop (RFC 8950).</summary>
    public bool ExtendedNextHop { get; init; }

    /// <summary>The peer offered long-lived graceful restart and so did we: it may be told stale routes (RFC 9494
    /// §4.3).</summary>
    public bool LongLivedRestart { get; init; }

    /// <summary>What we are to the peer (RFC 9234), whether or not it told its role; null where roles are not
    /// used.</summary>
    public BgpRole? Role { get; init; }

    /// <summary>How long nothing that we send may leave (RFC 9687); zero is for ever.</summary>
    public TimeSpan SendHoldTime { get; init; }

    /// <summary>Our own address as a next hop of a family's routes; null where there is none that the peer
    /// understands.</summary>
    /// <remarks>Over IPv4 a node without an IPv6 address tells its IPv4-mapped one; over IPv6 one without an IPv4
    /// address tells the IPv6 one, where the peer takes that (RFC 8950).</remarks>
    public IpAddr? NextHopOf(IpFamily family)
    {
        if (LocalAddress.Family == family) return LocalAddress;
        if (OtherNextHop is { } other && other.Family == family) return other;
        if (family == IpFamily.V6) return IpAddr.FromV6(0, 0xFFFF_0000_0000UL | LocalAddress.V4Value);
        return ExtendedNextHop ? LocalAddress : null;
    }

    /// <summary>How a family's UPDATEs are written to this peer.</summary>
    public UpdateFormat Format(IpFamily family) =>
        new(family, AddPathSend.Contains(family), FourByteAs, ExtendedMessages,
            ExtendedNextHop && family == IpFamily.V4);

    /// <inheritdoc/>
    public bool Equals(SessionTerms? other) =>
        other is not null
        && (LocalAddress, PeerRouterId, PeerAs) == (other.LocalAddress, other.PeerRouterId, other.PeerAs)
        && (IsInternal, HoldTime) == (other.IsInternal, other.HoldTime)
        && (KeepaliveInterval, FourByteAs, RouteRefresh)
        == (other.KeepaliveInterval, other.FourByteAs, other.RouteRefresh)
        && (EnhancedRefresh, ExtendedMessages, ExtendedNextHop, LongLivedRestart)
        == (other.EnhancedRefresh, other.ExtendedMessages, other.ExtendedNextHop, other.LongLivedRestart)
        && (Role, SendHoldTime, OtherNextHop) == (other.Role, other.SendHoldTime, other.OtherNextHop)
        && AddPathReceive.AsSpan().SequenceEqual(other.AddPathReceive.AsSpan())
        && AddPathSend.AsSpan().SequenceEqual(other.AddPathSend.AsSpan())
        && Families.AsSpan().SequenceEqual(other.Families.AsSpan()) && Equals(Restart, other.Restart);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)PeerRouterId ^ LocalAddress.GetHashCode();
}
