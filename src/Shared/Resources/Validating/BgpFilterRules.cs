using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules of BGPFilter (spec calico-bgp 1.3).</summary>
internal static partial class BgpFilterRules
{
    private const int MostOperations = 10;
    private const int MostPrepended = 10;

    public static void Check(BgpFilter filter, Findings findings)
    {
        List("spec.exportV4", filter.ExportV4, IpFamily.V4, findings);
        List("spec.importV4", filter.ImportV4, IpFamily.V4, findings);
        List("spec.exportV6", filter.ExportV6, IpFamily.V6, findings);
        List("spec.importV6", filter.ImportV6, IpFamily.V6, findings);
    }

    private static void List(string field, ValueList<BgpFilterRule> rules, IpFamily family, Findings findings)
    {
        for (var index = 0; index < rules.Count; index++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
            Network(at, rules[index], family, findings);
            Conditions(at, rules[index], findings);
            Operations(at, rules[index], findings);
        }
    }

    private static void Network(string at, BgpFilterRule rule, IpFamily family, Findings findings)
    {
        var hasCidr = !string.IsNullOrEmpty(rule.Cidr);
        if (hasCidr && string.IsNullOrEmpty(rule.MatchOperator))
            findings.Error($"{at}.matchOperator", "", "MatchOperator cannot be empty when CIDR is not");
        if (!hasCidr && !string.IsNullOrEmpty(rule.MatchOperator))
            findings.Error($"{at}.cidr", "", "CIDR cannot be empty when MatchOperator is not");
        if (!hasCidr && rule.PrefixLength is not null)
            findings.Error($"{at}.cidr", "", "CIDR cannot be empty when PrefixLength is not");
        findings.OneOf($"{at}.matchOperator", rule.MatchOperator, "Equal", "NotEqual", "In", "NotIn");
        if (hasCidr) Cidr($"{at}.cidr", rule.Cidr!, family, findings);
        var most = family == IpFamily.V4 ? 32 : 128;
        Between($"{at}.prefixLength.min", rule.PrefixLength?.Min, 0, most, findings);
        Between($"{at}.prefixLength.max", rule.PrefixLength?.Max, 0, most, findings);
    }

    private static void Cidr(string field, string text, IpFamily family, Findings findings)
    {
        var (longest, name) = family == IpFamily.V4 ? (18, "IPv4") : (43, "IPv6");
        if (text.Length > longest) findings.Error(field, text, $"at most {longest} characters");
        else if (IpPrefix.TryParse(text, out var cidr) && cidr.Family == family) return;
        else if (IpPrefix.TryParseInterface(text, out _, out cidr) && cidr.Family == family)
            findings.Error(field, text, "CIDR is not strictly masked");
        else findings.Error(field, text, $"must be a valid {name} CIDR");
    }

    private static void Conditions(string at, BgpFilterRule rule, Findings findings)
    {
        findings.OneOf($"{at}.source", rule.Source, "RemotePeers");
        findings.OneOf($"{at}.peerType", rule.PeerType, "eBGP", "iBGP");
        if (!string.IsNullOrEmpty(rule.Interface) && !InterfaceGlob().IsMatch(rule.Interface))
            findings.Error($"{at}.interface", rule.Interface, "must be 1 to 15 letters, digits, '_', '.', '*' or '-'");
        if (rule.Communities is { } communities)
        {
            if (communities.Values.Count != 1)
                findings.Error($"{at}.communities.values", string.Join(",", communities.Values),
                    "must have exactly one value");
            foreach (var value in communities.Values) Community($"{at}.communities.values", value, findings);
        }

        Between($"{at}.priority", rule.Priority, 1, int.MaxValue - 1, findings);
        if (string.IsNullOrEmpty(rule.Action)) findings.Error($"{at}.action", "", "must be one of: Accept, Reject");
        findings.OneOf($"{at}.action", rule.Action, "Accept", "Reject");
    }

    private static void Operations(string at, BgpFilterRule rule, Findings findings)
    {
        if (rule.Operations.IsEmpty) return;
        var field = $"{at}.operations";
        if (rule.Operations.Count > MostOperations)
            findings.Error(field, rule.Operations.Count.ToString(CultureInfo.InvariantCulture),
                $"at most {MostOperations} operations");
        if (rule.Action == "Reject") findings.Error(field, rule.Action, "operations may only be used with Accept");
        foreach (var operation in rule.Operations)
        {
            object?[] members = [operation?.AddCommunity, operation?.PrependASPath, operation?.SetPriority];
            if (operation is null || members.Count(member => member is not null) != 1)
            {
                findings.Error(field, "", "each has exactly one of addCommunity, prependASPath and setPriority");
                continue;
            }

            if (operation.AddCommunity is { } add) Community($"{field}.addCommunity.value", add.Value, findings);
            if (operation.PrependASPath is { } prepend && prepend.Prefix.Count is < 1 or > MostPrepended)
                findings.Error($"{field}.prependASPath.prefix", string.Join(",", prepend.Prefix),
                    $"must have 1 to {MostPrepended} AS numbers");
            if (operation.SetPriority is { Value: null })
                findings.Error($"{field}.setPriority.value", "", "must be specified");
            Between($"{field}.setPriority.value", operation.SetPriority?.Value, 1, int.MaxValue - 1, findings);
        }
    }

    private static void Community(string field, string? value, Findings findings)
    {
        if (!BgpConfigurationRules.IsCommunity(value ?? ""))
            findings.Error(field, value, "must be aa:nn (16 bit each) or aa:nn:mm (32 bit each)");
    }

    private static void Between(string field, int? value, int least, int most, Findings findings)
    {
        if (value is { } given && (given < least || given > most))
            findings.Error(field, given.ToString(CultureInfo.InvariantCulture), $"must be between {least} and {most}");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.*-]{1,15}\z", RegexOptions.CultureInvariant)]
    private static partial Regex InterfaceGlob();
}
