using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Agent.Primitives;

/// <summary>The two address families that the agent knows; the values are IANA's AFI numbers.</summary>
public enum IpFamily : byte
{
    /// <summary>IPv4, AFI 1.</summary>
    V4 = 1,

    /// <summary>IPv6, AFI 2.</summary>
    V6 = 2,
}

/// <summary>One IPv4 or IPv6 address as a value: comparable, hashable, without allocation.</summary>
/// <remarks>
/// The address is kept as a number with its family beside it, so <c>10.0.0.1</c> and <c>::10.0.0.1</c> differ. The
/// order is by family, then by number. <c>default</c> is <c>0.0.0.0</c> with no family; <see cref="IsDefault"/> tells
/// it from a real address. The number is held as two halves and not as one <see cref="UInt128"/>: code over a field of
/// that type is never compiled ahead of time.
/// </remarks>
public readonly struct IpAddr : IEquatable<IpAddr>, IComparable<IpAddr>, ISpanFormattable
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly IpFamily _family;

    private IpAddr(IpFamily family, ulong high, ulong low)
    {
        _family = family;
        _high = high;
        _low = low;
    }

    /// <summary>The address <c>0.0.0.0</c>.</summary>
    public static IpAddr AnyV4 { get; } = FromV4(0);

    /// <summary>The address <c>::</c>.</summary>
    public static IpAddr AnyV6 { get; } = FromV6(0, 0);

    /// <summary>The family of the address.</summary>
    public IpFamily Family => _family;

    /// <summary>True for a value that was never set.</summary>
    public bool IsDefault => _family == 0;

    /// <summary>True for IPv4.</summary>
    public bool IsV4 => _family == IpFamily.V4;

    /// <summary>True for an IPv6 address that means something on one link alone: <c>fe80::/10</c>.</summary>
    public bool IsV6LinkLocal => _family == IpFamily.V6 && High >> 54 == 0xfe80 >> 6;

    /// <summary>The number of bits: 32 or 128.</summary>
    public int Bits => _family == IpFamily.V6 ? 128 : 32;

    /// <summary>The number of bytes: 4 or 16.</summary>
    public int Size => Bits / 8;

    /// <summary>The address as a number; for IPv4 the low 32 bits.</summary>
    public UInt128 Value => new(_high, _low);

    /// <summary>The upper 64 bits of <see cref="Value"/>; 0 for IPv4.</summary>
    public ulong High => _high;

    /// <summary>The lower 64 bits of <see cref="Value"/>.</summary>
    public ulong Low => _low;

    /// <summary>The IPv4 address as a number in host order.</summary>
    /// <exception cref="InvalidOperationException">The address is not IPv4.</exception>
    public uint V4Value => IsV4 ? (uint)_low : throw new InvalidOperationException($"{this} is not an IPv4 address");

    /// <summary>An IPv4 address from a number in host order: <c>0x0a000001</c> is <c>10.0.0.1</c>.</summary>
    public static IpAddr FromV4(uint value) => new(IpFamily.V4, 0, value);

    /// <summary>An IPv6 address from a number in host order.</summary>
    public static IpAddr FromV6(UInt128 value) => new(IpFamily.V6, (ulong)(value >> 64), (ulong)value);

    /// <summary>An IPv6 address from the upper and the lower half of its number.</summary>
    public static IpAddr FromV6(ulong high, ulong low) => new(IpFamily.V6, high, low);

    /// <summary>An address from a number of the given family; surplus high bits are an error.</summary>
    public static IpAddr FromValue(IpFamily family, UInt128 value) =>
        family == IpFamily.V6 ? FromV6(value) : FromV4(checked((uint)value));

    /// <summary>An address from 4 or 16 bytes in network order.</summary>
    /// <exception cref="ArgumentException">The length is neither 4 nor 16.</exception>
    public static IpAddr FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => FromV6(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])),
        _ => throw new ArgumentException($"an address has 4 or 16 bytes, not {bytes.Length}", nameof(bytes)),
    };

    /// <summary>The same address in the framework's type; an IPv4-mapped IPv6 address becomes IPv4.</summary>
    public static IpAddr From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return FromBytes(bytes[..written]);
    }

    /// <summary>The same address in the framework's type.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..WriteTo(bytes)]);
    }

    /// <summary>Writes the address in network order and returns the number of bytes written, 4 or 16.</summary>
    public int WriteTo(Span<byte> destination)
    {
        if (_family != IpFamily.V6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>The address so many further on.</summary>
    /// <exception cref="OverflowException">The result lies outside the family.</exception>
    public IpAddr Add(UInt128 offset) => FromValue(_family, checked(Value + offset));

    /// <summary>Parses dotted-quad IPv4 or any text form of IPv6; no scope ids, no brackets, no abbreviations of
    /// IPv4.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpAddr address)
    {
        address = default;
        if (text is null || text.AsSpan().ContainsAny('%', '[')) return false;   // a scope; brackets, and a port behind
        if (!IPAddress.TryParse(text, out var parsed)) return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork)
        {
            address = From(parsed);
            return text == address.ToString();
        }

        address = FromBytes(parsed.GetAddressBytes());
        return true;
    }

    /// <summary>Parses an address.</summary>
    /// <exception cref="FormatException">The text is not an address.</exception>
    public static IpAddr Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IP address");

    /// <inheritdoc/>
    public bool Equals(IpAddr other) => _low == other._low && _high == other._high && _family == other._family;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IpAddr other && Equals(other);

    /// <summary>A hash that is the same in every process.</summary>
    public override int GetHashCode()
    {
        var mixed = (_low ^ _high ^ ((ulong)_family << 56)) * 0x9E3779B97F4A7C15UL;
        return (int)(mixed >> 32);
    }

    /// <inheritdoc/>
    public int CompareTo(IpAddr other)
    {
        if (_family != other._family) return ((byte)_family).CompareTo((byte)other._family);
        return _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);
    }

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "none" : ToIPAddress().ToString();

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format,
        IFormatProvider? provider)
    {
        var text = ToString();
        charsWritten = text.TryCopyTo(destination) ? text.Length : 0;
        return charsWritten == text.Length;
    }

    /// <summary>Value equality.</summary>
    public static bool operator ==(IpAddr left, IpAddr right) => left.Equals(right);

    /// <summary>Value inequality.</summary>
    public static bool operator !=(IpAddr left, IpAddr right) => !left.Equals(right);

    /// <summary>Order by family, then number.</summary>
    public static bool operator <(IpAddr left, IpAddr right) => left.CompareTo(right) < 0;

    /// <summary>Order by family, then number.</summary>
    public static bool operator >(IpAddr left, IpAddr right) => left.CompareTo(right) > 0;

    /// <summary>Order by family, then number.</summary>
    public static bool operator <=(IpAddr left, IpAddr right) => left.CompareTo(right) <= 0;

    /// <summary>Order by family, then number.</summary>
    public static bool operator >=(IpAddr left, IpAddr right) => left.CompareTo(right) >= 0;
}
