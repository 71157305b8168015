using System.Buffers.Binary;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>Messages as a peer of AS numbers of four bytes and of IPv4 alone writes them.</summary>
internal static class Bytes
{
    public static readonly byte[] KeepAlive = Message(4, []);
    public static readonly byte[] Refresh = Message(5, [0, 1, 0, 1]);
    public static readonly byte[] Cease = Message(3, [6, 2]);

    public static byte[] Open(uint asn, int holdSeconds, byte host) => Message(
        1, [4, (byte)(asn >> 8), (byte)asn, (byte)(holdSeconds >> 8), (byte)holdSeconds, 127, 0, 0, host, 12, 2, 10, 65, 4, .. Number(asn), 2, 0, 70, 0]);

    /// <summary>Announces so many /24 from a number on: 1.0.0.0/24 is number 0. They have their own attributes, or are packed as many as fit.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="asn">The peer's AS.</param>
    /// <param name="host">The peer is 127.0.0.HOST.</param>
    /// <param name="communities">How many communities each route has; with any, each route has its own.</param>
    /// <param name="version">Another version has other communities.</param>
    public static byte[] Announce(int first, int count, uint asn, byte host, int communities = 0, int version = 0)
    {
        const int PerMessage = 900;
        var step = communities > 0 ? 1 : PerMessage;
        var into = new MemoryStream();
        for (var from = first; from < first + count; from += step)
        {
            byte[] tags = [.. Enumerable.Range(0, communities).SelectMany(i => Number((uint)(from << 6 | i) + (uint)version * 7))];
            byte[] attributes =
            [
                0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, .. Number(asn), 0x40, 3, 4, 10, 0, 0, host,
                .. communities > 0 ? (byte[])[0xd0, 8, (byte)(tags.Length >> 8), (byte)tags.Length, .. tags] : [],
            ];
            into.Write(Update([], attributes, Prefixes(from, Math.Min(step, first + count - from))));
        }

        return into.ToArray();
    }

    public static byte[] Withdraw(int first, int count) => Update(Prefixes(first, count), [], []);

    /// <summary>What an UPDATE withdraws and announces: the addresses of its /24.</summary>
    public static (uint[] Withdrawn, uint[] Announced) Read(ReadOnlySpan<byte> update)
    {
        var withdrawn = update.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(update));
        var rest = update[(2 + withdrawn.Length)..];
        return (Addresses(withdrawn), Addresses(rest[(2 + BinaryPrimitives.ReadUInt16BigEndian(rest))..]));
    }

    private static uint[] Addresses(ReadOnlySpan<byte> prefixes)
    {
        var addresses = new uint[prefixes.Length / 4];
        for (var i = 0; i < addresses.Length; i++)
        {
            var prefix = BinaryPrimitives.ReadUInt32BigEndian(prefixes[(i * 4)..]);
            Assert.Equal(24u, prefix >> 24);
            addresses[i] = prefix << 8;
        }

        return addresses;
    }

    private static byte[] Update(byte[] withdrawn, byte[] attributes, byte[] nlri) => Message(
        2, [(byte)(withdrawn.Length >> 8), (byte)withdrawn.Length, .. withdrawn, (byte)(attributes.Length >> 8), (byte)attributes.Length, .. attributes, .. nlri]);

    private static byte[] Prefixes(int first, int count)
    {
        var bytes = new byte[count * 4];
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), 24u << 24 | (uint)(first + i + 65536));
        return bytes;
    }

    private static byte[] Message(byte type, byte[] body) =>
        [.. Enumerable.Repeat((byte)0xff, 16), (byte)(body.Length + 19 >> 8), (byte)(body.Length + 19), type, .. body];

    private static byte[] Number(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];
}
