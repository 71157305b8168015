using System.Numerics;

namespace Agent.Bgp.Rib;

/// <summary>A set of prefixes by number: a bit each.</summary>
internal sealed class PrefixSet
{
    private ulong[] _words = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    public bool Contains(int prefix) =>
        prefix >> 6 < _words.Length && (_words[prefix >> 6] & 1UL << (prefix & 63)) != 0;

    /// <summary>Adds a prefix; false when it was there.</summary>
    public bool Add(int prefix)
    {
        if (Contains(prefix)) return false;
        if (prefix >> 6 >= _words.Length) Array.Resize(ref _words, Math.Max((prefix >> 6) + 1, _words.Length * 2));
        _words[prefix >> 6] |= 1UL << (prefix & 63);
        Count++;
        return true;
    }

    /// <summary>Takes a prefix out; false when it was not there.</summary>
    public bool Remove(int prefix)
    {
        if (!Contains(prefix)) return false;
        _words[prefix >> 6] &= ~(1UL << (prefix & 63));
        Count--;
        return true;
    }

    /// <summary>The lowest prefix that is not below; -1 when there is none.</summary>
    public int From(int prefix)
    {
        for (var word = prefix >> 6; word < _words.Length; word++)
        {
            var bits = _words[word];
            if (word == prefix >> 6) bits &= ulong.MaxValue << (prefix & 63);
            if (bits != 0) return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        return -1;
    }
}
