namespace Agent.Bgp.Wire;

/// <summary>Subcodes of Message Header Error (RFC 4271 §4.5).</summary>
public enum HeaderSubcode : byte
{
    /// <summary>The marker is not all ones.</summary>
    ConnectionNotSynchronized = 1,

    /// <summary>The length is outside what the type allows; the data is the length.</summary>
    BadMessageLength = 2,

    /// <summary>The type is unknown; the data is the type.</summary>
    BadMessageType = 3,
}

/// <summary>Subcodes of OPEN Message Error (RFC 4271 §4.5, RFC 5492 §5).</summary>
public enum OpenSubcode : byte
{
    /// <summary>The message cannot be parsed.</summary>
    Unspecific = 0,

    /// <summary>Not version 4; the data is the version that we speak.</summary>
    UnsupportedVersionNumber = 1,

    /// <summary>The peer's AS is not the configured one.</summary>
    BadPeerAs = 2,

    /// <summary>The BGP Identifier is 0, or ours inside one AS (RFC 6286).</summary>
    BadBgpIdentifier = 3,

    /// <summary>An optional parameter other than capabilities.</summary>
    UnsupportedOptionalParameter = 4,

    /// <summary>A hold time of 1 or 2 s.</summary>
    UnacceptableHoldTime = 6,

    /// <summary>A capability that we need is missing; the data is that capability.</summary>
    UnsupportedCapability = 7,
}

/// <summary>Subcodes of UPDATE Message Error (RFC 4271 §4.5).</summary>
public enum UpdateSubcode : byte
{
    /// <summary>The lengths contradict each other, or an attribute stands twice.</summary>
    MalformedAttributeList = 1,

    /// <summary>A well-known attribute that we do not know; the data is the attribute.</summary>
    UnrecognizedWellKnownAttribute = 2,

    /// <summary>A mandatory attribute is missing; the data is its type.</summary>
    MissingWellKnownAttribute = 3,

    /// <summary>The flags contradict the type; the data is the attribute.</summary>
    AttributeFlagsError = 4,

    /// <summary>The length contradicts the type; the data is the attribute.</summary>
    AttributeLengthError = 5,

    /// <summary>ORIGIN is none of the three; the data is the attribute.</summary>
    InvalidOrigin = 6,

    /// <summary>NEXT_HOP is no address of a host; the data is the attribute.</summary>
    InvalidNextHop = 8,

    /// <summary>An optional attribute's value is wrong; the data is the attribute.</summary>
    OptionalAttributeError = 9,

    /// <summary>A prefix is longer than its family allows or than the message.</summary>
    InvalidNetworkField = 10,

    /// <summary>AS_PATH is syntactically wrong.</summary>
    MalformedAsPath = 11,
}

/// <summary>Subcodes of Finite State Machine Error (RFC 6608 §3): in which state the message was unexpected.</summary>
public enum FsmSubcode : byte
{
    /// <summary>Anything but an OPEN in OpenSent.</summary>
    UnexpectedInOpenSent = 1,

    /// <summary>Anything but a KEEPALIVE in OpenConfirm.</summary>
    UnexpectedInOpenConfirm = 2,

    /// <summary>An OPEN in Established.</summary>
    UnexpectedInEstablished = 3,
}

/// <summary>Subcodes of Cease (RFC 4486 §3).</summary>
public enum CeaseSubcode : byte
{
    /// <summary>More prefixes than the limit.</summary>
    MaximumPrefixesReached = 1,

    /// <summary>The session is shut down; may carry a text (RFC 9003).</summary>
    AdministrativeShutdown = 2,

    /// <summary>The peer was removed from the configuration.</summary>
    PeerDeconfigured = 3,

    /// <summary>The session is restarted; may carry a text (RFC 9003).</summary>
    AdministrativeReset = 4,

    /// <summary>The connection was accepted by TCP but is not wanted.</summary>
    ConnectionRejected = 5,

    /// <summary>The configuration of the session changed.</summary>
    OtherConfigurationChange = 6,

    /// <summary>The other of two connections is kept (RFC 4271 §6.8).</summary>
    ConnectionCollisionResolution = 7,

    /// <summary>The speaker ran out of resources.</summary>
    OutOfResources = 8,
}

/// <summary>The errors that a session ends with, by name, and what <c>node status</c> calls them.</summary>
public static class BgpErrors
{
    /// <summary>Hold Timer Expired.</summary>
    public static BgpError HoldTimerExpired { get; } = new(BgpErrorCode.HoldTimerExpired);

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

    /// <summary>A Cease without a text; <see cref="NotificationCodec.Shutdown"/> makes one with.</summary>
    public static BgpError Cease(CeaseSubcode subcode) => new(BgpErrorCode.Cease, (byte)subcode);

    /// <summary>The error in words, as <c>node status</c> shows it (spec calico-bgp 6.1): <c>Bad peer AS</c>, <c>Hold
    /// timer expired</c>.</summary>
    public static string Describe(BgpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return (error.Code, error.Subcode) switch
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
            (BgpErrorCode.RouteRefresh, 0) => "Invalid ROUTE-REFRESH message",
            (BgpErrorCode.RouteRefresh, 1) => "Invalid ROUTE-REFRESH message length",
            _ => $"Unknown error {(byte)error.Code}.{error.Subcode}",
        };
    }
}
