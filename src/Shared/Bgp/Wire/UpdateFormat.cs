using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>How UPDATEs of one family are written towards a peer, as negotiated.</summary>
/// <param name="Family">IPv4 unicast uses the classic fields (RFC 4271), IPv6 the MP attributes (RFC 4760).</param>
/// <param name="AddPath">True when NLRI carry path identifiers (RFC 7911).</param>
/// <param name="FourByteAs">True when AS numbers have four bytes (RFC 6793); else AS_PATH has AS_TRANS and AS4_PATH is
/// added where needed.</param>
public readonly record struct UpdateFormat(IpFamily Family, bool AddPath, bool FourByteAs);
