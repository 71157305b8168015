using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Writes UPDATEs of attributes that are an object (RFC 4271 §4.3, RFC 4760), one whole message at a time and
/// as many prefixes as fit. Allocates nothing.</summary>
/// <remarks>The RIB writes from bytes, with <see cref="UpdateWriter"/>. Call again with what was not
/// consumed.</remarks>
public static class UpdateCodec
{
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
        if (attributes.NextHop.Family != format.Family && !format.ExtendedNextHop)
            throw new ArgumentException($"next hop {attributes.NextHop} cannot be that of an {format.Family} route",
                nameof(attributes));

        var size = AttributeWriter.SizeOf(attributes);
        if (size <= MessageCodec.MaxMessageSize)
        {
            Span<byte> set = stackalloc byte[size];
            Span<byte> formatted = stackalloc byte[AttributeFormatter.RoomFor(size)];
            AttributeWriter.Write(set, attributes);
            formatted = formatted[..AttributeFormatter.Write(formatted, new AttributeSet(set), format)];
            if (UpdateWriter.TryAnnounce(destination, formatted, attributes.NextHop, format, out var writer))
                consumed = Append(ref writer, nlri);
            else
                consumed = 0;
            if (consumed > 0) return writer.Close();
        }

        if (destination.Length >= MessageCodec.MaxMessageSize)
            return WriteWithdrawal(destination, format, nlri, out consumed);
        throw new ArgumentException($"{destination.Length} bytes are too few for an announcement of one prefix",
            nameof(destination));
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
        if (destination.Length < UpdateWriter.LeastSize)
            throw new ArgumentException($"{destination.Length} bytes are too few for a withdrawal of one prefix",
                nameof(destination));
        var writer = UpdateWriter.Withdraw(destination, format);
        consumed = Append(ref writer, nlri);
        return writer.Close();
    }

    /// <summary>Writes a family's End-of-RIB (RFC 4724 §2) and returns its size.</summary>
    /// <param name="destination">Where to; 64 bytes suffice.</param>
    /// <param name="family">The family.</param>
    public static int WriteEndOfRib(Span<byte> destination, IpFamily family) =>
        UpdateWriter.Withdraw(destination, new UpdateFormat(family, AddPath: false, FourByteAs: true)).Close();

    private static int Append(ref UpdateWriter writer, ReadOnlySpan<Nlri> nlri)
    {
        var count = 0;
        while (count < nlri.Length && writer.TryAppend(new PrefixKey(nlri[count].Prefix), nlri[count].PathId)) count++;
        return count;
    }
}
