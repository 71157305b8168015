using System.Text.RegularExpressions;

namespace Agent.Resources;

/// <summary>Names, namespaces and labels, in the syntax of Kubernetes.</summary>
internal static partial class NameRules
{
    private const string Subdomain =
        "must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character, at most 253 characters (DNS-1123 subdomain)";

    public static void Check(Resource resource, Findings findings)
    {
        if (resource.Name.Length == 0) findings.Error("metadata.name", "", "resource name may not be empty");
        else if (!IsSubdomain(resource.Name)) findings.Error("metadata.name", resource.Name, Subdomain);
        if (resource.Namespace is { } space && (space.Length > 63 || !DnsLabel().IsMatch(space)))
            findings.Error("metadata.namespace", space, "must be a DNS-1123 label, at most 63 characters");
        foreach (var (key, value) in resource.Labels)
        {
            if (!IsLabelKey(key))
                findings.Error("metadata.labels", key,
                    "a label's key is [prefix/]name, the name at most 63 alphanumeric characters, '-', '_' or '.'");
            if (value.Length > 0 && (value.Length > 63 || !LabelText().IsMatch(value)))
                findings.Error($"metadata.labels.{key}", value,
                    "a label's value has at most 63 alphanumeric characters, '-', '_' or '.', the first and last "
                    + "alphanumeric");
        }
    }

    /// <summary>Whether a text is a DNS-1123 subdomain.</summary>
    public static bool IsSubdomain(string text) => text.Length is > 0 and <= 253 && SubdomainText().IsMatch(text);

    private static bool IsLabelKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = key[(slash + 1)..];
        return name.Length is > 0 and <= 63 && LabelText().IsMatch(name) && (slash < 0 || IsSubdomain(key[..slash]));
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex SubdomainText();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelText();
}
