using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>What kind of peer <c>node status</c> shows (spec calico-bgp 2.3, 6.1).</summary>
public enum PeerType
{
    /// <summary>A member of the node-to-node mesh; the session is named <c>Mesh_10_0_0_1</c>.</summary>
    Mesh,

    /// <summary>A BGPPeer without node or nodeSelector; <c>Global_10_0_0_1</c>.</summary>
    Global,

    /// <summary>A BGPPeer for this node, or the reverse of one; <c>Node_10_0_0_1</c>.</summary>
    Node,

    /// <summary>A pod on this node (spec calico-bgp 2.8), which <c>node status</c> leaves out;
    /// <c>Local_Workload_10_0_0_1</c>.</summary>
    Workload,
}

/// <summary>What the next hop of a route becomes towards a peer (spec calico-bgp 1.2, 3.4, 3.5).</summary>
public enum NextHopMode
{
    /// <summary>eBGP: our own address; iBGP: unchanged.</summary>
    Auto,

    /// <summary>Our own address, always.</summary>
    Self,

    /// <summary>Unchanged, always.</summary>
    Keep,
}

/// <summary>One desired peer, complete: the planner writes it, the peer actor and the RIB act on it. Compared by
/// value.</summary>
/// <remarks>
/// A change of <see cref="Session"/> resets the session, since what was negotiated or the transport changes; a change
/// of <see cref="Policy"/> only re-evaluates routes.
/// </remarks>
public sealed record PeerSpec
{
    /// <summary>The session's name, the key of the peer: <c>Mesh_10_0_0_1</c>,
    /// <c>Node_10_0_0_1_port_1179</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What <c>node status</c> calls the peer.</summary>
    public required PeerType Type { get; init; }

    /// <summary>What the session negotiates and the transport uses.</summary>
    public required SessionSettings Session { get; init; }

    /// <summary>How routes from and to the peer are treated.</summary>
    public PeerPolicy Policy { get; init; } = new();
}

/// <summary>What a session negotiates and how it is carried: a change resets it.</summary>
public sealed record SessionSettings
{
    /// <summary>Our AS towards this peer (RFC 4271 My Autonomous System; spec calico-bgp 2.1).</summary>
    public required uint LocalAs { get; init; }

    /// <summary>Our BGP Identifier; not 0.</summary>
    public required uint RouterId { get; init; }

    /// <summary>The peer's AS; the OPEN must carry it.</summary>
    public required uint PeerAs { get; init; }

    /// <summary>The peer's address; incoming connections are matched by it alone.</summary>
    public required IpAddr PeerAddress { get; init; }

    /// <summary>Where to dial.</summary>
    public ushort PeerPort { get; init; } = 179;

    /// <summary>Our end of the TCP connection, and NEXT_HOP of our routes; null lets the kernel choose (sourceAddress
    /// None).</summary>
    public IpAddr? LocalAddress { get; init; }

    /// <summary>NEXT_HOP of our routes of the family that the TCP connection is not of, where the session carries both;
    /// null see <see cref="Session.SessionTerms.NextHopOf"/>.</summary>
    public IpAddr? OtherNextHop { get; init; }

    /// <summary>True to wait for the peer's connection and never dial.</summary>
    public bool Passive { get; init; }

    /// <summary>The hold time that we offer: 0, or at least 3 s (RFC 4271 §4.2).</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>The keepalive interval; null is a third of the negotiated hold time.</summary>
    public TimeSpan? KeepaliveTime { get; init; }

    /// <summary>How long the peer keeps our routes while we restart (RFC 4724); whole seconds, at most 4095. Zero
    /// offers no graceful restart.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The families that the session carries.</summary>
    public ImmutableArray<IpFamily> Families { get; init; } = [IpFamily.V4];

    /// <summary>The capabilities offered.</summary>
    public CapabilityOffer Offer { get; init; } = new();

