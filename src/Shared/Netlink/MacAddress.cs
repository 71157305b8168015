using System.Buffers.Binary;
using System.Globalization;

namespace Agent.Netlink;

/// <summary>A 48-bit Ethernet address, kept as a number so that it compares and copies without allocation.</summary>
/// <param name="Value">The six octets, the first one sent being the most significant; the upper 16 bits are
/// zero.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>The address that every host end of a pod's veth has: ee:ee:ee:ee:ee:ee (Calico).</summary>
    public static MacAddress PodHostEnd { get; } = new(0xEEEE_EEEE_EEEE);

    /// <summary>Parses six octets of two hexadecimal digits, joined by colons.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var mac)
            ? mac
            : throw new FormatException($"'{text}' is not a MAC address (six octets joined by colons)");

    /// <summary>Parses six octets of two hexadecimal digits, joined by colons; false for any other text.</summary>
    public static bool TryParse(string? text, out MacAddress mac)
    {
        mac = default;
        if (text is not { Length: 17 }) return false;
        var value = 0UL;
        for (var i = 0; i < 6; i++)
        {
            if (i > 0 && text[i * 3 - 1] != ':') return false;
            var digits = text.AsSpan(i * 3, 2);
            if (!byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
                return false;
            value = value << 8 | octet;
        }

        mac = new MacAddress(value);
        return true;
    }

    /// <summary>The IPv6 link-local address that the kernel derives from this address (modified EUI-64, RFC 4291
    /// appendix A).</summary>
    public UInt128 LinkLocal
    {
        get
        {
            var flipped = Value ^ 0x0200_0000_0000;
            var low = (flipped >> 24) << 40 | 0xFFFEUL << 24 | flipped & 0xFF_FFFF;
            return new UInt128(0xFE80_0000_0000_0000, low);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Octet(0):x2}:{Octet(1):x2}:{Octet(2):x2}:{Octet(3):x2}:{Octet(4):x2}:{Octet(5):x2}");

    internal static MacAddress FromBytes(ReadOnlySpan<byte> six) =>
        new((ulong)BinaryPrimitives.ReadUInt16BigEndian(six) << 32 | BinaryPrimitives.ReadUInt32BigEndian(six[2..]));

    internal void WriteTo(Span<byte> six)
    {
        BinaryPrimitives.WriteUInt16BigEndian(six, (ushort)(Value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(six[2..], (uint)Value);
    }

    private byte Octet(int index) => (byte)(Value >> (40 - 8 * index));
}
