using System.Buffers.Binary;
using System.Globalization;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>Bytes of a connection in words, one line per message, for readers of a recording: whatever the bytes are,
/// there are words for them.</summary>
/// <remarks>It reads by itself and not with the codecs, so that it explains what they refuse, too; UPDATEs are
/// <see cref="UpdateText"/>'s.</remarks>
public static class MessageText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The messages in these bytes; one that is cut off, or no message at all, says so.</summary>
    public static IReadOnlyList<string> Describe(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<string>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < MessageCodec.HeaderSize)
            {
                lines.Add(string.Create(Culture, $"{bytes.Length} bytes, less than a header"));
                break;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[16..]);
            if (bytes[..16].ContainsAnyExcept((byte)0xff) || length < MessageCodec.HeaderSize)
            {
                lines.Add(string.Create(Culture, $"{bytes.Length} bytes that are no message"));
                break;
            }

            if (length > bytes.Length)
            {
                lines.Add(string.Create(Culture, $"the first {bytes.Length} bytes of {length}: {Name(bytes[18])}"));
                break;
            }

            lines.Add(Describe(bytes[18], bytes[MessageCodec.HeaderSize..length]));
            bytes = bytes[length..];
        }

        return lines;
    }

    private static string Name(byte type) => (BgpMessageType)type switch
    {
        BgpMessageType.Open => "OPEN",
        BgpMessageType.Update => "UPDATE",
        BgpMessageType.Notification => "NOTIFICATION",
        BgpMessageType.KeepAlive => "KEEPALIVE",
        BgpMessageType.RouteRefresh => "ROUTE-REFRESH",
        _ => string.Create(Culture, $"message type {type}"),
    };

    private static string Describe(byte type, ReadOnlySpan<byte> body)
    {
        var text = (BgpMessageType)type switch
        {
            BgpMessageType.Open when body.Length >= 10 => Open(body),
            BgpMessageType.Update => UpdateText.Describe(body),
            BgpMessageType.Notification when body.Length >= 2 => Notification(body),
            BgpMessageType.RouteRefresh when body.Length >= 4 => string.Create(
                Culture, $"AFI {BinaryPrimitives.ReadUInt16BigEndian(body)} SAFI {body[3]} subtype {body[2]}"),
            _ => body.IsEmpty ? "" : Convert.ToHexStringLower(body),
        };
        return text.Length == 0 ? Name(type) : $"{Name(type)} {text}";
    }

    private static string Notification(ReadOnlySpan<byte> body)
    {
        var error = new BgpError((BgpErrorCode)body[0], body[1], [.. body[2..]]);
        var data = body.Length > 2 ? $", data {Convert.ToHexStringLower(body[2..])}" : "";
        return string.Create(Culture, $"{body[0]}/{body[1]} {BgpErrors.Describe(error)}{data}");
    }

    private static string Open(ReadOnlySpan<byte> body)
    {
        var asn = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
        var hold = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
        var words = new List<string>
        {
            string.Create(Culture, $"version {body[0]}, AS {asn}, hold {hold} s"),
            $"id {IpAddr.FromBytes(body.Slice(5, 4))}",
        };
        var rest = body[10..];
        var isLong = rest.Length > 3 && rest[0] == 255;
        if (isLong) rest = rest[3..];
        while (!rest.IsEmpty)
        {
            var sizeOfLength = isLong ? 2 : 1;
            if (rest.Length < 1 + sizeOfLength) break;
            var length = isLong ? BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) : rest[1];
            if (rest.Length < 1 + sizeOfLength + length) break;
            var value = rest.Slice(1 + sizeOfLength, length);
            if (rest[0] == 2) Capabilities(value, words);
            else words.Add(string.Create(Culture, $"parameter {rest[0]} {Convert.ToHexStringLower(value)}"));
            rest = rest[(1 + sizeOfLength + length)..];
        }

        if (!rest.IsEmpty) words.Add("cut off: " + Convert.ToHexStringLower(rest));
        return string.Join(", ", words);
    }

    private static void Capabilities(ReadOnlySpan<byte> rest, List<string> words)
    {
        while (rest.Length >= 2 && rest.Length >= 2 + rest[1])
        {
            words.Add(Capability(rest[0], rest.Slice(2, rest[1])));
            rest = rest[(2 + rest[1])..];
        }

        if (!rest.IsEmpty) words.Add("cut off: " + Convert.ToHexStringLower(rest));
    }

    private static string Capability(byte code, ReadOnlySpan<byte> value)
    {
        var name = code switch
        {
            1 => "multiprotocol",
            2 => "route refresh",
            5 => "extended next hop",
            6 => "extended message",
            9 => "role",
            64 => "graceful restart",
            65 => "four-octet AS",
            69 => "ADD-PATH",
            70 => "enhanced route refresh",
            71 => "long-lived graceful restart",
            73 => "FQDN",
            _ => string.Create(Culture, $"capability {code}"),
        };
        return (code, value.Length) switch
        {
            (_, 0) => name,
            (1, 4) => string.Create(
                Culture, $"{name} AFI {BinaryPrimitives.ReadUInt16BigEndian(value)} SAFI {value[3]}"),
            (65, 4) => string.Create(Culture, $"{name} {BinaryPrimitives.ReadUInt32BigEndian(value)}"),
            _ => $"{name} {Convert.ToHexStringLower(value)}",
        };
    }
}
