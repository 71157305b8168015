using System.Collections.Immutable;

namespace Agent.Bgp;

/// <summary>NOTIFICATION error codes (RFC 4271 §4.5, RFC 7313, RFC 9687).</summary>
public enum BgpErrorCode : byte
{
    /// <summary>Message Header Error.</summary>
    MessageHeader = 1,

    /// <summary>OPEN Message Error.</summary>
    OpenMessage = 2,

    /// <summary>UPDATE Message Error.</summary>
    UpdateMessage = 3,

    /// <summary>Hold Timer Expired.</summary>
    HoldTimerExpired = 4,

    /// <summary>Finite State Machine Error (subcodes of RFC 6608).</summary>
    FiniteStateMachine = 5,

    /// <summary>Cease (subcodes of RFC 4486).</summary>
    Cease = 6,

    /// <summary>ROUTE-REFRESH Message Error (RFC 7313).</summary>
    RouteRefresh = 7,

    /// <summary>Send Hold Timer Expired (RFC 9687).</summary>
    SendHoldTimerExpired = 8,
}

/// <summary>Why a session ends: what a NOTIFICATION says (RFC 4271 §4.5, §6).</summary>
/// <param name="Code">The error code.</param>
/// <param name="Subcode">The subcode; 0 is unspecific.</param>
/// <param name="Data">What the NOTIFICATION carries behind the subcode.</param>
public sealed record BgpError(BgpErrorCode Code, byte Subcode, ImmutableArray<byte> Data)
{
    /// <summary>An error without data.</summary>
    public BgpError(BgpErrorCode code, byte subcode = 0) : this(code, subcode, []) { }

    /// <inheritdoc/>
    public bool Equals(BgpError? other) =>
        other is not null && Code == other.Code && Subcode == other.Subcode
        && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => ((int)Code << 8) | Subcode;
}
