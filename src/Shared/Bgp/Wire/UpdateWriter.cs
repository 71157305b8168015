using System.Buffers.Binary;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Writes one UPDATE: opened for an announcement or a withdrawal, prefixes are appended as long as they fit,
/// closing it fills in the lengths.</summary>
/// <remarks>
/// IPv4 stands in the classic fields, IPv6 in MP_REACH_NLRI and MP_UNREACH_NLRI, which come first (RFC 7606 §5.1); the
/// other attributes follow in the order of their types. So does IPv4 with an IPv6 next hop, where the peer takes it
/// (RFC 8950). Allocates nothing.
/// <code>
///   IPv4   | header | withdrawn length, prefixes | attributes length, attributes | announced prefixes |
///   IPv6   | header | 0                          | attributes length, MP attribute with prefixes, attributes |
/// </code>
/// </remarks>
internal ref struct UpdateWriter
{
    // AFI, SAFI, length and 16 bytes of next hop, reserved.
    private const int ReachFixedSize = 2 + 1 + 1 + 16 + 1;

    // AFI, SAFI.
    private const int UnreachFixedSize = 2 + 1;

    /// <summary>Room for a withdrawal of any one prefix.</summary>
    public const int LeastSize = MessageCodec.HeaderSize + 2 + 2 + 4 + UnreachFixedSize + NlriCodec.MaxSize;

    private readonly Span<byte> _into;
    private readonly UpdateFormat _format;
    private readonly ReadOnlySpan<byte> _trailer;
    private readonly int _firstPrefix;
    private readonly int _lengthAt;
    private readonly int _attributesAt;
    private int _end;

    private UpdateWriter(
        Span<byte> into, UpdateFormat format, ReadOnlySpan<byte> trailer, int lengthAt, int attributesAt, int end)
    {
        _into = into;
        _format = format;
        _trailer = trailer;
        _lengthAt = lengthAt;
        _attributesAt = attributesAt;
        _firstPrefix = end;
        _end = end;
    }

    /// <summary>True while no prefix was appended.</summary>
    public readonly bool IsEmpty => _end == _firstPrefix;

    /// <summary>Opens an announcement.</summary>
    /// <param name="into">Where to; a message is no longer than this, nor than the largest there is.</param>
    /// <param name="attributes">As <see cref="AttributeFormatter"/> writes them.</param>
    /// <param name="nextHop">For MP_REACH_NLRI; NEXT_HOP is among the attributes.</param>
    /// <param name="format">How the peer reads it.</param>
    /// <param name="writer">The message.</param>
    /// <returns>False when the attributes do not fit, or the peer does not take such a next hop.</returns>
    public static bool TryAnnounce(
        Span<byte> into, ReadOnlySpan<byte> attributes, IpAddr nextHop, UpdateFormat format, out UpdateWriter writer)
    {
        writer = default;
        var isClassic = format.Family == IpFamily.V4 && nextHop.IsV4;
        if (!isClassic && nextHop.Family != format.Family && !format.ExtendedNextHop) return false;
        into = into[..Math.Min(into.Length, format.MaxMessageSize)];
        if (into.Length < MessageCodec.HeaderSize + 4 + ReachFixedSize + 4 + attributes.Length) return false;
        var at = Begin(into);
        if (isClassic)
        {
            BinaryPrimitives.WriteUInt16BigEndian(into[at..], (ushort)attributes.Length);
            attributes.CopyTo(into[(at + 2)..]);
            writer = new UpdateWriter(into, format, default, 0, 0, at + 2 + attributes.Length);
            return true;
        }

        var head = WriteMpHead(into[(at + 2)..], AttributeType.MpReachNlri, format.Family);
        var value = into.Slice(at + 2 + head, nextHop.Size + 2);
        value[0] = (byte)nextHop.Size;
        nextHop.WriteTo(value[1..]);
        value[^1] = 0;
        writer = new UpdateWriter(into, format, attributes, at + 4, at, at + 2 + head + value.Length);
        return true;
    }

    /// <summary>Opens a withdrawal; without prefixes it is an End-of-RIB (RFC 4724 §2).</summary>
    /// <param name="into">Where to, at least <see cref="LeastSize"/> bytes.</param>
    /// <param name="format">How the peer reads it.</param>
    public static UpdateWriter Withdraw(Span<byte> into, UpdateFormat format)
    {
        into = into[..Math.Min(into.Length, format.MaxMessageSize)];
        var at = Begin(into);
        if (format.Family == IpFamily.V4)
            return new UpdateWriter(into, format, NoAttributes, MessageCodec.HeaderSize, 0, at);
        var head = WriteMpHead(into[(at + 2)..], AttributeType.MpUnreachNlri, format.Family);
        return new UpdateWriter(into, format, default, at + 4, at, at + 2 + head);
    }

    private static ReadOnlySpan<byte> NoAttributes => [0, 0];

    /// <summary>Appends a prefix; false when it does not fit.</summary>
    public bool TryAppend(in PrefixKey key, uint pathId)
    {
        var room = _into[_end..^_trailer.Length];
        var size = NlriCodec.Write(room, key, pathId, _format.AddPath);
        _end += size;
        return size > 0;
    }

    /// <summary>Closes the message and returns its size.</summary>
    public readonly int Close()
    {
        _trailer.CopyTo(_into[_end..]);
        var size = _end + _trailer.Length;
        if (_lengthAt > 0) Patch(_lengthAt, _end);
        if (_attributesAt > 0) Patch(_attributesAt, size);
        MessageCodec.WriteHeader(_into, BgpMessageType.Update, size);
        return size;
    }

    // A length counts what comes behind it.
    private readonly void Patch(int at, int end) =>
        BinaryPrimitives.WriteUInt16BigEndian(_into[at..], (ushort)(end - at - 2));

    // Withdrawn length 0, which an IPv4 withdrawal changes; returns where the attributes' length is.
    private static int Begin(Span<byte> into)
    {
        into[MessageCodec.HeaderSize] = 0;
        into[MessageCodec.HeaderSize + 1] = 0;
        return MessageCodec.HeaderSize + 2;
    }

    // An MP attribute always has the extended length: its size is only known once the prefixes are counted.
    private static int WriteMpHead(Span<byte> into, AttributeType type, IpFamily family)
    {
        into[0] = (byte)(AttributeFlags.Optional | AttributeFlags.ExtendedLength);
        into[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], (ushort)family);
        into[6] = MessageCodec.UnicastSafi;
        return 4 + UnreachFixedSize;
    }
}
