using System.Collections.Immutable;
using System.Text;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Capabilities as they stand in an OPEN (RFC 5492 §4): <c>| code | length | value ... |</c>, one after the
/// other.</summary>
internal static class CapabilityCodec
{
    private const int RestartingBit = 0x8000;
    private const int AfterNotificationBit = 0x4000;
    private const int RestartTimeMask = 0x0fff;
    private const int LongestName = 64;
    private const byte ForwardingBit = 0x80;

    /// <summary>Reads a list of capabilities to its end; false when one of them is cut or has an impossible
    /// length.</summary>
    public static bool TryReadAll(ReadOnlySpan<byte> bytes, ImmutableArray<Capability>.Builder into)
    {
        var reader = new SpanReader(bytes);
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadByte(out var code) || !reader.TryReadByte(out var length)) return false;
            if (!reader.TryReadBytes(length, out var value) || Read(code, value) is not { } capability) return false;
            into.Add(capability);
        }

        return true;
    }

    /// <summary>Writes one capability.</summary>
    public static void Write(ref SpanWriter writer, Capability capability)
    {
        writer.WriteByte(capability.Code);
        var length = writer.Reserve(1);
        switch (capability)
        {
            case Capability.MultiProtocol(var afi, var safi):
                writer.WriteUInt16(afi);
                writer.WriteByte(0);
                writer.WriteByte(safi);
                break;

            case Capability.GracefulRestart restart:
                writer.WriteUInt16((ushort)((restart.Restarting ? RestartingBit : 0)
                    | (restart.AfterNotification ? AfterNotificationBit : 0)
                    | restart.RestartSeconds & RestartTimeMask));
                foreach (var family in restart.Families)
                    WriteFamily(ref writer, family.Afi, family.Safi, family.ForwardingPreserved);
                break;

            case Capability.ExtendedNextHop(var isIpv4ViaIpv6):
                if (isIpv4ViaIpv6) writer.WriteBytes(Ipv4ViaIpv6);
                break;

            case Capability.Role(var role):
                writer.WriteByte((byte)role);
                break;

            case Capability.HostName(var name, var domain):
                WriteName(ref writer, name);
                WriteName(ref writer, domain);
                break;

            case Capability.FourOctetAs(var asn):
                writer.WriteUInt32(asn);
                break;

            case Capability.AddPath(var families):
                foreach (var family in families)
                {
                    writer.WriteUInt16(family.Afi);
                    writer.WriteByte(family.Safi);
                    writer.WriteByte(family.Mode);
                }

                break;

            case Capability.LongLivedGracefulRestart(var families):
                foreach (var family in families)
                {
                    WriteFamily(ref writer, family.Afi, family.Safi, family.ForwardingPreserved);
                    writer.WriteByte((byte)(family.StaleSeconds >> 16));
                    writer.WriteUInt16((ushort)family.StaleSeconds);
                }

                break;

            case Capability.Unknown unknown:
                writer.WriteBytes(unknown.Value.AsSpan());
                break;
        }

        writer.PatchByte(length, checked((byte)(writer.Position - length - 1)));
    }

    // The AFI and the SAFI, of two bytes here, of IPv4 unicast, then the AFI of IPv6 (RFC 8950 §4).
    private static ReadOnlySpan<byte> Ipv4ViaIpv6 => [0, 1, 0, 1, 0, 2];

    private static void WriteName(ref SpanWriter writer, string name)
    {
        Span<byte> bytes = stackalloc byte[LongestName];
        Encoding.UTF8.GetEncoder().Convert(name, bytes, flush: true, out _, out var used, out _);
        writer.WriteByte((byte)used);
        writer.WriteBytes(bytes[..used]);
    }

    private static void WriteFamily(ref SpanWriter writer, ushort afi, byte safi, bool forwarding)
    {
        writer.WriteUInt16(afi);
        writer.WriteByte(safi);
        writer.WriteByte(forwarding ? ForwardingBit : (byte)0);
    }

    private static Capability? Read(byte code, ReadOnlySpan<byte> value) => code switch
    {
        1 => value.Length == 4 ? new Capability.MultiProtocol(UInt16(value), value[3]) : null,
        2 => value.IsEmpty ? new Capability.RouteRefresh() : null,
        5 => ReadExtendedNextHop(value),
        6 => value.IsEmpty ? new Capability.ExtendedMessage() : null,
        9 => value.Length == 1 ? new Capability.Role((BgpRole)value[0]) : null,
        64 => ReadGracefulRestart(value),
        65 => value.Length == 4 ? new Capability.FourOctetAs((uint)UInt16(value) << 16 | UInt16(value[2..])) : null,
        69 => ReadAddPath(value),
        70 => value.IsEmpty ? new Capability.EnhancedRouteRefresh() : null,
        71 => ReadLongLived(value),
        73 => ReadHostName(value),
        _ => new Capability.Unknown(code, [.. value]),
    };

    private static Capability.GracefulRestart? ReadGracefulRestart(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value.Length % 4 != 2) return null;
        var families = ImmutableArray.CreateBuilder<GracefulRestartFamily>(value.Length / 4);
        for (var rest = value[2..]; !rest.IsEmpty; rest = rest[4..])
            families.Add(new GracefulRestartFamily(UInt16(rest), rest[2], (rest[3] & ForwardingBit) != 0));
        var head = UInt16(value);
        return new Capability.GracefulRestart((head & RestartingBit) != 0, (ushort)(head & RestartTimeMask),
            families.MoveToImmutable())
        { AfterNotification = (head & AfterNotificationBit) != 0 };
    }

    private static Capability.AddPath? ReadAddPath(ReadOnlySpan<byte> value)
    {
        if (value.Length % 4 != 0) return null;
        var families = ImmutableArray.CreateBuilder<AddPathFamily>(value.Length / 4);
        for (var rest = value; !rest.IsEmpty; rest = rest[4..])
            families.Add(new AddPathFamily(UInt16(rest), rest[2], rest[3]));
        return new Capability.AddPath(families.MoveToImmutable());
    }

    private static Capability.LongLivedGracefulRestart? ReadLongLived(ReadOnlySpan<byte> value)
    {
        if (value.Length % 7 != 0) return null;
        var families = ImmutableArray.CreateBuilder<LongLivedFamily>(value.Length / 7);
        for (var rest = value; !rest.IsEmpty; rest = rest[7..])
            families.Add(new LongLivedFamily(UInt16(rest), rest[2], (rest[3] & ForwardingBit) != 0,
                (uint)(rest[4] << 16 | UInt16(rest[5..]))));
        return new Capability.LongLivedGracefulRestart(families.MoveToImmutable());
    }

    private static Capability.ExtendedNextHop? ReadExtendedNextHop(ReadOnlySpan<byte> value)
    {
        if (value.Length % 6 != 0) return null;
        var found = false;
        for (var rest = value; !rest.IsEmpty; rest = rest[6..]) found |= rest[..6].SequenceEqual(Ipv4ViaIpv6);
        return new Capability.ExtendedNextHop(found);
    }

    // For people only: bytes that are no UTF-8 or no name are no reason to refuse a session.
    private static Capability ReadHostName(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        if (reader.TryReadByte(out var length) && reader.TryReadBytes(length, out var name)
            && reader.TryReadByte(out var domainLength) && reader.TryReadBytes(domainLength, out var domain)
            && reader.Remaining == 0
            && PlainText.TryRead(name, out var host) && PlainText.TryRead(domain, out var zone))
            return new Capability.HostName(host, zone);
        return new Capability.Unknown(73, [.. value]);
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => (ushort)(bytes[0] << 8 | bytes[1]);
}
