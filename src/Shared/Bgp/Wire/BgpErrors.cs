using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>The errors that a session ends with, by name, and what <c>node status</c> calls them.</summary>
public static class BgpErrors
{
    /// <summary>Hold Timer Expired.</summary>
    public static BgpError HoldTimerExpired { get; } = new(BgpErrorCode.HoldTimerExpired);

    /// <summary>Send Hold Timer Expired (RFC 9687).</summary>
    public static BgpError SendHoldTimerExpired { get; } = new(BgpErrorCode.SendHoldTimerExpired);

    /// <summary>A Message Header Error.</summary>
    public static BgpError Header(HeaderSubcode subcode, ReadOnlySpan<byte> data = default) =>
        new(BgpErrorCode.MessageHeader, (byte)subcode, [.. data]);

    /// <summary>An OPEN Message Error.</summary>
    public static BgpError Open(OpenSubcode subcode, ReadOnlySpan<byte> data = default) =>
        new(BgpErrorCode.OpenMessage, (byte)subcode, [.. data]);

    /// <summary>An UPDATE Message Error.</summary>
    public static BgpError Update(UpdateSubcode subcode, ReadOnlySpan<byte> data = default) =>
        new(BgpErrorCode.UpdateMessage, (byte)subcode, [.. data]);

    /// <summary>A Finite State Machine Error.</summary>
    public static BgpError Fsm(FsmSubcode subcode) => new(BgpErrorCode.FiniteStateMachine, (byte)subcode);

    /// <summary>A ROUTE-REFRESH Message Error.</summary>
    public static BgpError Refresh(RefreshSubcode subcode, ReadOnlySpan<byte> data) =>
        new(BgpErrorCode.RouteRefresh, (byte)subcode, [.. data]);

    /// <summary>A Cease without a text; <see cref="NotificationCodec.Shutdown"/> makes one with.</summary>
    public static BgpError Cease(CeaseSubcode subcode) => new(BgpErrorCode.Cease, (byte)subcode);

    /// <summary>The error inside a Hard Reset, so that the peer does not keep our routes (RFC 8538 §3.1).</summary>
    public static BgpError HardReset(BgpError inside)
    {
        ArgumentNullException.ThrowIfNull(inside);
        return new BgpError(BgpErrorCode.Cease, (byte)CeaseSubcode.HardReset,
            [(byte)inside.Code, inside.Subcode, .. inside.Data]);
    }

    /// <summary>The error inside a Hard Reset; the error itself when it is none, or has none inside.</summary>
    public static BgpError Inside(BgpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return IsHardReset(error) && error.Data is [var code, var subcode, .. var data]
            ? new BgpError((BgpErrorCode)code, subcode, data)
            : error;
    }

    /// <summary>True for Cease with Hard Reset.</summary>
    public static bool IsHardReset(BgpError error) =>
        error is { Code: BgpErrorCode.Cease, Subcode: (byte)CeaseSubcode.HardReset };

    /// <summary>A Cease because of too many prefixes, with the family and the limit (RFC 4486 §4).</summary>
    public static BgpError MaximumPrefixes(IpFamily family, int limit) =>
        new(BgpErrorCode.Cease, (byte)CeaseSubcode.MaximumPrefixesReached,
        [
            0, (byte)family, MessageCodec.UnicastSafi,
            (byte)(limit >> 24), (byte)(limit >> 16), (byte)(limit >> 8), (byte)limit,
        ]);

    /// <summary>The error in words, as <c>node status</c> shows it (spec calico-bgp 6.1): <c>Bad peer AS</c>, <c>Hold
    /// timer expired</c>; with the operator's text where a shutdown carries one: <c>Administrative shutdown: new
    /// disk</c>.</summary>
    public static string Describe(BgpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var inside = Inside(error);
        var words = inside == error ? Name(error) : $"Hard reset, {Name(inside)}";
        return NotificationCodec.ShutdownText(inside) is { } text ? $"{words}: {text}" : words;
    }

