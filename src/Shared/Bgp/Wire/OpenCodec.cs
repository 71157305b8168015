using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>OPEN messages (RFC 4271 §4.2), their capabilities (RFC 5492) and the long form of optional parameters (RFC
/// 9072).</summary>
/// <remarks>
/// <code>
/// | header (19) | version 4 | My AS (2) | hold time (2) | BGP Identifier (4) | length | parameters ... |
/// </code>
/// The codec judges syntax and version; whether AS, identifier, hold time and capabilities suit us is for the session
/// to say. We write all capabilities in one parameter of type 2; received ones may be spread over several.
/// </remarks>
public static class OpenCodec
{
    /// <summary>The AS that stands for one of four bytes where only two fit (RFC 6793 §4.2).</summary>
    public const ushort AsTrans = 23456;

    private const byte Version = 4;
    private const byte CapabilitiesParameter = 2;
    private const byte ExtendedLengthMark = 255;
    private const int ShortParameterHead = 2;
    private const int LongParameterHead = 3;

    /// <summary>Writes one whole message and returns its size.</summary>
    /// <exception cref="ArgumentException">The buffer is too small.</exception>
    public static int Write(Span<byte> destination, OpenMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Span<byte> whole = stackalloc byte[MessageCodec.MaxMessageSize];
        var writer = new SpanWriter(whole);
        writer.Reserve(MessageCodec.HeaderSize);
        writer.WriteByte(Version);
        writer.WriteUInt16(message.Asn < ushort.MaxValue ? (ushort)message.Asn : AsTrans);
        writer.WriteUInt16(message.HoldSeconds);
        writer.WriteUInt32(message.RouterId);
        WriteParameters(ref writer, message.Capabilities);
        MessageCodec.WriteHeader(destination, BgpMessageType.Open, writer.Position);
        writer.Written[MessageCodec.HeaderSize..].CopyTo(destination[MessageCodec.HeaderSize..]);
        return writer.Position;
    }

    // All capabilities in one parameter; RFC 9072 §2: with lengths of two bytes only where one byte does not suffice.
    private static void WriteParameters(ref SpanWriter writer, ImmutableArray<Capability> capabilities)
    {
        Span<byte> whole = stackalloc byte[MessageCodec.MaxMessageSize];
        var value = new SpanWriter(whole);
        if (!capabilities.IsDefault)
            foreach (var capability in capabilities) CapabilityCodec.Write(ref value, capability);
        switch (value.Position)
        {
            case 0:
                writer.WriteByte(0);
                break;
            case <= byte.MaxValue - ShortParameterHead:
                writer.WriteByte((byte)(ShortParameterHead + value.Position));
                writer.WriteByte(CapabilitiesParameter);
                writer.WriteByte((byte)value.Position);
                break;
            default:
                writer.WriteByte(ExtendedLengthMark);
                writer.WriteByte(ExtendedLengthMark);
                writer.WriteUInt16((ushort)(LongParameterHead + value.Position));
                writer.WriteByte(CapabilitiesParameter);
                writer.WriteUInt16((ushort)value.Position);
                break;
        }

        writer.WriteBytes(value.Written);
    }

    /// <summary>Reads the body of a message.</summary>
    /// <param name="body">What follows the header.</param>
    /// <param name="message">What the OPEN says.</param>
    /// <param name="error">Unsupported Version Number (2,1), Unsupported Optional Parameter (2,4), or (2,0) for what
    /// cannot be parsed.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body, [NotNullWhen(true)] out OpenMessage? message, [NotNullWhen(false)] out BgpError? error)
    {
        message = null;
        error = BgpErrors.Open(OpenSubcode.Unspecific);
        var reader = new SpanReader(body);
        if (!reader.TryReadByte(out var version)) return false;
        if (version != Version)
        {
            error = BgpErrors.Open(OpenSubcode.UnsupportedVersionNumber, [0, Version]);
            return false;
        }

        if (!reader.TryReadUInt16(out var asn) || !reader.TryReadUInt16(out var hold)
            || !reader.TryReadUInt32(out var routerId)) return false;
        var capabilities = ImmutableArray.CreateBuilder<Capability>();
        if (TryReadParameters(ref reader, capabilities) is { } wrong)
        {
            error = wrong;
            return false;
        }

        message = new OpenMessage(asn, hold, routerId, capabilities.DrainToImmutable());
        if (message.Find<Capability.FourOctetAs>() is { Asn: var real }) message = message with { Asn = real };
        error = null;
        return true;
    }

    private static BgpError? TryReadParameters(ref SpanReader reader, ImmutableArray<Capability>.Builder capabilities)
    {
        var malformed = BgpErrors.Open(OpenSubcode.Unspecific);
        if (!reader.TryReadByte(out var shortLength)) return malformed;

        // RFC 9072 §2: a first parameter of type 255 announces two-byte lengths.
        var isLong = shortLength != 0 && reader.Rest is [ExtendedLengthMark, ..];
        ushort length = shortLength;
        if (isLong && !(reader.TrySkip(1) && reader.TryReadUInt16(out length))) return malformed;
        if (reader.Remaining != length) return malformed;
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadByte(out var type) || !TryReadLength(ref reader, isLong, out var size)) return malformed;
            if (!reader.TryReadBytes(size, out var value)) return malformed;
            if (type != CapabilitiesParameter) return BgpErrors.Open(OpenSubcode.UnsupportedOptionalParameter);
            if (!CapabilityCodec.TryReadAll(value, capabilities)) return malformed;
        }

        return null;
    }

    private static bool TryReadLength(ref SpanReader reader, bool isLong, out ushort length)
    {
        if (isLong) return reader.TryReadUInt16(out length);
        var read = reader.TryReadByte(out var single);
        length = single;
        return read;
    }
}
