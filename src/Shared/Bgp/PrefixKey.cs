using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>A prefix as numbers, with its hash: what the table looks for and UPDATEs are read into and written
/// from.</summary>
/// <remarks>It says the same as <see cref="IpPrefix"/>, in the order in which the hot paths need it; host bits must be
/// zero.</remarks>
internal readonly struct PrefixKey
{
    /// <summary>The key of these numbers; <paramref name="high"/> is 0 for IPv4.</summary>
    public PrefixKey(ulong high, ulong low, byte length, IpFamily family)
    {
        High = high;
        Low = low;
        Length = length;
        Family = family;
        var address = low ^ high * 0x9E3779B97F4A7C15UL;
        var mixed = (address ^ (ulong)length << 40 ^ (ulong)family << 48) * 0xD6E8FEB86659FD93UL;
        Hash = (uint)(mixed >> 32);
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

    /// <summary>The place in a table.</summary>
    public uint Hash { get; }

    /// <summary>The prefix's length.</summary>
    public byte Length { get; }

    /// <summary>The prefix's family.</summary>
    public IpFamily Family { get; }

    /// <summary>The prefix.</summary>
    public IpPrefix ToPrefix() =>
        new(Family == IpFamily.V4 ? IpAddr.FromV4((uint)Low) : IpAddr.FromV6(High, Low), Length);
}
