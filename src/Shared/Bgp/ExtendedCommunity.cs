using System.Buffers.Binary;
using System.Globalization;
using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>An extended community (RFC 4360): eight bytes, of which the first one or two say what the others
/// mean.</summary>
/// <param name="Value">The bytes in network order as one number.</param>
public readonly record struct ExtendedCommunity(ulong Value)
{
    private const byte NonTransitiveBit = 0x40;

    // What the low sub-types mean in the types that begin with an AS or an address (IANA, BGP Extended Communities).
    private const byte RouteTarget = 0x02;
    private const byte SiteOfOrigin = 0x03;
    private const byte LinkBandwidth = 0x04;

    private byte Type => (byte)(Value >> 56);

    private byte Subtype => (byte)(Value >> 48);

    /// <summary>True when it passes from one AS to the next (RFC 4360 §2, the T bit).</summary>
    public bool IsTransitive => (Type & NonTransitiveBit) == 0;

    /// <summary>As operators write the common ones: <c>RT:64512:100</c>, <c>SoO:10.0.0.1:7</c>, <c>LB:64512:125000</c>
    /// (bytes a second), <c>Color:7</c>; others as <c>0x</c> and 16 digits.</summary>
    public override string ToString() => (Type & ~NonTransitiveBit, Subtype) switch
    {
        (0x00, LinkBandwidth) => string.Create(CultureInfo.InvariantCulture,
            $"LB:{(ushort)(Value >> 32)}:{BitConverter.UInt32BitsToSingle((uint)Value):0}"),
        (0x00, RouteTarget or SiteOfOrigin) => $"{Kind}:{(ushort)(Value >> 32)}:{(uint)Value}",
        (0x01, RouteTarget or SiteOfOrigin) => $"{Kind}:{IpAddr.FromV4((uint)(Value >> 16))}:{(ushort)Value}",
        (0x02, RouteTarget or SiteOfOrigin) => $"{Kind}:{(uint)(Value >> 16)}:{(ushort)Value}",
        (0x03, 0x0b) => $"Color:{(uint)Value}",
        (0x03, 0x0c) => $"Encap:{(ushort)Value}",
        _ => $"0x{Value:x16}",
    };

    private string Kind => Subtype == RouteTarget ? "RT" : "SoO";
}

/// <summary>An extended community with an IPv6 address (RFC 5701): carried on, and shown.</summary>
/// <param name="Kind">Type and sub-type.</param>
/// <param name="Address">The global administrator.</param>
/// <param name="Local">The local administrator.</param>
public readonly record struct Ipv6ExtendedCommunity(ushort Kind, IpAddr Address, ushort Local)
{
    /// <summary>The bytes that one takes.</summary>
    internal const int Size = 20;

    /// <summary>As operators write it: <c>RT:[2001:db8::1]:100</c>; others with their type in hexadecimal.</summary>
    public override string ToString() => $"{KindName}:[{Address}]:{Local}";

    private string KindName => Kind switch
    {
        0x0002 => "RT",
        0x0003 => "SoO",
        _ => $"0x{Kind:x4}",
    };

    internal static Ipv6ExtendedCommunity Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt16BigEndian(bytes), IpAddr.FromBytes(bytes.Slice(2, 16)),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[18..]));

    internal void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, Kind);
        Address.WriteTo(into[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(into[18..], Local);
    }
}
