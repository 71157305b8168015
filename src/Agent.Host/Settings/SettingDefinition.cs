namespace Agent.Host.Settings;

/// <summary>One row of the table of settings: where it may be set, what it may be, and what it is otherwise.</summary>
/// <param name="Key">The key in the settings file, in camel case; the flag is the same in kebab case.</param>
/// <param name="Variable">The environment variable; Calico's name where Calico has the setting.</param>
/// <param name="Default">What holds when nobody sets it, as a user would write it.</param>
/// <param name="Allowed">The allowed values in words, for the table and for errors.</param>
/// <param name="Meaning">What the setting does, in one sentence.</param>
/// <param name="Apply">Puts a text into the settings; null when the text is not an allowed value.</param>
public sealed record SettingDefinition(
    string Key, string Variable, string Default, string Allowed, string Meaning,
    Func<AgentSettings, string, AgentSettings?> Apply)
{
    /// <summary>The flag: <c>--node-name</c> for <c>nodeName</c>.</summary>
    public string Flag { get; } = "--"
        + string.Concat(Key.Select(letter => char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
