namespace Agent.Ipc;

/// <content>What <c>agentctl bgp</c> asks.</content>
public abstract partial record IpcRequest
{
    /// <summary>The BGP peers of this node in full. Answered by <see cref="IpcReply.BgpPeers"/>.</summary>
    /// <param name="Peer">Only this one: its session's name or its address; null for all.</param>
    public sealed record BgpPeersRequest(string? Peer = null) : IpcRequest;

    /// <summary>A page of a routing table. Answered by <see cref="IpcReply.BgpRoutes"/>.</summary>
    /// <param name="Table">Which table.</param>
    /// <param name="Peer">Whose Adj-RIB: a session's name or an address; null for the Loc-RIB.</param>
    /// <param name="Prefix">Only this prefix, or as <paramref name="Match"/> says; null for everything.</param>
    /// <param name="Match">What <paramref name="Prefix"/> selects.</param>
    /// <param name="After">Only what comes behind this prefix: <see cref="IpcReply.BgpRoutes.Next"/> of the page
    /// before.</param>
    /// <param name="Most">At most so many prefixes; the agent may give fewer.</param>
    public sealed record BgpRoutesRequest(
        BgpTable Table, string? Peer = null, string? Prefix = null, BgpMatch Match = BgpMatch.Exact,
        string? After = null, int Most = 1000) : IpcRequest;

    /// <summary>Why a prefix is routed, programmed and announced as it is. Answered by
    /// <see cref="IpcReply.BgpExplained"/>.</summary>
    /// <param name="Prefix">The prefix, or an address, which stands for the route that packets for it take.</param>
    public sealed record BgpExplain(string Prefix) : IpcRequest;

    /// <summary>End sessions with Cease / Administrative Reset and begin them anew. Answered by
    /// <see cref="IpcReply.BgpDone"/>.</summary>
    /// <param name="Peer">The session's name or the peer's address; null for all.</param>
    /// <param name="Text">What to tell the peers' operators, at most 255 bytes (RFC 9003); empty for nothing.</param>
    public sealed record BgpClear(string? Peer = null, string Text = "") : IpcRequest;

    /// <summary>Exchange routes again without ending the session. Answered by <see cref="IpcReply.BgpDone"/>.</summary>
    /// <param name="In">Ask the peer for its routes (RFC 2918).</param>
    /// <param name="Out">Tell the peer ours again.</param>
    /// <param name="Peer">The session's name or the peer's address; null for all.</param>
    public sealed record BgpRefresh(bool In, bool Out, string? Peer = null) : IpcRequest;

    /// <summary>Write all that happens to a session to a file, or stop doing so. Answered by
    /// <see cref="IpcReply.BgpRecording"/>.</summary>
    /// <param name="Peer">The session's name or the peer's address.</param>
    /// <param name="On">True begins, and resets the session, so that the recording holds it from its first input on;
    /// false ends the recording and leaves the session alone.</param>
    public sealed record BgpRecord(string Peer, bool On) : IpcRequest;
}

/// <content>What <c>agentctl bgp</c> is answered.</content>
public abstract partial record IpcReply
{
    /// <summary>The BGP speaker and its peers.</summary>
    /// <param name="Node">The node.</param>
    /// <param name="Prefixes">How many prefixes are known.</param>
    /// <param name="Paths">How many paths lead to them, stale and refused ones included.</param>
    /// <param name="Peers">The peers, by type, then by address.</param>
    public sealed record BgpPeers(string Node, int Prefixes, int Paths, IReadOnlyList<BgpPeer> Peers) : IpcReply;

    /// <summary>A page of routes, in order.</summary>
    /// <param name="Routes">The routes.</param>
    /// <param name="Next">Where the page ends; null when nothing is left.</param>
    public sealed record BgpRoutes(IReadOnlyList<BgpRoute> Routes, string? Next = null) : IpcReply;

    /// <summary>Everything that decided about one prefix.</summary>
    /// <param name="Kernel">Whether it is programmed, and if not, why.</param>
    /// <param name="Exports">For each peer that is up, whether it is told, and why.</param>
    /// <param name="Route">Its paths, the best first; null when nothing is known about it.</param>
    public sealed record BgpExplained(
        string Kernel, IReadOnlyList<BgpExport> Exports, BgpRoute? Route = null) : IpcReply;

    /// <summary>What became of <c>clear</c> or <c>refresh</c>.</summary>
    /// <param name="Peers">The sessions for which it was done.</param>
    /// <param name="Refusals">The others, each with the reason.</param>
    public sealed record BgpDone(IReadOnlyList<string> Peers, IReadOnlyList<BgpRefusal> Refusals) : IpcReply;

