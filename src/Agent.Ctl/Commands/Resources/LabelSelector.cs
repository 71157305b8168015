namespace Agent.Ctl.Commands.Resources;

/// <summary>The label selector of <c>get -l</c>: requirements joined by commas, each <c>key=value</c>,
/// <c>key==value</c>,
/// <c>key!=value</c>, <c>key</c> or <c>!key</c>.</summary>
internal sealed class LabelSelector
{
    private static readonly string[] LogLevels =
        ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];

    private readonly Func<IReadOnlyDictionary<string, string>, bool>[] _requirements;

    private LabelSelector(IEnumerable<Func<IReadOnlyDictionary<string, string>, bool>> requirements) =>
        _requirements = [.. requirements];

    /// <summary>Reads a selector; null, and a log level (which <c>-l</c> means elsewhere), select everything.</summary>
    /// <exception cref="CommandFailedException">A requirement is malformed.</exception>
    internal static LabelSelector Parse(string? text) =>
        text is null || LogLevels.Contains(text, StringComparer.OrdinalIgnoreCase) ? new LabelSelector([])
        : new LabelSelector(text.Split(',').Select(part => Requirement(part.Trim(), text)));

    /// <summary>True when the labels meet every requirement.</summary>
    internal bool Matches(IReadOnlyDictionary<string, string> labels) =>
        _requirements.All(requirement => requirement(labels));

    private static Func<IReadOnlyDictionary<string, string>, bool> Requirement(string part, string whole)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            var negated = part.StartsWith('!');
            var key = negated ? part[1..].Trim() : part;
            if (key.Length == 0 || key.Any(char.IsWhiteSpace)) throw Malformed(part, whole);
            return labels => labels.Any(label => label.Key == key) != negated;
        }

        var differs = equals > 0 && part[equals - 1] == '!';
        var name = part[..(differs ? equals - 1 : equals)].Trim();
        var value = part[(equals + 1)..].TrimStart('=').Trim();
        if (name.Length == 0 || name.Any(char.IsWhiteSpace)) throw Malformed(part, whole);
        return labels => (labels.TryGetValue(name, out var label) && label == value) != differs;
    }

    private static CommandFailedException Malformed(string part, string whole) =>
        new($"invalid label selector '{whole}': '{part}' is not key=value, key!=value, key or !key");
}
