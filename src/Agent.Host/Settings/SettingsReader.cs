using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Agent.Host.Settings;

/// <summary>Reads the settings: the file first, then the environment, then the flags; the later wins.</summary>
public static class SettingsReader
{
    /// <summary>Where the settings file is looked for when no <c>--config</c> names one; it may be missing.</summary>
    public const string DefaultFile = "/etc/agent/agent.yaml";

    /// <summary>The settings of this process.</summary>
    /// <param name="file">The settings file that the user named; null takes <see cref="DefaultFile"/> if it
    /// exists.</param>
    /// <param name="environment">Looks up an environment variable; null or empty is not set.</param>
    /// <param name="flags">Values of flags by the keys of their settings.</param>
    /// <exception cref="SettingsException">A setting is unknown or wrong: the message names it, its source and what is
    /// allowed.</exception>
    public static AgentSettings Read(string? file,
        Func<string, string?> environment, IReadOnlyDictionary<string, string> flags)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(flags);
        var settings = new AgentSettings();
        foreach (var (key, text) in FromFile(file))
            settings = Apply(settings, Find(key, file ?? DefaultFile), text, $"{file ?? DefaultFile}: {key}");

        foreach (var definition in SettingsTable.All)
        {
            if (environment(definition.Variable) is { Length: > 0 } text)
                settings = Apply(settings, definition, text, $"environment variable {definition.Variable}");
        }

        foreach (var definition in SettingsTable.All)
        {
            if (flags.TryGetValue(definition.Key, out var text))
                settings = Apply(settings, definition, text, $"flag {definition.Flag}");
        }

        return settings;
    }

    private static AgentSettings Apply(AgentSettings settings, SettingDefinition definition, string text,
        string source) =>
        definition.Apply(settings, text)
        ?? throw new SettingsException($"{source}: '{text}' is not allowed; {definition.Key} is {definition.Allowed}");

    private static SettingDefinition Find(string key, string file) =>
        SettingsTable.All.FirstOrDefault(definition => definition.Key == key)
        ?? throw new SettingsException(
            $"{file}: there is no setting '{key}'; the settings are: "
            + $"{string.Join(", ", SettingsTable.All.Select(definition => definition.Key))}");

    private static List<(string Key, string Text)> FromFile(string? file)
    {
        if (file is null && !File.Exists(DefaultFile)) return [];
        var path = file ?? DefaultFile;
        try
        {
            using var reader = new StreamReader(path);
            var stream = new YamlStream();
            stream.Load(reader);
            if (stream.Documents.Count == 0) return [];
            if (stream.Documents[0].RootNode is not YamlMappingNode mapping)
                throw new SettingsException($"{path}: expected lines of the form 'key: value'");
            return [.. mapping.Children.Select(child => (Scalar(child.Key, path), Scalar(child.Value, path)))];
        }
        catch (YamlException error)
        {
            throw new SettingsException($"{path}: line {error.Start.Line}: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw new SettingsException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new SettingsException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static string Scalar(YamlNode node, string path) => node is YamlScalarNode { Value: { } text }
        ? text
        : throw new SettingsException($"{path}: line {node.Start.Line}: expected 'key: value' with a plain value");
}

/// <summary>A setting is unknown or wrong; the message says which, where it was set and what is allowed.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>With that message.</summary>
    public SettingsException(string message, Exception? inner = null) : base(message, inner) { }
}