    /// <summary>A session's recording was begun, or ended.</summary>
    /// <param name="Peer">The session.</param>
    /// <param name="Path">The file, on the agent's host.</param>
    /// <param name="On">True when it was begun.</param>
    public sealed record BgpRecording(string Peer, string Path, bool On) : IpcReply;
}

/// <summary>A routing table of RFC 4271 §3.2.</summary>
public enum BgpTable
{
    /// <summary>All paths of all prefixes, with what was selected.</summary>
    LocRib,

    /// <summary>What a peer has announced.</summary>
    AdjRibIn,

    /// <summary>What a peer has been told.</summary>
    AdjRibOut,
}

/// <summary>What a prefix in a question selects.</summary>
public enum BgpMatch
{
    /// <summary>The prefix itself.</summary>
    Exact,

    /// <summary>The prefix and all inside it.</summary>
    Longer,

    /// <summary>The longest prefix that contains the address: of the Loc-RIB the longest with a usable path.</summary>
    Longest,
}

/// <summary>A peer and its session.</summary>
/// <param name="Name">The session's name: <c>Mesh_10_0_0_2</c>.</param>
/// <param name="Address">The peer's address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Type">Why there is a session.</param>
/// <param name="PeerAs">Its AS.</param>
/// <param name="LocalAs">Our AS towards it.</param>
/// <param name="RouterId">Our BGP Identifier.</param>
/// <param name="State">The state of the RFC 4271 machine.</param>
/// <param name="Since">Since when the session is up, or is not.</param>
public sealed record BgpPeer(
    string Name, string Address, int Port, BgpPeerType Type, long PeerAs, long LocalAs, string RouterId, string State,
    DateTimeOffset Since)
{
    /// <summary>Why the session is not established; null for no error.</summary>
    public string? LastError { get; init; }

    /// <summary>Waits for the peer's connection and never dials.</summary>
    public bool Passive { get; init; }

    /// <summary>Whether the session is protected by TCP MD5.</summary>
    public bool Password { get; init; }

    /// <summary>How many hops away the peer may be (GTSM, RFC 5082); null for any number.</summary>
    public int? TtlSecurity { get; init; }

    /// <summary>How many prefixes it may announce; null for any number.</summary>
    public BgpPrefixLimit? PrefixLimit { get; init; }

    /// <summary>How long after one advertisement the next may come (MinRouteAdvertisementInterval); 0 is at
    /// once.</summary>
    public double AdvertisementSeconds { get; init; }

    /// <summary>The cluster id under which the peer is our route reflector client (RFC 4456).</summary>
    public string? ReflectorClientOf { get; init; }

    /// <summary>What becomes of next hops towards it: Auto, Self or Keep.</summary>
    public string NextHopMode { get; init; } = "Auto";

    /// <summary>The names of its BGPFilters, in order.</summary>
    public IReadOnlyList<string>? Filters { get; init; }

    /// <summary>What was negotiated; null unless established.</summary>
    public BgpNegotiated? Negotiated { get; init; }

    /// <summary>The file that the session is being recorded to; null when it is not.</summary>
    public string? Recording { get; init; }

    /// <summary>The TCP connections, at most two.</summary>
    public IReadOnlyList<string> Connections { get; init; } = [];

    /// <summary>Its routes.</summary>
    public BgpRouteCounts Routes { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Bytes received since the session's actor was started.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Bytes sent since then.</summary>
    public long SentBytes { get; init; }

    /// <summary>Bytes that wait for the peer to read.</summary>
    public long QueuedBytes { get; init; }

    /// <summary>More waits than may: the RIB holds back until the peer has read.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>What is counted of the session, by name; the names ending in <c>In</c> and <c>Out</c> belong
    /// together.</summary>
    public IReadOnlyDictionary<string, long>? Counters { get; init; }
}

/// <summary>How many prefixes of a family a peer may announce.</summary>
/// <param name="Most">One more ends the session.</param>
/// <param name="WarningPercent">From this part of them on the log warns.</param>
/// <param name="RestSeconds">How long the session then rests; null until <c>bgp clear</c>.</param>
public sealed record BgpPrefixLimit(int Most, int WarningPercent, double? RestSeconds = null);

/// <summary>What the two OPENs agreed on.</summary>
/// <param name="PeerRouterId">The peer's BGP Identifier.</param>
/// <param name="LocalAddress">Our end of the connection.</param>
/// <param name="HoldSeconds">The hold time; 0 is none.</param>
/// <param name="KeepaliveSeconds">How often we send KEEPALIVE; 0 is never.</param>
/// <param name="Capabilities">In words, such as <c>4-byte AS (RFC 6793)</c>.</param>
public sealed record BgpNegotiated(
    string PeerRouterId, string LocalAddress, double HoldSeconds, double KeepaliveSeconds,
    IReadOnlyList<string> Capabilities);

/// <summary>How many routes a peer gave and was told.</summary>
/// <param name="Received">In its Adj-RIB-In, stale and refused ones included.</param>
/// <param name="Accepted">Those of them that the checks on import let pass.</param>
/// <param name="Best">Those that were selected.</param>
/// <param name="Stale">Those kept from before its restart.</param>
/// <param name="Advertised">In its Adj-RIB-Out.</param>
public sealed record BgpRouteCounts(int Received, int Accepted, int Best, int Stale, int Advertised);

/// <summary>A prefix with paths.</summary>
/// <param name="Prefix">The destination.</param>
/// <param name="Paths">The paths, the best first.</param>
/// <param name="Kernel">What the kernel is to have, as <c>ip route</c> says it; null where that is not asked.</param>
public sealed record BgpRoute(string Prefix, IReadOnlyList<BgpPath> Paths, string? Kernel = null);

/// <summary>One path of a prefix.</summary>
public sealed record BgpPath
{
    /// <summary>The session that announced it; null for a route that originates here, and for one that is
    /// told.</summary>
    public string? Peer { get; init; }

    /// <summary>The path identifier of ADD-PATH; 0 without.</summary>
    public long PathId { get; init; }

    /// <summary>What originates here: Block, Service or Workload; null for a learned path.</summary>
    public string? Local { get; init; }

    /// <summary>It is the selected one.</summary>
    public bool Best { get; init; }

    /// <summary>It shares traffic with the selected one.</summary>
    public bool Multipath { get; init; }

    /// <summary>Kept from before the peer's restart.</summary>
    public bool Stale { get; init; }

    /// <summary>The attributes as the peer sent them; for a path that is told, as the peer is sent them.</summary>
    public BgpAttributes? Attributes { get; init; }

    /// <summary>The attributes that count here, where the policy on import changed them; null where it did
    /// not.</summary>
    public BgpAttributes? Effective { get; init; }

    /// <summary>Where packets for its next hop go; null when that cannot be resolved.</summary>
    public string? ResolvedTo { get; init; }

    /// <summary>The check on import, in one word: Accepted, AsLoop, ...</summary>
    public string? Import { get; init; }

    /// <summary>Best, or the step of the decision at which it lost, in one word.</summary>
    public string? Reason { get; init; }

    /// <summary>The same in a sentence.</summary>
    public string? Why { get; init; }
}

/// <summary>The attributes of a path, in the forms in which operators write them.</summary>
/// <param name="Origin">IGP, EGP or incomplete.</param>
/// <param name="AsPath">Empty inside our AS.</param>
/// <param name="NextHop">The next hop.</param>
public sealed record BgpAttributes(string Origin, string AsPath, string NextHop)
{
    /// <summary>MULTI_EXIT_DISC.</summary>
    public long? Med { get; init; }

    /// <summary>LOCAL_PREF.</summary>
    public long? LocalPref { get; init; }

    /// <summary>ATOMIC_AGGREGATE.</summary>
    public bool? AtomicAggregate { get; init; }

    /// <summary>AGGREGATOR.</summary>
    public string? Aggregator { get; init; }

    /// <summary>COMMUNITIES.</summary>
    public IReadOnlyList<string>? Communities { get; init; }

    /// <summary>EXTENDED COMMUNITIES (RFC 4360), then those with an IPv6 address (RFC 5701): <c>RT:64512:100</c>; of
    /// kinds that have no name, the bytes.</summary>
    public IReadOnlyList<string>? ExtendedCommunities { get; init; }

    /// <summary>LARGE_COMMUNITY (RFC 8092).</summary>
    public IReadOnlyList<string>? LargeCommunities { get; init; }

    /// <summary>OTC (RFC 9234).</summary>
    public long? OnlyToCustomer { get; init; }

    /// <summary>ORIGINATOR_ID (RFC 4456).</summary>
    public string? OriginatorId { get; init; }

    /// <summary>CLUSTER_LIST (RFC 4456).</summary>
    public IReadOnlyList<string>? ClusterList { get; init; }

    /// <summary>Attributes that the agent does not know, each as <c>type 99 flags c0 0102</c>.</summary>
    public IReadOnlyList<string>? Unknown { get; init; }
}

/// <summary>Why a route is, or is not, told to a peer.</summary>
/// <param name="Peer">The session.</param>
/// <param name="Exported">Whether it is told.</param>
/// <param name="Verdict">The rule, in one word.</param>
/// <param name="Why">The rule in a sentence.</param>
public sealed record BgpExport(string Peer, bool Exported, string Verdict, string Why);

/// <summary>A session for which nothing was done.</summary>
/// <param name="Peer">The session.</param>
/// <param name="Reason">Why.</param>
public sealed record BgpRefusal(string Peer, string Reason);
