using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The frames between nodes: four bytes of length, big-endian, then that many bytes. A frame of length 0 is a
/// heartbeat; the first frame of a connection is a <see cref="RemoteHello"/>, answered by an empty frame or by the
/// reason of a refusal; every other holds recipient, sender, manifest (each with two bytes of length) and
/// JSON.</summary>
internal static class RemoteFrame
{
    public const int HeaderLength = 4;

    public static readonly byte[] Heartbeat = new byte[HeaderLength];

    public static byte[] OfText(string text) => Framed(Encoding.UTF8.GetBytes(text));

    public static byte[] Write(RemoteMessage message, RemoteSerializer serializer)
    {
        var (manifest, json) = serializer.Write(message.Message);
        var body = new ArrayBufferWriter<byte>(json.Length + 256);
        WriteText(body, message.Recipient);
        WriteText(body, message.Sender ?? "");
        WriteText(body, manifest);
        body.Write(json);
        return Framed(body.WrittenSpan);
    }

    /// <exception cref="InvalidDataException">The frame is not of that form.</exception>
    public static RemoteMessage Read(ReadOnlySpan<byte> body, RemoteSerializer serializer)
    {
        var recipient = ReadText(ref body);
        var sender = ReadText(ref body);
        var manifest = ReadText(ref body);
        return new RemoteMessage(recipient, sender.Length == 0 ? null : sender, serializer.Read(manifest, body));
    }

    /// <summary>Reads one frame's body; null at the end of the stream between two frames.</summary>
    /// <exception cref="InvalidDataException">The frame is longer than allowed.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, int maxLength, CancellationToken cancellation)
    {
        var header = new byte[HeaderLength];
        var first = await stream.ReadAsync(header.AsMemory(0, 1), cancellation).ConfigureAwait(false);
        if (first == 0)
            return null;
        await stream.ReadExactlyAsync(header.AsMemory(1), cancellation).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length > maxLength)
            throw new InvalidDataException($"a frame of {length} bytes is longer than the {maxLength} allowed");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellation).ConfigureAwait(false);
        return body;
    }

    private static byte[] Framed(ReadOnlySpan<byte> body)
    {
        var frame = new byte[HeaderLength + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    private static void WriteText(ArrayBufferWriter<byte> to, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > ushort.MaxValue)
            throw new NotSupportedException($"A path or manifest of {length} bytes cannot be sent.");
        BinaryPrimitives.WriteUInt16BigEndian(to.GetSpan(2), (ushort)length);
        to.Advance(2);
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(length)));
    }

    private static string ReadText(ref ReadOnlySpan<byte> body)
    {
        if (body.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(body) is var length && body.Length < 2 + length)
            throw new InvalidDataException("a frame ends within a text");
        var text = Encoding.UTF8.GetString(body.Slice(2, length));
        body = body[(2 + length)..];
        return text;
    }
}
