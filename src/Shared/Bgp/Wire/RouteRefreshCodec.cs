using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>What a ROUTE-REFRESH says (RFC 7313 §3.2).</summary>
public enum RefreshSubtype : byte
{
    /// <summary>Send all routes again (RFC 2918).</summary>
    Request = 0,

    /// <summary>BoRR: all routes follow.</summary>
    Begin = 1,

    /// <summary>EoRR: what was not announced since BoRR is gone.</summary>
    End = 2,
}

/// <summary>A ROUTE-REFRESH as received; AFI and SAFI may be ones that the agent does not speak.</summary>
/// <param name="Afi">The address family.</param>
/// <param name="Subtype">What it says; values without a name are to be ignored.</param>
/// <param name="Safi">The subsequent address family.</param>
public readonly record struct RouteRefreshMessage(ushort Afi, RefreshSubtype Subtype, byte Safi)
{
    /// <summary>The family; null when the agent does not speak it.</summary>
    public IpFamily? Family => MessageCodec.FamilyOf(Afi, Safi);
}

/// <summary>ROUTE-REFRESH messages (RFC 2918 §3, RFC 7313 §3.2).</summary>
/// <remarks><code>| header (19) | AFI (2) | subtype | SAFI |</code></remarks>
public static class RouteRefreshCodec
{
    /// <summary>The size of the message.</summary>
    public const int Size = MessageCodec.HeaderSize + 4;

    /// <summary>Writes a message about a family's unicast routes and returns its size.</summary>
    public static int Write(Span<byte> destination, IpFamily family, RefreshSubtype subtype = RefreshSubtype.Request)
    {
        MessageCodec.WriteHeader(destination, BgpMessageType.RouteRefresh, Size);
        ReadOnlySpan<byte> body = [0, (byte)family, (byte)subtype, MessageCodec.UnicastSafi];
        body.CopyTo(destination[MessageCodec.HeaderSize..]);
        return Size;
    }

    /// <summary>Reads the body of a message; false when it has not four bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, out RouteRefreshMessage message)
    {
        message = default;
        if (body.Length != 4) return false;
        message = new RouteRefreshMessage((ushort)(body[0] << 8 | body[1]), (RefreshSubtype)body[2], body[3]);
        return true;
    }

    /// <summary>What a body of the wrong length earns: with enhanced refresh, when it marks a begin or end, Invalid
    /// Message Length with the message (RFC 7313 §5), else Bad Message Length.</summary>
    internal static BgpError LengthError(ReadOnlySpan<byte> body, bool isEnhanced)
    {
        var length = MessageCodec.HeaderSize + body.Length;
        var isMark = body.Length >= 3 && (RefreshSubtype)body[2] is RefreshSubtype.Begin or RefreshSubtype.End;
        if (!isEnhanced || !isMark)
            return BgpErrors.Header(HeaderSubcode.BadMessageLength, [(byte)(length >> 8), (byte)length]);
        var message = new byte[length];
        MessageCodec.WriteHeader(message, BgpMessageType.RouteRefresh, length);
        body.CopyTo(message.AsSpan(MessageCodec.HeaderSize));
        return BgpErrors.Refresh(RefreshSubcode.InvalidMessageLength, message);
    }
}
