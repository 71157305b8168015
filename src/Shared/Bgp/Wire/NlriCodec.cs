using System.Buffers.Binary;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Lists of prefixes (RFC 4271 §4.3, RFC 7911 §3): <c>| [path id (4)] | length in bits | as many bytes as that
/// needs |</c>.</summary>
/// <remarks>A list is judged whole before any of it is read, so that a malformed message leaves no half of itself
/// behind.</remarks>
internal static class NlriCodec
{
    /// <summary>The most bytes that one prefix takes.</summary>
    public const int MaxSize = 4 + 1 + 16;

    /// <summary>True when the list can be read to its end.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes, IpFamily family, bool addPath)
    {
        var longest = family == IpFamily.V4 ? 32 : 128;
        var head = addPath ? 5 : 1;
        var at = 0;
        while (at < bytes.Length)
        {
            var lengthAt = at + head - 1;
            if (lengthAt >= bytes.Length || bytes[lengthAt] > longest) return false;
            at += head + BytesOf(bytes[lengthAt]);
        }

        return at == bytes.Length;
    }

    /// <summary>Appends one operation per prefix of a well-formed list; bits behind a prefix's length are
    /// ignored.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, IpFamily family, bool addPath, BatchWriter into)
    {
        if (family == IpFamily.V4 && !addPath)
        {
            ReadV4(bytes, into);
            return;
        }

        for (var at = 0; at < bytes.Length;)
        {
            var pathId = 0u;
            if (addPath)
            {
                pathId = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
                at += 4;
            }

            var bits = bytes[at++];
            var address = bytes.Slice(at, BytesOf(bits));
            into.Add(KeyOf(address, bits, family), pathId);
            at += address.Length;
        }
    }

    /// <summary>Writes one prefix and returns its size; 0 when there is no room for it.</summary>
    public static int Write(Span<byte> into, in PrefixKey key, uint pathId, bool addPath)
    {
        var head = addPath ? 5 : 1;
        var size = BytesOf(key.Length);
        if (into.Length < head + size) return 0;
        if (addPath) BinaryPrimitives.WriteUInt32BigEndian(into, pathId);
        into[head - 1] = key.Length;
        var (value, shift) = key.Family == IpFamily.V4 ? (key.Low, 24) : (key.High, 56);
        for (var i = 0; i < size; i++, shift -= 8)
        {
            if (i == 8) (value, shift) = (key.Low, 56);
            into[head + i] = (byte)(value >> shift);
        }

        return head + size;
    }

    private static void ReadV4(ReadOnlySpan<byte> bytes, BatchWriter into)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var bits = bytes[at++];
            var value = 0u;
            var end = at + BytesOf(bits);
            for (var shift = 24; at < end; at++, shift -= 8) value |= (uint)bytes[at] << shift;
            into.AddV4(bits == 0 ? 0 : value & uint.MaxValue << 32 - bits, bits);
        }
    }

    private static PrefixKey KeyOf(ReadOnlySpan<byte> address, byte bits, IpFamily family)
    {
        Span<byte> whole = stackalloc byte[16];
        address.CopyTo(whole);
        return new PrefixKey(new IpPrefix(IpAddr.FromBytes(family == IpFamily.V4 ? whole[..4] : whole), bits));
    }

    private static int BytesOf(int bits) => (bits + 7) / 8;
}
