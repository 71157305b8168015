using System.Text.RegularExpressions;

namespace Agent.Cni;

/// <summary>The CNI_* variables, checked for the verb that they ask for (CNI specification, "Parameters").</summary>
internal sealed partial record CniEnvironment(
    string Command, string ContainerId, string? Netns, string IfName, IReadOnlyDictionary<string, string> Args)
{
    private const int LongestInterfaceName = 15;

    /// <summary>Reads and checks the variables.</summary>
    /// <param name="variable">Gives a variable, or null.</param>
    /// <exception cref="CniError">With code 4, naming every variable that is missing, or the one that is
    /// malformed.</exception>
    internal static CniEnvironment Read(Func<string, string?> variable)
    {
        var command = variable("CNI_COMMAND") ?? "";
        string[] needed = command switch
        {
            "ADD" or "CHECK" => ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
            "DEL" => ["CNI_CONTAINERID", "CNI_IFNAME"],
            "GC" or "STATUS" or "VERSION" => [],
            "" => ["CNI_COMMAND"],
            _ => throw new CniError(CniError.InvalidEnvironment, $"unknown CNI_COMMAND: {command}"),
        };

        string[] missing = [.. needed.Where(name => string.IsNullOrEmpty(variable(name)))];
        if (missing.Length > 0)
            throw new CniError(CniError.InvalidEnvironment,
                $"required env variables [{string.Join(',', missing)}] missing");

        var containerId = variable("CNI_CONTAINERID") ?? "";
        if (containerId.Length > 0 && !ContainerIdPattern().IsMatch(containerId))
            throw new CniError(CniError.InvalidEnvironment, "invalid characters in containerID",
                $"CNI_CONTAINERID is {containerId}");

        var ifName = variable("CNI_IFNAME") ?? "";
        if (ifName.Length > 0) CheckInterfaceName(ifName);

        var netns = variable("CNI_NETNS");
        return new CniEnvironment(
            command, containerId, string.IsNullOrEmpty(netns) ? null : netns, ifName,
            ReadArgs(variable("CNI_ARGS") ?? ""));
    }

    private static void CheckInterfaceName(string name)
    {
        if (name.Length > LongestInterfaceName)
            throw new CniError(CniError.InvalidEnvironment, $"interface name is too long: {name}",
                $"at most {LongestInterfaceName} characters");
        if (name is "." or ".." || name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c)))
            throw new CniError(CniError.InvalidEnvironment, $"interface name is invalid: {name}");
    }

    private static SortedDictionary<string, string> ReadArgs(string text)
    {
        var args = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new CniError(CniError.InvalidEnvironment, $"CNI_ARGS: invalid pair \"{pair}\"",
                    "expected KEY=value;KEY=value");
            args[pair[..equals]] = pair[(equals + 1)..];
        }

        return args;
    }

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex ContainerIdPattern();
}
