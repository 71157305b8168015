using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Agent.Primitives;

/// <summary>A network: an address whose bits beyond <see cref="Length"/> are zero. Canonical, ordered, without
/// allocation.</summary>
/// <remarks>The order is by address, then the shorter prefix first, so a network comes before what it
/// contains.</remarks>
public readonly struct IpPrefix : IEquatable<IpPrefix>, IComparable<IpPrefix>
{
    private readonly ulong _high;
    private readonly ulong _low;

    /// <summary>The network of <paramref name="address"/> with that many leading bits; the host bits are
    /// cleared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or longer than the address.</exception>
    public IpPrefix(IpAddr address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.Bits);
        Length = (byte)length;
        Family = address.Family == IpFamily.V6 ? IpFamily.V6 : IpFamily.V4;
        (_high, _low) = (address.High & HighMask(length), address.Low & LowMask(Family, length));
    }

    private IpPrefix(IpFamily family, ulong high, ulong low, byte length) =>
        (Family, _high, _low, Length) = (family, high, low, length);

    /// <summary>The IPv4 network of an address in host order; the host bits are cleared.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">0 to 32; what is above counts as 32.</param>
    public static IpPrefix V4(uint address, int length) =>
        new(IpFamily.V4, 0, address & LowMask(IpFamily.V4, Math.Min(length, 32)), (byte)Math.Min(length, 32));

    /// <summary>The first address of the network.</summary>
    public IpAddr Address => Family switch
    {
        IpFamily.V4 => IpAddr.FromV4((uint)_low),
        IpFamily.V6 => IpAddr.FromV6(_high, _low),
        _ => default,
    };

    /// <summary>The number of leading bits that name the network: 0 to 32, or 0 to 128.</summary>
    public byte Length { get; }

    /// <summary>The family of the network.</summary>
    public IpFamily Family { get; }

    /// <summary>True for a value that was never set.</summary>
    public bool IsDefault => Family == 0;

    /// <summary>True when the network is one address: a /32 or a /128.</summary>
    public bool IsHost => Length == Bits;

    /// <summary>How many addresses the network has: 1 to 2^127 (a /0 of IPv6 saturates at the largest value).</summary>
    public UInt128 Count => Bits - Length == 128 ? UInt128.MaxValue : UInt128.One << (Bits - Length);

    /// <summary>The last address of the network.</summary>
    public IpAddr Last =>
        IpAddr.FromValue(Family, Address.Value | (IsHost ? UInt128.Zero : UInt128.MaxValue >> 128 - Bits + Length));

    /// <summary>The network of one address: a /32 or a /128.</summary>
    public static IpPrefix Host(IpAddr address) => new(address, address.Bits);

    /// <summary>True when the address lies in the network.</summary>
    public bool Contains(IpAddr address) =>
        address.Family == Family && (address.Low & LowMask(Family, Length)) == _low
        && (address.High & HighMask(Length)) == _high;

    /// <summary>True when the other network is this one or lies within it.</summary>
    public bool Contains(IpPrefix other) =>
        other.Length >= Length && other.Family == Family
        && (other._low & LowMask(Family, Length)) == _low && (other._high & HighMask(Length)) == _high;

    /// <summary>True when the two networks share an address.</summary>
    public bool Overlaps(IpPrefix other) => Contains(other) || other.Contains(this);

    /// <summary>Parses <c>address/length</c>; host bits that are set are an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpPrefix prefix) =>
        TryParseInterface(text, out var address, out prefix) && address == prefix.Address;

    /// <summary>Parses <c>address/length</c> where the address may lie anywhere in the network, as a node's own address
    /// does.</summary>
    public static bool TryParseInterface([NotNullWhen(true)] string? text, out IpAddr address, out IpPrefix network)
    {
        address = default;
        network = default;
        if (text is null) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IpAddr.TryParse(text[..slash], out address)) return false;
        var digits = text.AsSpan(slash + 1);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > address.Bits) return false;
        if (digits.Length > 1 && digits[0] == '0') return false;
        network = new IpPrefix(address, length);
        return true;
    }

    /// <summary>Parses a network.</summary>
    /// <exception cref="FormatException">The text is not a network, or has host bits set.</exception>
    public static IpPrefix Parse(string text) =>
        TryParse(text, out var prefix)
            ? prefix
            : throw new FormatException($"'{text}' is not a network (address/length, host bits zero)");

    /// <inheritdoc/>
    public bool Equals(IpPrefix other) =>
        _low == other._low && _high == other._high && Length == other.Length && Family == other.Family;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IpPrefix other && Equals(other);

    /// <summary>A hash that is the same in every process.</summary>
    public override int GetHashCode() => Address.GetHashCode() * 31 + Length;

    /// <inheritdoc/>
    public int CompareTo(IpPrefix other)
    {
        var byAddress = Address.CompareTo(other.Address);
        return byAddress != 0 ? byAddress : Length.CompareTo(other.Length);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    /// <summary>Value equality.</summary>
    public static bool operator ==(IpPrefix left, IpPrefix right) => left.Equals(right);

    /// <summary>Value inequality.</summary>
    public static bool operator !=(IpPrefix left, IpPrefix right) => !left.Equals(right);

    /// <summary>Order by address, then length.</summary>
    public static bool operator <(IpPrefix left, IpPrefix right) => left.CompareTo(right) < 0;

    /// <summary>Order by address, then length.</summary>
    public static bool operator >(IpPrefix left, IpPrefix right) => left.CompareTo(right) > 0;

    /// <summary>Order by address, then length.</summary>
    public static bool operator <=(IpPrefix left, IpPrefix right) => left.CompareTo(right) <= 0;

    /// <summary>Order by address, then length.</summary>
    public static bool operator >=(IpPrefix left, IpPrefix right) => left.CompareTo(right) >= 0;

    private int Bits => Family == IpFamily.V6 ? 128 : 32;

    // The upper half of an IPv4 address is zero, so any mask does for it.
    private static ulong HighMask(int length) => length >= 64 ? ulong.MaxValue : ~(ulong.MaxValue >> length);

    private static ulong LowMask(IpFamily family, int length)
    {
        var cleared = (family == IpFamily.V6 ? 128 : 32) - length;
        return cleared >= 64 ? 0 : ulong.MaxValue << cleared;
    }
}
