using System.Text.Json;
using System.Text.RegularExpressions;
using Agent.Ipc;

namespace Agent.Cni;

/// <summary>The network configuration on stdin. The plugin reads what it needs itself and hands the whole of it to the
/// agent.</summary>
/// <param name="CniVersion">The version to answer in.</param>
/// <param name="Name">The network's name; part of IPAM handles.</param>
/// <param name="AgentSocket">Where the agent listens (<c>agent_socket</c>).</param>
/// <param name="Json">All of it.</param>
internal sealed partial record CniConfig(string CniVersion, string Name, string AgentSocket, JsonElement Json)
{
    /// <summary>The version in the configuration, whatever it is; errors are answered in it.</summary>
    /// <exception cref="CniError">Stdin is no JSON object (code 6), or <c>cniVersion</c> is no string (code
    /// 7).</exception>
    internal static (string Version, JsonElement Json) ReadVersion(Stream input)
    {
        try
        {
            using var document = JsonDocument.Parse(input);
            var json = document.RootElement.Clone();
            if (json.ValueKind != JsonValueKind.Object)
                throw new CniError(CniError.UndecodableConfig,
                    "the network configuration on stdin is not a JSON object");
            return (Text(json, "cniVersion") is { Length: > 0 } version ? version : CniVersions.Default, json);
        }
        catch (JsonException error)
        {
            throw new CniError(CniError.UndecodableConfig, "the network configuration on stdin is not JSON",
                error.Message);
        }
    }

    /// <summary>Checks the members that the plugin needs.</summary>
    /// <exception cref="CniError">An unknown version (code 1), a missing or malformed name or socket (code
    /// 7).</exception>
    internal static CniConfig Check(string version, JsonElement json)
    {
        if (!CniVersions.All.Contains(version))
        {
            throw new CniError(
                CniError.IncompatibleVersion, $"unsupported CNI version {version}",
                $"supported: {string.Join(", ", CniVersions.All)}");
        }

        var name = Text(json, "name") ?? "";
        if (name.Length == 0)
            throw new CniError(CniError.InvalidConfig, "missing network name", "the configuration has no \"name\"");
        if (!NamePattern().IsMatch(name))
            throw new CniError(CniError.InvalidConfig, "invalid characters in network name",
                $"\"{name}\" must match {NamePattern()}");

        return new CniConfig(version, name,
            Text(json, "agent_socket") is { Length: > 0 } path ? path : IpcClient.DefaultSocketPath, json);
    }

    /// <summary>The attachments that the runtime still knows, for GC.</summary>
    /// <exception cref="CniError">The list is missing or malformed: nothing may be collected then (code 7).</exception>
    internal IReadOnlyList<CniAttachment> ValidAttachments()
    {
        const string Member = "cni.dev/valid-attachments";
        if (!Json.TryGetProperty(Member, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new CniError(CniError.InvalidConfig, $"GC needs the list \"{Member}\"",
                "without it everything would be collected");

        return [.. list.EnumerateArray().Select(Attachment)];

        static CniAttachment Attachment(JsonElement item) =>
            item.ValueKind == JsonValueKind.Object
            && Text(item, "containerID") is { Length: > 0 } container && Text(item, "ifname") is { Length: > 0 } ifName
                ? new CniAttachment(container, ifName)
                : throw new CniError(CniError.InvalidConfig, $"an entry of \"{Member}\" has no containerID or ifname",
                    item.GetRawText());
    }

    private static string? Text(JsonElement json, string member) =>
        !json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new CniError(CniError.InvalidConfig, $"\"{member}\" of the network configuration is not a string",
            value.GetRawText());

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
