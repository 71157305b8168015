using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Agent.Netlink.Wire;

/// <summary>One received message: its header's fields and what follows them.</summary>
internal readonly ref struct NetlinkMessage(ushort type, NetlinkFlags flags, uint sequence, uint port,
    ReadOnlySpan<byte> payload)
{
    internal ushort Type { get; } = type;
    internal NetlinkFlags Flags { get; } = flags;
    internal uint Sequence { get; } = sequence;
    internal uint Port { get; } = port;
    internal ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Splits the payload into its fixed header and its attributes; false where it is too short.</summary>
    internal bool TrySplit<T>(out T header, out AttributeReader attributes)
        where T : unmanaged
    {
        attributes = default;
        if (!MemoryMarshal.TryRead(Payload, out header)) return false;
        attributes = new AttributeReader(Payload[Math.Min(Payload.Length, (Unsafe.SizeOf<T>() + 3) & ~3)..]);
        return true;
    }
}

/// <summary>Walks over the messages of one datagram; stops at the first that does not fit.</summary>
internal ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    internal bool TryRead(out NetlinkMessage message)
    {
        message = default;
        if (!MemoryMarshal.TryRead(_rest, out uint length)) return false;
        if (length < NetlinkWriter.HeaderSize || length > (uint)_rest.Length) return false;

        var whole = _rest[..(int)length];
        message = new NetlinkMessage(
            MemoryMarshal.Read<ushort>(whole[4..]),
            (NetlinkFlags)MemoryMarshal.Read<ushort>(whole[6..]),
            MemoryMarshal.Read<uint>(whole[8..]),
            MemoryMarshal.Read<uint>(whole[12..]),
            whole[NetlinkWriter.HeaderSize..]);
        _rest = _rest[Math.Min(_rest.Length, ((int)length + 3) & ~3)..];
        return true;
    }
}

/// <summary>Walks over attributes; stops at the first that does not fit.</summary>
internal ref struct AttributeReader(ReadOnlySpan<byte> attributes)
{
    // The two highest bits say "nested" and "in network order"; the kernel sets them on some families only.
    private const ushort TypeMask = 0x3FFF;

    private ReadOnlySpan<byte> _rest = attributes;

    internal bool TryRead(out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (!MemoryMarshal.TryRead(_rest, out ushort length) || length < 4 || length > _rest.Length) return false;
        type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        value = _rest[4..length];
        _rest = _rest[Math.Min(_rest.Length, (length + 3) & ~3)..];
        return true;
    }

    /// <summary>A text without its closing zero.</summary>
    internal static string Text(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? value : value[..end]);
    }

    /// <summary>A number of 32 bits in the host's order; 0 where the value is shorter.</summary>
    internal static uint Number(ReadOnlySpan<byte> value) => MemoryMarshal.TryRead(value, out uint number) ? number : 0;
}
