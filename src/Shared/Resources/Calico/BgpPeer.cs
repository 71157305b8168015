using System.Globalization;
using System.Text.Json.Serialization;
using Agent.Primitives;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>What becomes of next hops towards a peer, in Calico's words.</summary>
[JsonConverter(typeof(EnumTextConverter<PeerNextHopMode>))]
public enum PeerNextHopMode
{
    /// <summary>eBGP: our own; iBGP: unchanged.</summary>
    Auto,

    /// <summary>Our own, always.</summary>
    Self,

    /// <summary>Unchanged, always.</summary>
    Keep,
}

/// <summary>An explicit peering between nodes and routers, or nodes and nodes (spec calico-bgp 1.2).</summary>
public sealed record BgpPeer : TypedResource
{
    /// <summary>The local end is this node.</summary>
    public string? Node { get; init; }

    /// <summary>The local ends are the nodes that match; neither this nor <see cref="Node"/> makes the peering
    /// global.</summary>
    public string? NodeSelector { get; init; }

    /// <summary>The remote end: <c>ip</c>, <c>ipv4:port</c> or <c>[ipv6]:port</c>.</summary>
    public string? PeerIP { get; init; }

    /// <summary>The remote ends are the nodes that match.</summary>
    public string? PeerSelector { get; init; }

    /// <summary>The remote ends are local pods that match.</summary>
    public string? LocalWorkloadSelector { get; init; }

    /// <summary>The remote AS; 0 where it comes from the nodes.</summary>
    [JsonConverter(typeof(AsNumberConverter))]
    public uint AsNumber { get; init; }

    /// <summary>Our AS on this session; null is the node's.</summary>
    [JsonConverter(typeof(AsNumberConverter))]
    public uint? LocalASNumber { get; init; }

    /// <summary><c>None</c> to let the kernel choose our address; null is <c>UseNodeIP</c>.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>Deprecated: keep the next hop on eBGP sessions.</summary>
    public bool KeepOriginalNextHop { get; init; }

    /// <summary>What becomes of next hops.</summary>
    public PeerNextHopMode? NextHopMode { get; init; }

    /// <summary>The TCP-MD5 password.</summary>
    public BgpPassword? Password { get; init; }

    /// <summary>The restart time that we offer; null is 120 s.</summary>
    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan? MaxRestartTime { get; init; }

    /// <summary>The keepalive interval; null is a third of the hold time.</summary>
    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan? KeepaliveTime { get; init; }

    /// <summary>How often our own AS may stand in a received path.</summary>
    public int? NumAllowedLocalASNumbers { get; init; }

    /// <summary>GTSM: how many hops away the peer may be (RFC 5082); 0 or null is off.</summary>
    public byte? TtlSecurity { get; init; }

    /// <summary>A gateway through which the peer is reached.</summary>
    public string? ReachableBy { get; init; }

    /// <summary>Names of BGPFilters.</summary>
    public ValueList<string> Filters { get; init; }

    /// <summary><c>Manual</c> to leave the other end alone; null is <c>Auto</c>.</summary>
    public string? ReversePeering { get; init; }

    /// <summary>True when the peering concerns every node.</summary>
    [JsonIgnore]
    public bool IsGlobal => string.IsNullOrEmpty(Node) && string.IsNullOrEmpty(NodeSelector);

    /// <summary>Reads a remote end: an address, and the port where one is given, else 0.</summary>
    public static bool TryParsePeerIP(string? text, out IpAddr address, out ushort port)
    {
        (address, port) = (default, 0);
        if (text is null) return false;
        if (!text.StartsWith('[') && IpAddr.TryParse(text, out address)) return true;
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return false;
        var host = text[..colon];
        var bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (bracketed) host = host[1..^1];
        return IpAddr.TryParse(host, out address)
            && address.IsV4 != bracketed
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port != 0;
    }

    /// <summary>Reads a peering.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static BgpPeer From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.BGPPeer, ResourceJson.Default.BgpPeer) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope of this peering.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.BGPPeer, TypedJson.Write(this, ResourceJson.Default.BgpPeer), Status);
}
