using System.Globalization;
using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>A port by number, or by the name that the pod gives it (Kubernetes' IntOrString).</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    /// <summary>A port by number.</summary>
    public IntOrString(int number) => Number = number;

    /// <summary>A port by name.</summary>
    public IntOrString(string text) => Text = text;

    /// <summary>The number; 0 where there is a name.</summary>
    public int Number { get; }

    /// <summary>The name; null where there is a number.</summary>
    public string? Text { get; }

    /// <inheritdoc/>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}
