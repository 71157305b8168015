using System.Buffers.Binary;
using System.Numerics;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>The attribute sets that a session has lately seen, by their bytes: a repeated set is found and nothing is
/// allocated.</summary>
/// <remarks>
/// A direct-mapped table: each key has one place, and a newcomer drives out who stands there. So it is bounded, every
/// look-up costs one comparison, and no choice of keys makes it slow. It starts small and doubles while more than half
/// of its places are taken.
/// </remarks>
internal sealed class AttributeCache
{
    /// <summary>The most sets that are kept.</summary>
    public const int MaxCapacity = 4096;

    private Entry?[] _places = new Entry?[16];
    private int _taken;

    /// <summary>The set of these bytes; null when it is not kept.</summary>
    public PathAttributes? Find(ReadOnlySpan<byte> key)
    {
        var hash = HashOf(key);
        return _places[hash & (uint)(_places.Length - 1)] is { } entry && entry.Hash == hash
            && key.SequenceEqual(entry.Key)
            ? entry.Attributes
            : null;
    }

    /// <summary>Keeps a set under its bytes.</summary>
    public void Keep(ReadOnlySpan<byte> key, PathAttributes attributes)
    {
        if (_taken > _places.Length / 2 && _places.Length < MaxCapacity) Double();
        Place(new Entry(HashOf(key), key.ToArray(), attributes));
    }

    private void Double()
    {
        var old = _places;
        (_places, _taken) = (new Entry?[old.Length * 2], 0);
        foreach (var entry in old)
            if (entry is not null) Place(entry);
    }

    private void Place(Entry entry)
    {
        ref var place = ref _places[entry.Hash & (uint)(_places.Length - 1)];
        if (place is null) _taken++;
        place = entry;
    }

    private static uint HashOf(ReadOnlySpan<byte> key)
    {
        var hash = (ulong)key.Length;
        for (; key.Length >= 8; key = key[8..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(key));
        var tail = 0UL;
        foreach (var each in key) tail = tail << 8 | each;
        hash = Mix(hash, tail);
        return (uint)(hash >> 32);
    }

    private static ulong Mix(ulong hash, ulong value) =>
        BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15UL, 29);

    private sealed record Entry(uint Hash, byte[] Key, PathAttributes Attributes);
}
