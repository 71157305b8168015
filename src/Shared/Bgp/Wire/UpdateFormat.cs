using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>How UPDATEs of one family are written towards a peer, as negotiated.</summary>
/// <param name="Family">IPv4 unicast uses the classic fields (RFC 4271), IPv6 the MP attributes (RFC 4760).</param>
/// <param name="AddPath">True when NLRI carry path identifiers (RFC 7911).</param>
/// <param name="FourByteAs">True when AS numbers have four bytes (RFC 6793); else AS_PATH has AS_TRANS and AS4_PATH is
/// added where needed.</param>
/// <param name="ExtendedMessages">True when the peer takes messages of more than 4096 bytes (RFC 8654).</param>
/// <param name="ExtendedNextHop">True when the peer takes IPv4 routes with an IPv6 next hop, in MP_REACH_NLRI (RFC
/// 8950).</param>
public readonly record struct UpdateFormat(
    IpFamily Family, bool AddPath, bool FourByteAs, bool ExtendedMessages = false, bool ExtendedNextHop = false)
{
    /// <summary>The largest message that the peer takes.</summary>
    public int MaxMessageSize =>
        ExtendedMessages ? MessageCodec.MaxExtendedMessageSize : MessageCodec.MaxMessageSize;
}
