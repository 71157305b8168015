using System.Text.RegularExpressions;

namespace Agent.Resources;

/// <summary>The rules of Kubernetes' Secrets. No finding quotes a value.</summary>
internal static partial class SecretRules
{
    private const int MostBytes = 1024 * 1024;

    public static void Check(Resource resource, Findings findings)
    {
        foreach (var member in resource.Spec.EnumerateObject())
            if (member.Name is not ("data" or "stringData" or "type" or "immutable"))
                findings.Error(member.Name, "<redacted>", "a Secret has data, stringData, type and immutable only");
        var secret = KubeSecret.From(resource);
        foreach (var key in secret.Data.Keys)
            if (!Key().IsMatch(key))
                findings.Error("data", key, "a key consists of alphanumeric characters, '-', '_' or '.', at most 253");
        if (secret.Data.Values.Sum(value => (long)value.Length) > MostBytes)
            findings.Error("data", "<redacted>", "the values have more than 1 MiB together");
    }

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]{1,253}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
