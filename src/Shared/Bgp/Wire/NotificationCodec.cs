using System.Text;

namespace Agent.Bgp.Wire;

/// <summary>NOTIFICATION messages (RFC 4271 §4.5) and the text that a shutdown may carry (RFC 9003).</summary>
/// <remarks><code>| header (19) | code | subcode | data ... |   the data of a shutdown: | length | UTF-8 text
/// |</code></remarks>
public static class NotificationCodec
{
    /// <summary>The longest text of a shutdown in bytes of UTF-8 (RFC 9003 §2).</summary>
    public const int MaxShutdownText = 255;

    private const int FixedSize = MessageCodec.HeaderSize + 2;

    /// <summary>Writes one whole message and returns its size; data that does not fit into 4096 bytes is cut.</summary>
    public static int Write(Span<byte> destination, BgpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var data = error.Data.AsSpan();
        if (data.Length > MessageCodec.MaxMessageSize - FixedSize)
            data = data[..(MessageCodec.MaxMessageSize - FixedSize)];
        var size = FixedSize + data.Length;
        MessageCodec.WriteHeader(destination, BgpMessageType.Notification, size);
        destination[MessageCodec.HeaderSize] = (byte)error.Code;
        destination[MessageCodec.HeaderSize + 1] = error.Subcode;
        data.CopyTo(destination[FixedSize..]);
        return size;
    }

    /// <summary>Reads the body of a message; codes that the agent does not know are kept as numbers.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, out BgpError? error)
    {
        error = body.Length < 2 ? null : new BgpError((BgpErrorCode)body[0], body[1], [.. body[2..]]);
        return error is not null;
    }

    /// <summary>A Cease that tells the peer's operator why, cut at <see cref="MaxShutdownText"/> bytes on a character's
    /// edge.</summary>
    /// <param name="subcode">Administrative Shutdown or Administrative Reset.</param>
    /// <param name="text">The reason, for people; none leaves the data out.</param>
    public static BgpError Shutdown(CeaseSubcode subcode, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!MayCarryText((byte)subcode))
            throw new ArgumentException($"{subcode} carries no text (RFC 9003 §2)", nameof(subcode));
        if (text.Length == 0) return BgpErrors.Cease(subcode);
        Span<byte> data = stackalloc byte[1 + MaxShutdownText];
        Encoding.UTF8.GetEncoder().Convert(text, data[1..], flush: true, out _, out var used, out _);
        data[0] = (byte)used;
        return new BgpError(BgpErrorCode.Cease, (byte)subcode, [.. data[..(1 + used)]]);
    }

    /// <summary>The text that a received shutdown carries, safe to print; null when there is none or it is not well
    /// formed.</summary>
    public static string? ShutdownText(BgpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.Code != BgpErrorCode.Cease || !MayCarryText(error.Subcode)) return null;
        var data = error.Data.AsSpan();
        if (data.Length < 2 || data[0] == 0 || data[0] > data.Length - 1) return null;
        return PlainText.TryRead(data.Slice(1, data[0]), out var text) ? text : null;
    }

    private static bool MayCarryText(byte subcode) =>
        subcode is (byte)CeaseSubcode.AdministrativeShutdown or (byte)CeaseSubcode.AdministrativeReset;
}
