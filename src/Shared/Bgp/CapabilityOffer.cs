namespace Agent.Bgp;

/// <summary>What a peer may do with several paths of one prefix (RFC 7911 §4); the values are those of the
/// capability.</summary>
[Flags]
public enum AddPathMode : byte
{
    /// <summary>One path each way.</summary>
    None = 0,

    /// <summary>The speaker takes several paths.</summary>
    Receive = 1,

    /// <summary>The speaker tells several paths.</summary>
    Send = 2,

    /// <summary>Both.</summary>
    Both = Receive | Send,
}

/// <summary>What a speaker is to its neighbour (RFC 9234 §4.1); the values are those of the capability.</summary>
public enum BgpRole : byte
{
    /// <summary>Sells transit to the neighbour.</summary>
    Provider = 0,

    /// <summary>A route server, whose client the neighbour is.</summary>
    RouteServer = 1,

    /// <summary>A client of the neighbour, which is a route server.</summary>
    RouteServerClient = 2,

    /// <summary>Buys transit of the neighbour.</summary>
    Customer = 3,

    /// <summary>Exchanges its own and its customers' routes with the neighbour.</summary>
    Peer = 4,
}

/// <summary>Which capabilities a session offers (RFC 5492). Compared by value.</summary>
/// <remarks>
/// The default is Calico's list (spec calico-bgp 7.1). What is not offered is not used either: a peer's offer alone
/// changes nothing. Graceful restart is offered where <see cref="SessionSettings.RestartTime"/> is not zero.
/// </remarks>
public sealed record CapabilityOffer
{
    /// <summary>The families of the session (RFC 4760). Without it only IPv4 can be carried.</summary>
    public bool MultiProtocol { get; init; } = true;

    /// <summary>Route refresh (RFC 2918).</summary>
    public bool RouteRefresh { get; init; } = true;

    /// <summary>Enhanced route refresh (RFC 7313): a refresh is marked at its begin and end.</summary>
    public bool EnhancedRouteRefresh { get; init; } = true;

    /// <summary>AS numbers of four bytes (RFC 6793).</summary>
    public bool FourOctetAs { get; init; } = true;

    /// <summary>Several paths of a prefix, for each family of the session (RFC 7911).</summary>
    public AddPathMode AddPath { get; init; } = AddPathMode.Both;

    /// <summary>Graceful restart also after a NOTIFICATION and an expired hold timer (RFC 8538): the N bit.</summary>
    public bool RestartAfterNotification { get; init; }

    /// <summary>Long-lived graceful restart (RFC 9494): the peer's stale routes may be kept as long as it asks for, and
    /// such routes are told to it.</summary>
    public bool LongLivedRestart { get; init; } = true;

    /// <summary>How long the peer is asked to keep our stale routes beyond the restart time (RFC 9494); whole seconds
    /// below 2^24. Zero asks for nothing: we only help.</summary>
    public TimeSpan LongLivedStaleTime { get; init; }

    /// <summary>Messages of up to 65,535 bytes (RFC 8654).</summary>
    public bool ExtendedMessages { get; init; }

    /// <summary>IPv4 routes with an IPv6 next hop (RFC 8950).</summary>
    public bool ExtendedNextHop { get; init; }

    /// <summary>Our name for people (draft-walton-bgp-hostname-capability), at most 64 bytes of UTF-8; null is not
    /// told.</summary>
    public string? HostName { get; init; }

    /// <summary>The domain of <see cref="HostName"/>; empty for none.</summary>
    public string DomainName { get; init; } = "";

    /// <summary>What we are to the peer (RFC 9234); only towards another AS. Null does not use roles.</summary>
    public BgpRole? Role { get; init; }

    /// <summary>Refuses a peer that tells no role (RFC 9234 §4.2, strict mode); nothing without
    /// <see cref="Role"/>.</summary>
    public bool RequiresRole { get; init; }
}
