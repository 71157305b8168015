using System.Buffers.Binary;

namespace Agent.Bgp.Wire;

/// <summary>One message as it stands in the <see cref="Framer"/>'s buffer, valid until the next
/// <see cref="Framer.Append"/>.</summary>
public readonly ref struct Frame(BgpMessageType type, ReadOnlySpan<byte> body)
{
    /// <summary>The message's type, one that the agent knows.</summary>
    public BgpMessageType Type { get; } = type;

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;
}

/// <summary>Cuts the byte stream of one connection into messages and checks their headers (RFC 4271 §4.1,
/// §6.1).</summary>
/// <remarks>
/// Bytes are appended as the socket gives them and read off as frames. The buffer grows to one read and a message and
/// stays; after an error the stream has lost its meaning and the framer repeats the error.
/// </remarks>
public sealed class Framer
{
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>True once extended messages may come: UPDATE, NOTIFICATION and ROUTE-REFRESH of up to 65,535 bytes (RFC
    /// 8654 §4).</summary>
    public bool TakesExtendedMessages { get; set; }

    /// <summary>How many bytes wait for the rest of their message.</summary>
    public int Pending => _end - _start;

    /// <summary>Adds received bytes; frames read before become invalid.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = Pending + bytes.Length;
        if (_end + bytes.Length > _buffer.Length)
        {
            var target = needed > _buffer.Length ? new byte[Math.Max(needed, MessageCodec.MaxMessageSize)] : _buffer;
            _buffer.AsSpan(_start, Pending).CopyTo(target);
            (_buffer, _end, _start) = (target, Pending, 0);
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Takes the next whole message; false when more bytes are needed, or, with an error, when the header is
    /// wrong.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="error">
    /// Connection Not Synchronized (1,1), Bad Message Length (1,2) with the length, or Bad Message Type (1,3) with the
    /// type.
    /// </param>
    public bool TryRead(out Frame frame, out BgpError? error)
    {
        frame = default;
        error = null;
        var waiting = _buffer.AsSpan(_start, Pending);
        if (waiting.Length < MessageCodec.HeaderSize) return false;
        if (waiting[..16].ContainsAnyExcept((byte)0xff))
        {
            error = BgpErrors.Header(HeaderSubcode.ConnectionNotSynchronized);
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(waiting[16..]);
        var type = (BgpMessageType)waiting[18];
        var longest = TakesExtendedMessages ? MessageCodec.MaxExtendedMessageSize : MessageCodec.MaxMessageSize;
        if (length < MessageCodec.HeaderSize || length > longest)
        {
            error = BgpErrors.Header(HeaderSubcode.BadMessageLength, waiting.Slice(16, 2));
            return false;
        }

        var (least, most) = SizesOf(type, longest);
        if (least == 0)
        {
            error = BgpErrors.Header(HeaderSubcode.BadMessageType, waiting.Slice(18, 1));
            return false;
        }

        if (length < least || length > most)
        {
            error = BgpErrors.Header(HeaderSubcode.BadMessageLength, waiting.Slice(16, 2));
            return false;
        }

        if (waiting.Length < length) return false;
        frame = new Frame(type, waiting[MessageCodec.HeaderSize..length]);
        _start += length;
        if (_start == _end) (_start, _end) = (0, 0);
        return true;
    }

    // RFC 4271 §6.1: the least length of each type; KEEPALIVE has but one. What is wrong with a ROUTE-REFRESH of
    // another length depends on what it says (RFC 7313 §5), so the session judges that.
    private static (int Least, int Most) SizesOf(BgpMessageType type, int longest) => type switch
    {
        BgpMessageType.Open => (29, MessageCodec.MaxMessageSize),
        BgpMessageType.Update => (23, longest),
        BgpMessageType.Notification => (21, longest),
        BgpMessageType.KeepAlive => (MessageCodec.HeaderSize, MessageCodec.HeaderSize),
        BgpMessageType.RouteRefresh => (MessageCodec.HeaderSize, longest),
        _ => (0, 0),
    };
}
