using System.Text.Json;

namespace Agent.Ipc;

/// <summary>What the agent answers: a closed family, extended like <see cref="IpcRequest"/>.</summary>
public abstract partial record IpcReply
{
    private IpcReply() { }

    /// <summary>The request was carried out and there is nothing to tell.</summary>
    public sealed record Done : IpcReply;

    /// <summary>The pod is wired; the plugin puts this into the shape of the CNI version that it was asked
    /// in.</summary>
    /// <param name="Interfaces">The host side, then the pod side.</param>
    /// <param name="Ips">The pod's addresses.</param>
    /// <param name="Routes">The routes that the pod got.</param>
    public sealed record CniAdded(
        IReadOnlyList<CniInterface> Interfaces, IReadOnlyList<CniIp> Ips, IReadOnlyList<CniRoute> Routes) : IpcReply;

    /// <summary>A CNI request that could not be served.</summary>
    /// <param name="Code">The CNI error code: below 100 those of the CNI specification, 999 the generic
    /// failure.</param>
    /// <param name="Msg">What went wrong, in one line.</param>
    /// <param name="Details">What else helps; empty when there is nothing.</param>
    public sealed record CniFailed(int Code, string Msg, string Details = "") : IpcReply;

    /// <summary>The BGP sessions of this node.</summary>
    /// <param name="BgpRunning">False when this node does not speak BGP; then there are no sessions.</param>
    /// <param name="Ipv4">Sessions over IPv4, in no particular order.</param>
    /// <param name="Ipv6">Sessions over IPv6.</param>
    public sealed record NodeStatus(
        bool BgpRunning, IReadOnlyList<BgpSessionStatus> Ipv4, IReadOnlyList<BgpSessionStatus> Ipv6) : IpcReply;

    /// <summary>Which agent answers.</summary>
    /// <param name="Version">Its version, such as <c>0.1.0</c>.</param>
    /// <param name="Commit">The source revision that it was built from; <c>unknown</c> when the build did not
    /// say.</param>
    /// <param name="Node">The node that it serves.</param>
    public sealed record AgentVersion(string Version, string Commit, string Node) : IpcReply;

    /// <summary>What an actor says of itself.</summary>
    /// <param name="Json">Its immutable record as JSON.</param>
    public sealed record Description(JsonElement Json) : IpcReply;

    /// <summary>The request was not understood or failed in a way that its own replies have no words for.</summary>
    /// <param name="Message">What, where and what to do, for the user's eyes.</param>
    public sealed record Error(string Message) : IpcReply;
}

/// <summary>An interface of a CNI result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mac">Its hardware address; null when it does not matter.</param>
/// <param name="Mtu">Its MTU in bytes (shown from CNI 1.1.0 on); null when not set.</param>
/// <param name="Sandbox">Path of the pod's network namespace; null for the host's side.</param>
public sealed record CniInterface(string Name, string? Mac = null, int? Mtu = null, string? Sandbox = null);

/// <summary>An address of a CNI result.</summary>
/// <param name="Address">The address with its mask: <c>10.48.0.5/32</c>.</param>
/// <param name="Interface">Index into the interfaces of the result; null when unknown.</param>
/// <param name="Gateway">The gateway; null for none, which is usual here.</param>
public sealed record CniIp(string Address, int? Interface = null, string? Gateway = null);

/// <summary>A route of a CNI result.</summary>
/// <param name="Dst">Where to: a prefix.</param>
/// <param name="Gw">The next hop; null for none.</param>
public sealed record CniRoute(string Dst, string? Gw = null);

/// <summary>One row of <c>node status</c>.</summary>
/// <param name="PeerAddress">The peer, with <c>.port.N</c> appended where the port is not 179.</param>
/// <param name="PeerType">Why there is a session.</param>
/// <param name="State">The protocol's state in Calico's words: <c>up</c>, <c>start</c>, <c>wait</c>, <c>feed</c>,
/// <c>stop</c>, <c>down</c>.</param>
/// <param name="Since">When that state was entered.</param>
/// <param name="Text">State of the RFC 4271 machine and, after a space, the last error: <c>Active Socket: Connection
/// refused</c>.</param>
public sealed record BgpSessionStatus(string PeerAddress, BgpPeerType PeerType, string State, DateTimeOffset Since,
    string Text);

/// <summary>Why a session exists; <c>node status</c> lists the rows in this order.</summary>
public enum BgpPeerType
{
    /// <summary>Of the full mesh.</summary>
    NodeToNodeMesh,

    /// <summary>A BGPPeer that every node has.</summary>
    Global,

    /// <summary>A BGPPeer that names or selects nodes.</summary>
    NodeSpecific,

    /// <summary>A pod of the node; <c>node status</c> leaves it out.</summary>
    LocalWorkload,
}