    private static string Name(BgpError error) =>
        (error.Code, error.Subcode) switch
        {
            (BgpErrorCode.MessageHeader, 1) => "Connection not synchronized",
            (BgpErrorCode.MessageHeader, 2) => "Bad message length",
            (BgpErrorCode.MessageHeader, 3) => "Bad message type",
            (BgpErrorCode.MessageHeader, 0) => "Invalid message header",
            (BgpErrorCode.OpenMessage, 0) => "Invalid OPEN message",
            (BgpErrorCode.OpenMessage, 1) => "Unsupported version number",
            (BgpErrorCode.OpenMessage, 2) => "Bad peer AS",
            (BgpErrorCode.OpenMessage, 3) => "Bad BGP identifier",
            (BgpErrorCode.OpenMessage, 4) => "Unsupported optional parameter",
            (BgpErrorCode.OpenMessage, 5) => "Authentication failure",
            (BgpErrorCode.OpenMessage, 6) => "Unacceptable hold time",
            (BgpErrorCode.OpenMessage, 7) => "Required capability missing",
            (BgpErrorCode.OpenMessage, 11) => "Role mismatch",
            (BgpErrorCode.UpdateMessage, 0) => "Invalid UPDATE message",
            (BgpErrorCode.UpdateMessage, 1) => "Malformed attribute list",
            (BgpErrorCode.UpdateMessage, 2) => "Unrecognized well-known attribute",
            (BgpErrorCode.UpdateMessage, 3) => "Missing mandatory attribute",
            (BgpErrorCode.UpdateMessage, 4) => "Invalid attribute flags",
            (BgpErrorCode.UpdateMessage, 5) => "Invalid attribute length",
            (BgpErrorCode.UpdateMessage, 6) => "Invalid ORIGIN attribute",
            (BgpErrorCode.UpdateMessage, 8) => "Invalid NEXT_HOP attribute",
            (BgpErrorCode.UpdateMessage, 9) => "Optional attribute error",
            (BgpErrorCode.UpdateMessage, 10) => "Invalid network field",
            (BgpErrorCode.UpdateMessage, 11) => "Malformed AS_PATH",
            (BgpErrorCode.HoldTimerExpired, _) => "Hold timer expired",
            (BgpErrorCode.FiniteStateMachine, 1) => "Unexpected message in OpenSent state",
            (BgpErrorCode.FiniteStateMachine, 2) => "Unexpected message in OpenConfirm state",
            (BgpErrorCode.FiniteStateMachine, 3) => "Unexpected message in Established state",
            (BgpErrorCode.FiniteStateMachine, 0) => "Finite state machine error",
            (BgpErrorCode.Cease, 0) => "Cease",
            (BgpErrorCode.Cease, 1) => "Maximum number of prefixes reached",
            (BgpErrorCode.Cease, 2) => "Administrative shutdown",
            (BgpErrorCode.Cease, 3) => "Peer de-configured",
            (BgpErrorCode.Cease, 4) => "Administrative reset",
            (BgpErrorCode.Cease, 5) => "Connection rejected",
            (BgpErrorCode.Cease, 6) => "Other configuration change",
            (BgpErrorCode.Cease, 7) => "Connection collision resolution",
            (BgpErrorCode.Cease, 8) => "Out of resources",
            (BgpErrorCode.Cease, 9) => "Hard reset",
            (BgpErrorCode.Cease, 10) => "BFD session down",
            (BgpErrorCode.RouteRefresh, 0) => "Invalid ROUTE-REFRESH message",
            (BgpErrorCode.RouteRefresh, 1) => "Invalid ROUTE-REFRESH message length",
            (BgpErrorCode.SendHoldTimerExpired, _) => "Send hold timer expired",
            _ => $"Unknown error {(byte)error.Code}.{error.Subcode}",
        };
}
