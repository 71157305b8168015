using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Agent.Runtime.Cluster.Sharding;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The frames between nodes: four bytes of length, big-endian, then that many bytes. A frame of length 0 is a
/// heartbeat; the first frame of a connection is a <see cref="RemoteHello"/>, answered by an empty frame or by the
/// reason of a refusal; every other holds recipient, sender, manifest (each with two bytes of length) and
/// JSON.</summary>
/// <remarks>A message on its way between regions has the manifest <c>$routed</c>, then one byte of hops, the origin and
/// the manifest of the message proper.</remarks>
internal static class RemoteFrame
{
    public const int HeaderLength = 4;

    private const string Routed = "$routed";

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    public static readonly byte[] Heartbeat = new byte[HeaderLength];

    public static byte[] OfText(string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var frame = new byte[HeaderLength + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Writes the body of a message's frame, in place of what the buffer held.</summary>
    /// <exception cref="NotSupportedException">The message, or what it carries, has no manifest.</exception>
    public static void Write(ArrayBufferWriter<byte> to, RemoteMessage message, RemoteSerializer serializer)
    {
        to.ResetWrittenCount();
        WriteText(to, message.Recipient);
        WriteText(to, message.Sender ?? "");
        var content = message.Message;
        if (content is ShardMessages.Routed routed)
        {
            WriteText(to, Routed);
            to.GetSpan(1)[0] = (byte)Math.Min(routed.Hops, byte.MaxValue);
            to.Advance(1);
            WriteText(to, routed.Origin);
            content = routed.Message;
        }

        var (manifest, wire) = serializer.ManifestOf(content);
        WriteText(to, manifest);
        if (_json is { } json) json.Reset(to);
        else _json = json = new Utf8JsonWriter(to);
        serializer.Write(json, wire);
        json.Flush();
    }

    /// <summary>Appends a frame with this body.</summary>
    public static void Append(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(HeaderLength), body.Length);
        to.Advance(HeaderLength);
        to.Write(body);
    }

    /// <exception cref="InvalidDataException">The frame is not of that form.</exception>
    public static RemoteMessage Read(ReadOnlySpan<byte> body, RemoteSerializer serializer)
    {
        var recipient = ReadText(ref body);
        var sender = ReadText(ref body);
        var manifest = ReadText(ref body);
        if (manifest != Routed)
            return new RemoteMessage(recipient, OrNull(sender), serializer.Read(manifest, body));
        if (body.IsEmpty)
            throw new InvalidDataException("a frame ends before the hops of a routed message");
        var hops = body[0];
        body = body[1..];
        var origin = ReadText(ref body);
        var content = serializer.Read(ReadText(ref body), body);
        return new RemoteMessage(recipient, OrNull(sender), new ShardMessages.Routed(content, hops, origin));
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

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
