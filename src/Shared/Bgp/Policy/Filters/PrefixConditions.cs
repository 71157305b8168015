using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>The prefix part of a program's rules as a table: one longest match and one index give the rules that a
/// prefix matches.</summary>
/// <remarks>
/// The networks that cover a prefix form a chain, the longest lying within all others; whether a rule's pattern holds
/// then depends on the prefix's length alone. So each network has a row of masks by length, with the rules of its whole
/// chain in it.
/// </remarks>
internal sealed class PrefixConditions
{
    private readonly PrefixTrie<Row> _networks = new();
    private readonly RuleMask _outside;

    /// <summary>Masks by the prefix's length, from the network's own on.</summary>
    private sealed class Row(RuleMask[] masks)
    {
        public RuleMask[] Masks => masks;
    }

    /// <summary>The table of these patterns; null stands for a rule without one.</summary>
    public PrefixConditions(IReadOnlyList<PrefixPattern?> patterns)
    {
        _outside = new RuleMask(patterns.Count);
        for (var rule = 0; rule < patterns.Count; rule++) _outside[rule] = patterns[rule]?.Negated ?? true;
        var networks = patterns.Where(pattern => pattern is not null).Select(pattern => pattern!.Value.Network);
        foreach (var network in networks.Distinct()) _networks.Set(network, RowOf(network, patterns));
    }

    /// <summary>The rules whose pattern the prefix matches.</summary>
    public RuleMask Of(IpPrefix prefix) =>
        _networks.TryLongestMatch(prefix, out var network, out var row)
            ? row.Masks[prefix.Length - network.Length]
            : _outside;

    private Row RowOf(IpPrefix network, IReadOnlyList<PrefixPattern?> patterns)
    {
        var chain = Enumerable.Range(0, patterns.Count)
            .Where(rule => patterns[rule] is { } pattern && pattern.Network.Contains(network)).ToArray();
        var masks = new RuleMask[network.Address.Bits - network.Length + 1];
        for (var length = network.Length; length <= network.Address.Bits; length++)
        {
            var mask = _outside.Copy();
            foreach (var rule in chain)
            {
                var pattern = patterns[rule]!.Value;
                mask[rule] = (length >= pattern.Shortest && length <= pattern.Longest) != pattern.Negated;
            }

            var place = length - network.Length;
            masks[place] = place > 0 && masks[place - 1].Equals(mask) ? masks[place - 1] : mask;
        }

        return new Row(masks);
    }
}
