using Agent.Bgp.Wire.Attributes;

namespace Agent.Bgp.Policy;

/// <summary>What the rules look at beside the prefix.</summary>
/// <param name="attributes">On import as received, on export as they would go out, communities of the policy left
/// out.</param>
/// <param name="localPref">LOCAL_PREF as it counts here; the one that goes out by iBGP.</param>
/// <param name="isLearned">Learned by BGP.</param>
/// <param name="interfaceName">The outgoing interface; "" for none.</param>
internal readonly ref struct FilterSubject(
    AttributeSet attributes, uint localPref, bool isLearned, string interfaceName)
{
    public AttributeSet Attributes { get; } = attributes;

    public uint LocalPref { get; } = localPref;

    public bool IsLearned { get; } = isLearned;

    public string Interface { get; } = interfaceName;
}

/// <summary>The part of a program's rules that does not concern the prefix: one mask for each attribute set, source and
/// interface.</summary>
/// <remarks>The masks that occur are kept, so that the answer costs no allocation once it has been given.</remarks>
internal sealed class AttributeConditions(IReadOnlyList<FilterRule> rules)
{
    // Attributes come from peers: what they may fill is bounded.
    private const int MostMasks = 4096;

    private readonly Dictionary<RuleMask, RuleMask> _known = [];
    private readonly RuleMask _work = new(rules.Count);

    /// <summary>True where some rule looks at the interface.</summary>
    public bool AsksForInterface { get; } = rules.Any(rule => rule.Interface is not null);

    /// <summary>The rules that match.</summary>
    public RuleMask Of(in FilterSubject subject)
    {
        for (var rule = 0; rule < rules.Count; rule++) _work[rule] = Matches(rules[rule], subject);
        if (_known.TryGetValue(_work, out var known)) return known;
        if (_known.Count == MostMasks) _known.Clear();
        var mask = _work.Copy();
        _known.Add(mask, mask);
        return mask;
    }

    private static bool Matches(FilterRule rule, in FilterSubject subject) =>
        (!rule.LearnedOnly || subject.IsLearned)
        && (rule.LocalPref is not { } localPref || localPref == subject.LocalPref)
        && (rule.Interface is not { } glob || InterfaceGlob.Matches(glob, subject.Interface))
        && (rule.Community is not { } community || Carries(subject.Attributes, community))
        && (rule.AsPathPrefix.IsEmpty || subject.Attributes.AsPath.BeginsWith(rule.AsPathPrefix.AsSpan()));

    private static bool Carries(AttributeSet attributes, FilterCommunity community) =>
        community.Standard is { } standard
            ? attributes.Communities.Contains(standard)
            : attributes.Carries(community.Large);
}

/// <summary>Names of interfaces with <c>*</c> for any characters.</summary>
public static class InterfaceGlob
{
    /// <summary>True when the name fits the pattern, of which every other character stands for itself.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var star = pattern.IndexOf('*');
        if (star < 0) return pattern.SequenceEqual(name);
        if (!name.StartsWith(pattern[..star])) return false;
        var rest = pattern[(star + 1)..];
        for (var skipped = star; skipped <= name.Length; skipped++)
            if (Matches(rest, name[skipped..])) return true;
        return false;
    }
}
