using System.Numerics;

namespace Agent.Bgp.Policy;

/// <summary>A set of the rules of one program, a bit for each. Compared by value.</summary>
internal sealed class RuleMask : IEquatable<RuleMask>
{
    private readonly ulong[] _words;

    /// <summary>No rules.</summary>
    public RuleMask(int rules) => _words = new ulong[(rules + 63) / 64];

    private RuleMask(ulong[] words) => _words = words;

    public bool this[int rule]
    {
        get => (_words[rule >> 6] & 1UL << (rule & 63)) != 0;
        set
        {
            if (value) _words[rule >> 6] |= 1UL << (rule & 63);
            else _words[rule >> 6] &= ~(1UL << (rule & 63));
        }
    }

    public RuleMask Copy() => new([.. _words]);

    /// <summary>The first rule that both have; -1 for none.</summary>
    public static int FirstOfBoth(RuleMask left, RuleMask right)
    {
        for (var word = 0; word < left._words.Length; word++)
        {
            var both = left._words[word] & right._words[word];
            if (both != 0) return word * 64 + BitOperations.TrailingZeroCount(both);
        }

        return -1;
    }

    public bool Equals(RuleMask? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as RuleMask);

    public override int GetHashCode()
    {
        var hash = 0UL;
        foreach (var word in _words) hash = (hash ^ word) * 0x9E3779B97F4A7C15UL;
        return (int)(hash >> 32);
    }
}
