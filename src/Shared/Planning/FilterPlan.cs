using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>From a BGPFilter to the filter that a peer is given (spec calico-bgp 1.3).</summary>
public static class FilterPlan
{
    // A priority stands in LOCAL_PREF as what is missing from here, so that the better is the higher.
    private const uint HighestPriority = int.MaxValue;

    /// <summary>The filter of a resource.</summary>
    /// <exception cref="ResourceFormatException">A rule cannot be understood.</exception>
    public static RouteFilter Of(Resource resource)
    {
        var filter = BgpFilter.From(resource);
        return new RouteFilter(filter.Name)
        {
            ImportV4 = Rules(filter.ImportV4, "importV4", IpFamily.V4),
            ExportV4 = Rules(filter.ExportV4, "exportV4", IpFamily.V4),
            ImportV6 = Rules(filter.ImportV6, "importV6", IpFamily.V6),
            ExportV6 = Rules(filter.ExportV6, "exportV6", IpFamily.V6),
        };

        ImmutableArray<FilterRule> Rules(ValueList<BgpFilterRule> rules, string list, IpFamily family) =>
        [
            .. rules.Select((rule, index) => new Reader(resource.Key,
                string.Create(CultureInfo.InvariantCulture, $"spec.{list}[{index}]"), family).Read(rule)),
        ];
    }

    /// <summary>Reads one rule; <c>apply</c> has checked it, other writers may not have.</summary>
    private readonly struct Reader(ResourceKey key, string at, IpFamily family)
    {
        public FilterRule Read(BgpFilterRule rule) => new(rule.Action switch
        {
            "Accept" => FilterAction.Accept,
            "Reject" => FilterAction.Reject,
            _ => throw Wrong("action", rule.Action, "must be one of: Accept, Reject"),
        })
        {
            Prefix = Pattern(rule),
            LearnedOnly = rule.Source == "RemotePeers",
            Interface = string.IsNullOrEmpty(rule.Interface) ? null : rule.Interface,
            Internal = rule.PeerType switch { "iBGP" => true, "eBGP" => false, _ => null },
            Community = rule.Communities?.Values is { Count: > 0 } values
                ? Community("communities.values", values[0])
                : null,
            AsPathPrefix = [.. rule.AsPathPrefix],
            LocalPref = rule.Priority is { } priority ? HighestPriority - (uint)priority : null,
            Edits = Edits(rule.Operations),
        };

        private PrefixPattern? Pattern(BgpFilterRule rule)
        {
            if (string.IsNullOrEmpty(rule.Cidr)) return null;
            if (!IpPrefix.TryParse(rule.Cidr, out var cidr) || cidr.Family != family)
                throw Wrong("cidr", rule.Cidr, "must be a CIDR of the family");
            var lengths = rule.PrefixLength;
            var within = lengths is null
                ? PrefixPattern.Within(cidr)
                : new PrefixPattern(cidr, Math.Max(cidr.Length, lengths.Min ?? 0),
                    Math.Min(cidr.Address.Bits, lengths.Max ?? cidr.Address.Bits));
            return rule.MatchOperator switch
            {
                "In" => within,
                "NotIn" => within.Except(),
                "Equal" => lengths is null ? PrefixPattern.Exactly(cidr) : within,
                "NotEqual" => (lengths is null ? PrefixPattern.Exactly(cidr) : within).Except(),
                _ => throw Wrong("matchOperator", rule.MatchOperator, "must be one of: Equal, NotEqual, In, NotIn"),
            };
        }

        private FilterEdits? Edits(ValueList<BgpFilterOperation> operations)
        {
            if (operations.IsEmpty) return null;
            var edits = new FilterEdits();
            foreach (var operation in operations)
            {
                if (operation.SetPriority is { Value: { } priority })
                    edits = edits with { LocalPref = HighestPriority - (uint)priority };
                if (operation.PrependASPath is { } path)
                    edits = edits with { Prepended = [.. path.Prefix, .. edits.Prepended] };
                if (operation.AddCommunity is not { Value: { } value }) continue;
                edits = Community("operations.addCommunity.value", value) switch
                {
                    { Standard: { } standard } when edits.Communities.Contains(standard) => edits,
                    { Standard: { } standard } => edits with { Communities = edits.Communities.Add(standard) },
                    { Large: var large } when edits.LargeCommunities.Contains(large) => edits,
                    { Large: var large } => edits with { LargeCommunities = edits.LargeCommunities.Add(large) },
                };
            }

            return edits;
        }

        private FilterCommunity Community(string field, string text)
        {
            if (!CommunityText.TryParse(text, out var standard, out var large))
                throw Wrong(field, text, "must be aa:nn or aa:nn:mm");
            return new FilterCommunity(standard, large);
        }

        private ResourceFormatException Wrong(string field, string? value, string reason) =>
            new(key, new FieldError($"{at}.{field}", value ?? "", reason));
    }
}

/// <summary>Communities in text.</summary>
internal static class CommunityText
{
    /// <summary>Reads <c>aa:nn</c> (RFC 1997), or <c>aa:nn:mm</c> (RFC 8092): then <paramref name="standard"/> is
    /// null.</summary>
    public static bool TryParse(string text, out uint? standard, out LargeCommunity large)
    {
        (standard, large) = (null, default);
        var parts = text.Split(':');
        Span<uint> numbers = stackalloc uint[3];
        if (parts.Length is not (2 or 3)) return false;
        for (var i = 0; i < parts.Length; i++)
            if (!uint.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return false;
        if (parts.Length == 3) large = new LargeCommunity(numbers[0], numbers[1], numbers[2]);
        else if (numbers[0] > ushort.MaxValue || numbers[1] > ushort.MaxValue) return false;
        else standard = numbers[0] << 16 | numbers[1];
        return true;
    }
}