    /// <summary>How long nothing of what we send may leave before the peer is taken for dead (RFC 9687); null is twice
    /// the negotiated hold time, at least 8 minutes, and zero is for ever.</summary>
    public TimeSpan? SendHoldTime { get; init; }

    /// <summary>How many bytes of routes may be on their way to a peer that reads slowly; what comes beyond waits in
    /// the table. At least 1.</summary>
    public int OutputQueueLimit { get; init; } = 8 * 1024 * 1024;

    /// <summary>GTSM: the number of hops the peer may be away (RFC 5082); null is off.</summary>
    public byte? TtlSecurity { get; init; }

    /// <summary>Names the secret of the TCP MD5 password (<c>namespace/name/key</c>); null is none. The password itself
    /// never stands in a specification.</summary>
    public string? PasswordRef { get; init; }

    /// <summary>What we are to the peer (RFC 9234); null inside an AS, where roles mean nothing.</summary>
    public BgpRole? Role => IsInternal ? null : Offer.Role;

    /// <summary>True when both ends are in one AS.</summary>
    public bool IsInternal => LocalAs == PeerAs;

    /// <inheritdoc/>
    public bool Equals(SessionSettings? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && (LocalAs, RouterId, PeerAs, PeerAddress, PeerPort, LocalAddress)
            == (other.LocalAs, other.RouterId, other.PeerAs, other.PeerAddress, other.PeerPort, other.LocalAddress)
            && (Passive, HoldTime, KeepaliveTime, RestartTime, TtlSecurity, PasswordRef) == (other.Passive,
                other.HoldTime, other.KeepaliveTime, other.RestartTime, other.TtlSecurity, other.PasswordRef)
            && (SendHoldTime, OutputQueueLimit) == (other.SendHoldTime, other.OutputQueueLimit)
            && Offer == other.Offer && OtherNextHop == other.OtherNextHop
            && Families.AsSpan().SequenceEqual(other.Families.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => PeerAddress.GetHashCode() ^ (int)PeerAs;
}

/// <summary>How routes from and to a peer are treated: a change re-evaluates them and leaves the session
/// alone.</summary>
public sealed record PeerPolicy
{
    /// <summary>What becomes of next hops.</summary>
    public NextHopMode NextHopMode { get; init; }

    /// <summary>The cluster id under which the peer is our route reflector client (RFC 4456; spec calico-bgp 2.7); null
    /// when it is none.</summary>
    public uint? ClientClusterId { get; init; }

    /// <summary>How many prefixes the peer may announce in each family; null is any number.</summary>
    public PrefixLimit? PrefixLimit { get; init; }

    /// <summary>Routes of an external peer with GRACEFUL_SHUTDOWN get LOCAL_PREF 0, so that any other is taken before
    /// the peer goes (RFC 8326 §4.1).</summary>
    public bool HonoursGracefulShutdown { get; init; }

    /// <summary>Routes with BLACKHOLE drop packets here and stay in the AS (RFC 7999 §3). For peers whose filters let
    /// them announce their own prefixes alone.</summary>
    public bool HonoursBlackhole { get; init; }

    /// <summary>How long after one advertisement the next may come (RFC 4271 §9.2.1.1); zero is at once.</summary>
    public TimeSpan AdvertisementInterval { get; init; }

    /// <summary>How often our own AS may stand in a received AS_PATH; 0 is never.</summary>
    public int AllowedLocalAs { get; init; }

    /// <summary>The peer's filters, in order; the mesh has none (spec calico-bgp 1.3).</summary>
    public FilterList Filters { get; init; } = FilterList.None;
}

/// <summary>How many prefixes of one family a peer may announce (RFC 4271 §6.7, RFC 4486).</summary>
/// <param name="Most">One more than these ends the session; at least 1.</param>
/// <param name="WarningPercent">From this part of <paramref name="Most"/> on a warning is logged, 1 to 100.</param>
/// <param name="RestartAfter">How long the session then rests; null until an operator resets it.</param>
public sealed record PrefixLimit(int Most, int WarningPercent = 75, TimeSpan? RestartAfter = null);
