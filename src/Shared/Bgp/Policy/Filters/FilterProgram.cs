using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>A peer's filters of one family and direction, compiled (spec calico-bgp 1.3).</summary>
/// <remarks>
/// Filters and their rules are one list, in order: what no rule of a filter decides falls through to the next one. A
/// rule has a part about the prefix and a part about everything else. The first is a table (<see
/// cref="PrefixConditions"/>), the second a mask for each attribute set (<see cref="AttributeConditions"/>); the first
/// bit that both have is the rule that decides, so no rule is looked at per route.
/// </remarks>
internal sealed class FilterProgram
{
    /// <summary>What <see cref="Decide"/> says when no rule matches.</summary>
    public const int FallsThrough = -1;

    private readonly ImmutableArray<Line> _lines;
    private readonly PrefixConditions _prefixes;
    private readonly AttributeConditions _attributes;

    /// <summary>A rule, where it stands, and what it makes of a received set.</summary>
    private sealed record Line(FilterRule Rule, string Filter, int Number, AttributeEdits? Edits);

    private FilterProgram(ImmutableArray<Line> lines)
    {
        _lines = lines;
        _prefixes = new PrefixConditions([.. lines.Select(line => line.Rule.Prefix)]);
        _attributes = new AttributeConditions([.. lines.Select(line => line.Rule)]);
    }

    /// <summary>True where the outgoing interface counts.</summary>
    public bool AsksForInterface => _attributes.AsksForInterface;

    /// <summary>The rule of a number that <see cref="Decide"/> gave.</summary>
    public FilterRule this[int rule] => _lines[rule].Rule;

    /// <summary>What an accepting rule makes of a received set; null leaves it as it is.</summary>
    public AttributeEdits? EditsOf(int rule) => _lines[rule].Edits;

    /// <summary>Compiles the rules that can match on a session of this kind; null where there are none.</summary>
    public static FilterProgram? Compile(
        FilterList filters, IpFamily family, FilterDirection direction, bool isInternal)
    {
        var lines = filters.Filters
            .SelectMany(filter => filter.Rules(family, direction)
                .Select((rule, index) => new Line(rule, filter.Name, index + 1, EditsOf(rule.Edits))))
            .Where(line => line.Rule.Internal is not { } wanted || wanted == isInternal)
            .ToImmutableArray();
        return lines.IsEmpty ? null : new FilterProgram(lines);
    }

    /// <summary>The rules that match everything but the prefix: ask once per attribute set.</summary>
    public RuleMask MaskOf(in FilterSubject subject) => _attributes.Of(subject);

    /// <summary>The number of the rule that decides; <see cref="FallsThrough"/> for none.</summary>
    public int Decide(IpPrefix prefix, RuleMask attributes) => RuleMask.FirstOfBoth(_prefixes.Of(prefix), attributes);

    private static AttributeEdits? EditsOf(FilterEdits? edits) => edits is null ? null : new AttributeEdits
    {
        Prepended = edits.Prepended,
        LocalPrefEdit = edits.LocalPref is null ? LocalPrefEdit.Default : LocalPrefEdit.Set,
        LocalPref = edits.LocalPref ?? ExportAttributes.DefaultLocalPref,
        Communities = edits.Communities,
        LargeCommunities = edits.LargeCommunities,
    };

    /// <summary>Names the rule that decided: <c>BGPFilter(a) rule 2</c>.</summary>
    public string NameOf(int rule) =>
        string.Create(CultureInfo.InvariantCulture, $"BGPFilter({_lines[rule].Filter}) rule {_lines[rule].Number}");
}
