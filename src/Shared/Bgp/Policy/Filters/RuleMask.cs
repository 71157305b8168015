using System.Numerics;

namespace Agent.Bgp.Policy;

/// <summary>A set of the rules of one program, a bit for each.</summary>
internal sealed class RuleMask
{
    private readonly ulong[] _words;

    /// <summary>No rules, or all of them.</summary>
    public RuleMask(int rules, bool all = false)
    {
        _words = new ulong[(rules + 63) / 64];
        for (var rule = 0; all && rule < rules; rule++) Set(rule, true);
    }

    private RuleMask(ulong[] words) => _words = words;

    public bool this[int rule] => (_words[rule >> 6] & 1UL << (rule & 63)) != 0;

    public void Set(int rule, bool value)
    {
        if (value) _words[rule >> 6] |= 1UL << (rule & 63);
        else _words[rule >> 6] &= ~(1UL << (rule & 63));
    }

    public RuleMask Copy() => new([.. _words]);

    public bool SameAs(RuleMask other) => _words.AsSpan().SequenceEqual(other._words);

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
}
