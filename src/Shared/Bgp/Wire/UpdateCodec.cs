using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Writes UPDATEs (RFC 4271 §4.3, RFC 4760), one whole message at a time and as many prefixes as fit.
/// Allocates nothing.</summary>
/// <remarks>
/// IPv4 stands in the classic fields, IPv6 in MP_REACH_NLRI and MP_UNREACH_NLRI, which come first (RFC 7606 §5.1); the
/// other attributes follow in the order of their types. Call again with what was not consumed.
/// </remarks>
public static class UpdateCodec
{
    // Header, withdrawn length, attributes length.
    private const int FixedSize = MessageCodec.HeaderSize + 4;

    // AFI, SAFI, length and 16 bytes of next hop, reserved.
    private const int ReachFixedSize = 2 + 1 + 1 + 16 + 1;

    // AFI, SAFI.
    private const int UnreachFixedSize = 2 + 1;

    // An MP attribute always has the extended length: its size is only known once the prefixes are counted.
    private const int ExtendedHeadSize = 4;

    /// <summary>Writes an announcement of the first prefixes and returns its size.</summary>
    /// <remarks>
    /// Attributes that leave no room for a prefix in 4096 bytes cannot be announced (RFC 4271 §9.2): the prefixes are
    /// withdrawn instead, so that the peer does not keep an older route of them.
    /// </remarks>
    /// <param name="destination">Where to; <see cref="MessageCodec.MaxMessageSize"/> bytes suffice for any
    /// message.</param>
    /// <param name="attributes">The routes' attributes; the next hop must be of the format's family.</param>
    /// <param name="format">How the peer reads them.</param>
    /// <param name="nlri">The prefixes, at least one, all of the format's family.</param>
    /// <param name="consumed">How many of them the message carries: at least one.</param>
    /// <exception cref="ArgumentException">There is no prefix, the next hop is of another family, or the buffer is too
    /// small for one prefix.</exception>
    public static int WriteAnnouncement(
        Span<byte> destination, PathAttributes attributes, UpdateFormat format, ReadOnlySpan<Nlri> nlri,
        out int consumed)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (nlri.IsEmpty) throw new ArgumentException("an announcement needs a prefix", nameof(nlri));
        if (attributes.NextHop.Family != format.Family)
            throw new ArgumentException($"next hop {attributes.NextHop} cannot be that of an {format.Family} route",
                nameof(attributes));

        var isClassic = format.Family == IpFamily.V4;
        var attributesSize = AttributeWriter.SizeOf(attributes, format)
            + (isClassic ? 0 : ExtendedHeadSize + ReachFixedSize);
        var limit = Math.Min(destination.Length, MessageCodec.MaxMessageSize);
        consumed = NlriCodec.Fit(nlri, format.AddPath, limit - FixedSize - attributesSize, out var nlriSize);
        if (consumed == 0)
        {
            if (limit == MessageCodec.MaxMessageSize) return WriteWithdrawal(destination, format, nlri, out consumed);
            throw new ArgumentException($"{destination.Length} bytes are too few for an announcement of one prefix",
                nameof(destination));
        }

        var size = FixedSize + attributesSize + nlriSize;
        var writer = Begin(destination, size);
        writer.WriteUInt16(0);
        writer.WriteUInt16((ushort)(isClassic ? attributesSize : attributesSize + nlriSize));
        if (isClassic)
        {
            AttributeWriter.Write(ref writer, attributes, format);
            NlriCodec.Write(ref writer, nlri[..consumed], format.AddPath);
        }
        else
        {
            WriteMpHead(ref writer, AttributeType.MpReachNlri, format.Family, ReachFixedSize + nlriSize);
            writer.WriteByte((byte)attributes.NextHop.Size);
            writer.WriteAddress(attributes.NextHop);
            writer.WriteByte(0);
            NlriCodec.Write(ref writer, nlri[..consumed], format.AddPath);
            AttributeWriter.Write(ref writer, attributes, format);
        }

        return size;
    }

    /// <summary>Writes a withdrawal of the first prefixes and returns its size.</summary>
    /// <param name="destination">Where to; <see cref="MessageCodec.MaxMessageSize"/> bytes suffice for any
    /// message.</param>
    /// <param name="format">How the peer reads them.</param>
    /// <param name="nlri">The prefixes, at least one, all of the format's family.</param>
    /// <param name="consumed">How many of them the message carries: at least one.</param>
    /// <exception cref="ArgumentException">There is no prefix, or the buffer is too small for one.</exception>
    public static int WriteWithdrawal(Span<byte> destination, UpdateFormat format, ReadOnlySpan<Nlri> nlri,
        out int consumed)
    {
        if (nlri.IsEmpty) throw new ArgumentException("a withdrawal needs a prefix", nameof(nlri));
        var isClassic = format.Family == IpFamily.V4;
        var mpSize = isClassic ? 0 : ExtendedHeadSize + UnreachFixedSize;
        var limit = Math.Min(destination.Length, MessageCodec.MaxMessageSize);
        consumed = NlriCodec.Fit(nlri, format.AddPath, limit - FixedSize - mpSize, out var nlriSize);
        if (consumed == 0)
            throw new ArgumentException($"{destination.Length} bytes are too few for a withdrawal of one prefix",
                nameof(destination));

        var size = FixedSize + mpSize + nlriSize;
        var writer = Begin(destination, size);
        writer.WriteUInt16((ushort)(isClassic ? nlriSize : 0));
        if (isClassic)
        {
            NlriCodec.Write(ref writer, nlri[..consumed], format.AddPath);
            writer.WriteUInt16(0);
        }
        else
        {
            writer.WriteUInt16((ushort)(mpSize + nlriSize));
            WriteMpHead(ref writer, AttributeType.MpUnreachNlri, format.Family, UnreachFixedSize + nlriSize);
            NlriCodec.Write(ref writer, nlri[..consumed], format.AddPath);
        }

        return size;
    }

    /// <summary>Writes a family's End-of-RIB (RFC 4724 §2) and returns its size.</summary>
    public static int WriteEndOfRib(Span<byte> destination, IpFamily family)
    {
        var mpSize = family == IpFamily.V4 ? 0 : ExtendedHeadSize + UnreachFixedSize;
        var writer = Begin(destination, FixedSize + mpSize);
        writer.WriteUInt16(0);
        writer.WriteUInt16((ushort)mpSize);
        if (mpSize > 0) WriteMpHead(ref writer, AttributeType.MpUnreachNlri, family, UnreachFixedSize);
        return FixedSize + mpSize;
    }

    private static SpanWriter Begin(Span<byte> destination, int size)
    {
        MessageCodec.WriteHeader(destination, BgpMessageType.Update, size);
        return new SpanWriter(destination[MessageCodec.HeaderSize..size]);
    }

    private static void WriteMpHead(ref SpanWriter writer, AttributeType type, IpFamily family, int length)
    {
        writer.WriteByte((byte)(AttributeFlags.Optional | AttributeFlags.ExtendedLength));
        writer.WriteByte((byte)type);
        writer.WriteUInt16((ushort)length);
        writer.WriteUInt16((ushort)family);
        writer.WriteByte(MessageCodec.UnicastSafi);
    }
}
