using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>A ROUTE-REFRESH as received; AFI and SAFI may be ones that the agent does not speak.</summary>
/// <param name="Afi">The address family.</param>
/// <param name="Subtype">0 is a request; 1 and 2 mark begin and end of a refresh (RFC 7313), anything else is to be
/// ignored.</param>
/// <param name="Safi">The subsequent address family.</param>
public readonly record struct RouteRefreshMessage(ushort Afi, byte Subtype, byte Safi)
{
    /// <summary>The family whose routes are requested; null for a family or subtype that the agent does not act
    /// on.</summary>
    public IpFamily? Requested => Subtype == 0 ? MessageCodec.FamilyOf(Afi, Safi) : null;
}

/// <summary>ROUTE-REFRESH messages (RFC 2918 §3, RFC 7313 §3.2).</summary>
/// <remarks><code>| header (19) | AFI (2) | subtype | SAFI |</code></remarks>
public static class RouteRefreshCodec
{
    /// <summary>The size of the message.</summary>
    public const int Size = MessageCodec.HeaderSize + 4;

    /// <summary>Writes a request for a family's unicast routes and returns its size.</summary>
    public static int Write(Span<byte> destination, IpFamily family)
    {
        MessageCodec.WriteHeader(destination, BgpMessageType.RouteRefresh, Size);
        ReadOnlySpan<byte> body = [0, (byte)family, 0, MessageCodec.UnicastSafi];
        body.CopyTo(destination[MessageCodec.HeaderSize..]);
        return Size;
    }

    /// <summary>Reads the body of a message; false when it has not four bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, out RouteRefreshMessage message)
    {
        message = default;
        if (body.Length != 4) return false;
        message = new RouteRefreshMessage((ushort)(body[0] << 8 | body[1]), body[2], body[3]);
        return true;
    }
}
