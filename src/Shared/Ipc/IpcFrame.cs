using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ipc;

/// <summary>One frame of the local API: its envelope, and how frames follow each other on the socket.</summary>
/// <remarks>
/// <code>
/// +----------------------+------------------------------------------------------+
/// | length (4 bytes, BE) | {"id":1,"type":"Describe","body":{"path":"/user"}}   |
/// +----------------------+------------------------------------------------------+
/// </code>
/// The length counts the JSON text alone. The reply carries the id of its request. Both ends speak first: the client
/// opens with
/// <c>Hello</c> and its request, the agent with <c>Hello</c> and the reply; a version that differs ends the connection
/// with an
/// <see cref="IpcReply.Error"/>.
/// </remarks>
internal readonly record struct IpcFrame(long Id, string Type, JsonElement Body)
{
    /// <summary>The version of the protocol that this code speaks.</summary>
    internal const int ProtocolVersion = 1;

    /// <summary>The name of <see cref="Hello"/> on the wire.</summary>
    internal const string HelloType = "Hello";

    /// <summary>The longest JSON text of a frame, in bytes.</summary>
    internal const int MaxLength = 8 * 1024 * 1024;

    private const int HeaderLength = 4;

    /// <summary>The bytes of a message's frame.</summary>
    internal static byte[] Encode(long id, object message, JsonTypeInfo format)
    {
        var text = new ArrayBufferWriter<byte>();
        text.Advance(WriteHeader(text.GetSpan(HeaderLength), 0));
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("id"u8, id);
            json.WriteString("type"u8, format.Type.Name);
            json.WritePropertyName("body"u8);
            JsonSerializer.Serialize(json, message, format);
            json.WriteEndObject();
        }

        var frame = text.WrittenSpan.ToArray();
        var length = frame.Length - HeaderLength;
        if (length > MaxLength)
            throw new MalformedFrameException(
                $"a {format.Type.Name} of {length} bytes is over the limit of {MaxLength}");
        WriteHeader(frame, length);
        return frame;
    }

    /// <summary>Reads the next frame; null at the end of the stream between two frames.</summary>
    /// <exception cref="MalformedFrameException">The bytes are no frame; nothing that follows can be
    /// trusted.</exception>
    internal static async Task<IpcFrame?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var header = new byte[HeaderLength];
        var got = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        if (got == 0) return null;
        if (got < HeaderLength)
            throw new MalformedFrameException($"the stream ended {got} bytes into a frame's header");

        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length > MaxLength)
            throw new MalformedFrameException($"a frame of {length} bytes is over the limit of {MaxLength}");

        var text = new byte[length];
        got = await stream.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        if (got < text.Length)
            throw new MalformedFrameException($"the stream ended {got} bytes into a frame of {length}");
        return Decode(text);
    }

    /// <summary>Reads the body as the message that the type names.</summary>
    /// <exception cref="MalformedFrameException">A member is missing or of the wrong type.</exception>
    internal object Message(JsonTypeInfo format)
    {
        try
        {
            return Body.Deserialize(format) ?? throw new MalformedFrameException($"the body of a {Type} is null");
        }
        catch (JsonException error)
        {
            throw new MalformedFrameException($"the body of a {Type} cannot be read: {error.Message}");
        }
    }

    private static IpcFrame Decode(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("id"u8, out var id) && id.ValueKind == JsonValueKind.Number
                    && id.TryGetInt64(out var number)
                && root.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String
                && root.TryGetProperty("body"u8, out var body) && body.ValueKind == JsonValueKind.Object)
            {
                return new IpcFrame(number, type.GetString()!, body.Clone());
            }
        }
        catch (JsonException error)
        {
            throw new MalformedFrameException($"a frame is not JSON: {error.Message}");
        }

        throw new MalformedFrameException("""a frame is not of the form {"id":number,"type":string,"body":object}""");
    }

    private static int WriteHeader(Span<byte> header, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(header, length);
        return HeaderLength;
    }
}

/// <summary>Bytes on the local API that are no frame of it; the connection is closed.</summary>
internal sealed class MalformedFrameException(string message) : Exception(message);
