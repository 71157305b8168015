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

    /// <summary>The two roles do not fit each other, or the peer tells none (RFC 9234 §5).</summary>
    RoleMismatch = 11,
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

    /// <summary>No graceful restart is wanted; the data is another code, subcode and data (RFC 8538 §3).</summary>
    HardReset = 9,

    /// <summary>BFD saw the path fail (RFC 9384).</summary>
    BfdDown = 10,
}

/// <summary>Subcodes of ROUTE-REFRESH Message Error (RFC 7313 §5).</summary>
public enum RefreshSubcode : byte
{
    /// <summary>The message has not four bytes of content; the data is the message.</summary>
    InvalidMessageLength = 1,
}
