using System.Text;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>The order in which the blocks of a pool are tried: upward from a place
/// that depends on a seed, once around.</summary>
/// <remarks>
/// Different hosts start at different places, so that they rarely want the same block; one host starts at
/// the same place every time. The place is a mixture of all bits of the seed, since the hashes of similar
/// names (<c>node1</c>, <c>node2</c>) are neighbours.
/// </remarks>
public static class CandidateBlocks
{
    /// <summary>The seed of a host: the 32-bit FNV-1 hash of its name (multiply, then exclusive-or).</summary>
    public static uint Seed(string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        var hash = 2166136261u;
        foreach (var each in Encoding.UTF8.GetBytes(host)) hash = unchecked(hash * 16777619u) ^ each;
        return hash;
    }

    /// <summary>The blocks of a pool in the order for a seed, without those that are reserved altogether. Lazy:
    /// a pool may have 2^12 blocks or 2^90.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="seed">The host's <see cref="Seed"/>; for blocks of one address better the time or a random number,
    /// else every claim of a host walks over all that it has claimed before.</param>
    /// <param name="reserved">Reserved addresses; long stretches of them are passed over in one step.</param>
    /// <exception cref="ArgumentException">The block size is shorter than the pool's
    /// network, or the pool is a whole family.</exception>
    public static IEnumerable<IpPrefix> Walk(Pool pool, ulong seed, AddressSet reserved)
    {
        Check(pool);
        ArgumentNullException.ThrowIfNull(reserved);
        var start = new UInt128(Mix(seed), Mix(~seed)) % (UInt128.One << (pool.BlockSize - pool.Cidr.Length));
        return Walk(pool.Cidr, pool.BlockSize, start, reserved);
    }

    /// <summary>The blocks of a pool from the lowest upward, without those that are reserved altogether.
    /// Lazy.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Walk(Pool, ulong, AddressSet)"/>.</exception>
    public static IEnumerable<IpPrefix> Upward(Pool pool, AddressSet reserved)
    {
        Check(pool);
        ArgumentNullException.ThrowIfNull(reserved);
        return Walk(pool.Cidr, pool.BlockSize, UInt128.Zero, reserved);
    }

    /// <summary>The first block in that order that is not taken; null when all are.</summary>
    public static IpPrefix? FirstFree(Pool pool, ulong seed, AddressSet reserved, Func<IpPrefix, bool> isTaken)
    {
        foreach (var cidr in Walk(pool, seed, reserved))
            if (!isTaken(cidr)) return cidr;
        return null;
    }

    private static void Check(Pool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (pool.BlockSize < pool.Cidr.Length || pool.BlockSize > pool.Cidr.Address.Bits || pool.Cidr.Length == 0)
            throw new ArgumentException($"pool {pool.Name} ({pool.Cidr}) cannot have blocks of /{pool.BlockSize}",
                nameof(pool));
    }

    private static IEnumerable<IpPrefix> Walk(IpPrefix pool, int blockSize, UInt128 start, AddressSet reserved)
    {
        var hostBits = pool.Address.Bits - blockSize;
        var count = UInt128.One << (blockSize - pool.Length);
        for (UInt128 walked = 0; walked < count;)
        {
            var index = (start + walked) % count;
            var cidr = new IpPrefix(pool.Address.Add(index << hostBits), blockSize);
            if (reserved.EndOfRangeAt(cidr.Address) is { } end && end >= cidr.Last.Value)
            {
                // All blocks that end within the reserved range are passed over; behind the pool's last the walk goes
                // on at its first.
                var behind = (UInt128.Min(end, pool.Last.Value) - pool.Address.Value + 1) >> hostBits;
                walked += behind - index;
                continue;
            }

            yield return cidr;
            walked++;
        }
    }

    // The finalizer of SplitMix64: every bit of the input moves half of the output's.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15UL;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }
}
