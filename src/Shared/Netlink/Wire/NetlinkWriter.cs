using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Writes one netlink message into a buffer of the caller's; everything is 4-byte aligned, padding is
/// zero.</summary>
/// <remarks>
/// <code>
///  0        4       6       8         12       16
///  | length | type  | flags | sequence | port  | fixed header | attribute | attribute ...
///  attribute:  | length | type | value, padded |      length counts the 4 bytes of its own header, not the padding
/// </code>
/// Numbers are in the host's byte order unless an attribute says otherwise (netlink(7)). The buffer's size is the
/// caller's duty; writing past its end throws.
/// </remarks>
internal ref struct NetlinkWriter
{
    internal const int HeaderSize = 16;

    private readonly Span<byte> _buffer;
    private int _position;

    internal NetlinkWriter(Span<byte> buffer, ushort type, NetlinkFlags flags, uint sequence)
    {
        _buffer = buffer;
        _position = HeaderSize;
        Put(4, type);
        Put(6, (ushort)flags);
        Put(8, sequence);
        Put(12, 0u);
    }

    /// <summary>Adds flags to a message that is complete already.</summary>
    internal static void AddFlags(Span<byte> message, NetlinkFlags flags)
    {
        var all = MemoryMarshal.Read<ushort>(message[6..]) | (ushort)flags;
        MemoryMarshal.Write(message[6..], (ushort)all);
    }

    /// <summary>Numbers a message that is complete already.</summary>
    internal static void SetSequence(Span<byte> message, uint sequence) =>
        MemoryMarshal.Write(message[8..], in sequence);

    internal void Fixed<T>(scoped in T header)
        where T : unmanaged
    {
        MemoryMarshal.Write(_buffer[_position..], in header);
        Advance(Unsafe.SizeOf<T>());
    }

    internal void Attribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        var start = Begin(type);
        value.CopyTo(_buffer[_position..]);
        Advance(value.Length, start);
    }

    internal void Attribute(ushort type, uint value) => Attribute<uint>(type, value);

    internal void Attribute(ushort type, IpAddr address)
    {
        var start = Begin(type);
        Advance(address.WriteTo(_buffer[_position..]), start);
    }

    internal void Attribute(ushort type, MacAddress mac)
    {
        var start = Begin(type);
        mac.WriteTo(_buffer[_position..]);
        Advance(6, start);
    }

    /// <summary>A text, closed by a zero byte.</summary>
    internal void Attribute(ushort type, string text)
    {
        var start = Begin(type);
        var length = Encoding.ASCII.GetBytes(text, _buffer[_position..]);
        _buffer[_position + length] = 0;
        Advance(length + 1, start);
    }

    /// <summary>RTA_VIA: a gateway of another family than the destination's (struct rtvia: family, then the
    /// address).</summary>
    internal void Via(ushort type, IpAddr gateway)
    {
        var start = Begin(type);
        Put(_position, (ushort)KernelFamily.Of(gateway.Family));
        Advance(2 + gateway.WriteTo(_buffer[(_position + 2)..]), start);
    }

    /// <summary>Opens an attribute whose value follows piece by piece; close it with <see cref="End"/>.</summary>
    internal int Begin(ushort type)
    {
        var start = _position;
        Put(start + 2, type);
        _position += 4;
        return start;
    }

    /// <summary>Closes an attribute, or a next hop, opened at that place: writes its length.</summary>
    internal readonly void End(int start) => Put(start, (ushort)(_position - start));

    /// <summary>Closes the message and returns its length.</summary>
    internal readonly int Complete()
    {
        Put(0, (uint)_position);
        return _position;
    }

    /// <summary>Opens one <c>struct rtnexthop</c>; close it with <see cref="End"/>.</summary>
    internal int BeginNextHop(byte flags, byte hops, int index)
    {
        var start = _position;
        _buffer[start + 2] = flags;
        _buffer[start + 3] = hops;
        Put(start + 4, index);
        _position += 8;
        return start;
    }

    private void Attribute<T>(ushort type, T value)
        where T : unmanaged
    {
        var start = Begin(type);
        MemoryMarshal.Write(_buffer[_position..], in value);
        Advance(Unsafe.SizeOf<T>(), start);
    }

    private readonly void Put<T>(int at, T value)
        where T : unmanaged => MemoryMarshal.Write(_buffer[at..], in value);

    private void Advance(int length, int attribute = -1)
    {
        if (attribute >= 0) Put(attribute, (ushort)(_position + length - attribute));
        var padded = (length + 3) & ~3;
        _buffer.Slice(_position + length, padded - length).Clear();
        _position += padded;
    }
}
