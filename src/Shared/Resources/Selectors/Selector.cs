using System.Diagnostics.CodeAnalysis;

namespace Agent.Resources;

/// <summary>A selector that does not parse: what was expected, and where.</summary>
/// <param name="Text">The whole selector.</param>
/// <param name="Position">The offset of the first character that does not fit, from 0.</param>
/// <param name="Expected">What would have fitted.</param>
public sealed record SelectorError(string Text, int Position, string Expected)
{
    /// <inheritdoc/>
    public override string ToString() => Position >= Text.Length
        ? $"invalid selector '{Text}': expected {Expected} at the end"
        : $"invalid selector '{Text}': expected {Expected} at position {Position}, found '{Text[Position..]}'";
}

/// <summary>A parsed expression over labels, in Calico's selector language.</summary>
/// <remarks>
/// <code>
/// expression := term { "||" term }         operation := label ( "==" | "!=" ) value
/// term       := factor { "&amp;&amp;" factor }               | label ( "in" | "not in" ) "{" [ value { "," value } ]
/// "}" factor     := { "!" } primary                       | label ( "contains" | "starts with" | "ends with" ) value
/// primary    := "(" expression ")" | "all()" | "global()" | "has(" label ")" | operation
/// value      := 'text' | "text"
/// </code>
/// A label that is missing makes <c>!=</c> and <c>not in</c> true and every other operation false. The empty selector
/// is <c>all()</c>. <c>global()</c> matches everything here; where it may not be used, validation refuses it.
/// </remarks>
public sealed class Selector : IEquatable<Selector>
{
    private readonly SelectorNode _root;

    internal Selector(SelectorNode root)
    {
        _root = root;
        Text = root.ToString();
    }

    /// <summary>The selector <c>all()</c>.</summary>
    public static Selector All { get; } = new(new SelectorNode.All());

    /// <summary>The selector in canonical spacing and quoting; equal selectors may still have different
    /// texts.</summary>
    public string Text { get; }

    /// <summary>True when <c>global()</c> occurs in it.</summary>
    public bool UsesGlobal => _root.Any(node => node is SelectorNode.Global);

    /// <summary>Whether labels satisfy the selector.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels) => _root.Matches(labels);

    /// <summary>Parses a selector; null or empty text is <c>all()</c>.</summary>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out Selector? selector, [NotNullWhen(false)] out SelectorError? error)
    {
        var parser = new SelectorParser(text ?? "");
        var root = parser.Parse();
        selector = root is null ? null : new Selector(root);
        error = root is null ? parser.Error : null;
        return selector is not null;
    }

    /// <summary>Parses a selector.</summary>
    /// <exception cref="FormatException">The text is not a selector; the message names the position.</exception>
    public static Selector Parse(string? text) =>
        TryParse(text, out var selector, out var error) ? selector : throw new FormatException(error.ToString());

    /// <inheritdoc/>
    public bool Equals(Selector? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Selector);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
