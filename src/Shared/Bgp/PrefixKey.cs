using System.Runtime.CompilerServices;
using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>A prefix as numbers: what the table looks for and UPDATEs are read into and written from.</summary>
/// <remarks>It says the same as <see cref="IpPrefix"/>, in the form in which the hot paths need it; host bits must be
/// zero.</remarks>
internal readonly struct PrefixKey
{
    private const int Neighbours = 3;

    /// <summary>The key of these numbers; <paramref name="high"/> is 0 for IPv4.</summary>
    public PrefixKey(ulong high, ulong low, byte length, IpFamily family)
    {
        High = high;
        Low = low;
        Length = length;
        Family = family;
    }

    /// <summary>The key of a prefix.</summary>
    public PrefixKey(IpPrefix prefix)
        : this(prefix.Address.High, prefix.Address.Low, prefix.Length, prefix.Family)
    {
    }

    /// <summary>The upper 64 bits of the address.</summary>
    public ulong High { get; }

    /// <summary>The lower 64 bits of the address.</summary>
    public ulong Low { get; }

    /// <summary>The prefix's length.</summary>
    public byte Length { get; }

    /// <summary>The prefix's family.</summary>
    public IpFamily Family { get; }

    /// <summary>The place in a table, which is the same in every process.</summary>
    /// <remarks>Eight prefixes of one length that lie side by side get places side by side: they mostly come in one
    /// UPDATE, and then lie in one cache line.</remarks>
    public uint Hash
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Family == IpFamily.V4 ? HashOfV4((uint)Low, Length) : HashOfV6(High, Low, Length);
    }

    /// <summary>The <see cref="Hash"/> of an IPv4 prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HashOfV4(uint address, byte length) => Mix((ulong)address >> 32 - length, 0, length);

    private static uint HashOfV6(ulong high, ulong low, byte length) => length > 64
        ? Mix(low >> 128 - length, high, length)
        : Mix(length == 0 ? 0 : high >> 64 - length, 0, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mix(ulong number, ulong above, byte length)
    {
        var block = number >> Neighbours ^ above * 0x9E3779B97F4A7C15UL ^ (ulong)length << 56;
        var mixed = block * 0xD6E8FEB86659FD93UL;
        return (uint)(mixed >> 32) << Neighbours | (uint)number & (1 << Neighbours) - 1;
    }

    /// <summary>The prefix.</summary>
    public IpPrefix ToPrefix() =>
        Family == IpFamily.V4 ? IpPrefix.V4((uint)Low, Length) : new IpPrefix(IpAddr.FromV6(High, Low), Length);
}
