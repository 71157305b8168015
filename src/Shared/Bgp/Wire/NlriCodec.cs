using System.Buffers.Binary;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Lists of prefixes (RFC 4271 §4.3, RFC 7911 §3): <c>| [path id (4)] | length in bits | as many bytes as that
/// needs |</c>.</summary>
/// <remarks>A list is judged whole before any of it is read, so that a malformed message leaves no half of itself
/// behind.</remarks>
internal static class NlriCodec
{
    /// <summary>True when the list can be read to its end.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes, IpFamily family, bool addPath)
    {
        var longest = family == IpFamily.V4 ? 32 : 128;
        var head = addPath ? 5 : 1;
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < head) return false;
            var bits = bytes[head - 1];
            var size = head + BytesOf(bits);
            if (bits > longest || bytes.Length < size) return false;
            bytes = bytes[size..];
        }

        return true;
    }

    /// <summary>Appends one operation per prefix of a well-formed list; bits behind a prefix's length are
    /// ignored.</summary>
    public static void Read(
        ReadOnlySpan<byte> bytes, IpFamily family, bool addPath, RouteOperationKind kind, int attributes,
        UpdateBatch into)
    {
        while (!bytes.IsEmpty)
        {
            var pathId = 0u;
            if (addPath)
            {
                pathId = BinaryPrimitives.ReadUInt32BigEndian(bytes);
                bytes = bytes[4..];
            }

            var bits = bytes[0];
            var size = BytesOf(bits);
            var address = family == IpFamily.V4 ? ReadV4(bytes.Slice(1, size)) : ReadV6(bytes.Slice(1, size));
            into.Add(new RouteOperation(kind, family, attributes, new Nlri(new IpPrefix(address, bits), pathId)));
            bytes = bytes[(1 + size)..];
        }
    }

    /// <summary>How many of the prefixes fit into that much room, and how many bytes they take.</summary>
    public static int Fit(ReadOnlySpan<Nlri> nlri, bool addPath, int room, out int bytes)
    {
        bytes = 0;
        for (var i = 0; i < nlri.Length; i++)
        {
            var size = (addPath ? 5 : 1) + BytesOf(nlri[i].Prefix.Length);
            if (bytes + size > room) return i;
            bytes += size;
        }

        return nlri.Length;
    }

    /// <summary>Writes all the prefixes.</summary>
    public static void Write(ref SpanWriter writer, ReadOnlySpan<Nlri> nlri, bool addPath)
    {
        Span<byte> address = stackalloc byte[16];
        for (var i = 0; i < nlri.Length; i++)
        {
            ref readonly var each = ref nlri[i];
            if (addPath) writer.WriteUInt32(each.PathId);
            writer.WriteByte(each.Prefix.Length);
            each.Prefix.Address.WriteTo(address);
            writer.WriteBytes(address[..BytesOf(each.Prefix.Length)]);
        }
    }

    private static IpAddr ReadV4(ReadOnlySpan<byte> bytes)
    {
        var value = 0u;
        for (var i = 0; i < bytes.Length; i++) value |= (uint)bytes[i] << 24 - 8 * i;
        return IpAddr.FromV4(value);
    }

    private static IpAddr ReadV6(ReadOnlySpan<byte> bytes)
    {
        var (high, low) = (0ul, 0ul);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i < 8) high |= (ulong)bytes[i] << 56 - 8 * i;
            else low |= (ulong)bytes[i] << 120 - 8 * i;
        }

        return IpAddr.FromV6(high, low);
    }

    private static int BytesOf(int bits) => (bits + 7) / 8;
}
