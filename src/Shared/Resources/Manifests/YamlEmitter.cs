using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Agent.Resources;

/// <summary>Writes JSON as YAML in the layout that Kubernetes' tools share: lists at the column of their key, quotes
/// only where needed.</summary>
/// <remarks>
/// Text that would read as another type (<c>"26"</c>, <c>"true"</c>, a date) stands in double quotes, text with a
/// character that YAML reserves in single ones, text of several lines as a literal block.
/// </remarks>
public static class YamlEmitter
{
    private static readonly SearchValues<char> NumberLike = SearchValues.Create("0123456789.:_xobeE+-abcdefABCDEF");

    /// <summary>Words that YAML 1.1 readers, Go's among them, do not take for text.</summary>
    private static readonly string[] Words =
        ["null", "~", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", "-.inf", "+.inf", ".nan", "<<", "="];

    /// <summary>The YAML of a JSON document, ending with a line end.</summary>
    public static string Emit(JsonNode? node)
    {
        var text = new StringBuilder();
        if (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) Block(text, node, 0, startsOnNewLine: true);
        else Inline(text, node, 0);
        return text.ToString();
    }

    /// <summary>Writes a map or list that is not empty; a first line within <c>- </c> is indented already.</summary>
    private static void Block(StringBuilder text, JsonNode node, int indent, bool startsOnNewLine)
    {
        var indented = !startsOnNewLine;
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Indent(text, indent, ref indented);
                text.Append('-').Append(' ');
                if (item is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
                    Block(text, item, indent + 2, startsOnNewLine: false);
                else Inline(text, item, indent + 2);
            }

            return;
        }

        foreach (var (name, value) in (JsonObject)node)
        {
            Indent(text, indent, ref indented);
            text.Append(Scalar(name)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 }:
                    text.Append('\n');
                    Block(text, value, indent + 2, startsOnNewLine: true);
                    break;
                case JsonArray { Count: > 0 }:
                    text.Append('\n');
                    Block(text, value, indent, startsOnNewLine: true);
                    break;
                default:
                    text.Append(' ');
                    Inline(text, value, indent + 2);
                    break;
            }
        }
    }

    private static void Indent(StringBuilder text, int indent, ref bool indented)
    {
        if (!indented) text.Append(' ', indent);
        indented = false;
    }

    private static void Inline(StringBuilder text, JsonNode? node, int indent)
    {
        switch (node)
        {
            case null: text.Append("null\n"); break;
            case JsonObject: text.Append("{}\n"); break;
            case JsonArray: text.Append("[]\n"); break;
            case var value when value.GetValueKind() == JsonValueKind.String:
                Text(text, value.GetValue<string>(), indent);
                break;
            default: text.Append(node.ToJsonString()).Append('\n'); break;
        }
    }

    private static void Text(StringBuilder text, string value, int indent)
    {
        if (!FitsLiteral(value))
        {
            text.Append(Scalar(value)).Append('\n');
            return;
        }

        var body = value.TrimEnd('\n');
        var trailing = value.Length - body.Length;
        text.Append(trailing switch { 0 => "|-\n", 1 => "|\n", _ => "|+\n" });
        foreach (var line in body.Split('\n'))
        {
            if (line.Length > 0) text.Append(' ', indent).Append(line);
            text.Append('\n');
        }

        for (var blank = 1; blank < trailing; blank++) text.Append('\n');
    }

    private static bool FitsLiteral(string value) =>
        value.Contains('\n', StringComparison.Ordinal) && value[0] is not (' ' or '\n')
        && !value.Any(c => char.IsControl(c) && c != '\n')
        && value.TrimEnd('\n').Length > 0;

    private static string Scalar(string value)
    {
        if (value.Any(char.IsControl)) return DoubleQuoted(value);
        if (value.Length == 0 || ReadsAsOtherType(value)) return $"\"{value}\"";
        return IsPlain(value) ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static bool ReadsAsOtherType(string value)
    {
        if (Words.Contains(value, StringComparer.OrdinalIgnoreCase)) return true;
        if (YamlDocuments.Number(value) is not null) return true;
        if (!(char.IsAsciiDigit(value[0]) || value[0] is '+' or '-' or '.')) return false;
        if (DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out _) && value.Count(c => c == '-') >= 2)
            return true;
        // Numbers of YAML 1.1 only: 1_000, 0b1, 12:30 (but no IPv6 address, which has two colons in a row or letters).
        return !value.AsSpan().ContainsAnyExcept(NumberLike)
            && value.Split(':')
            .All(part => int.TryParse(part.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out _));
    }

    private static bool IsPlain(string value)
    {
        var first = value[0];
        if (",[]{}#&*!|>'\"%@`".Contains(first, StringComparison.Ordinal)) return false;
        if (first is '-' or '?' or ':' && (value.Length == 1 || value[1] == ' ')) return false;
        if (first == ' ' || value[^1] is ' ' or ':') return false;
        return !value.Contains(": ", StringComparison.Ordinal) && !value.Contains(" #", StringComparison.Ordinal)
            && !value.StartsWith("---", StringComparison.Ordinal) && !value.StartsWith("...", StringComparison.Ordinal);
    }

    private static string DoubleQuoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            text = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\r' => text.Append("\\r"),
                _ when char.IsControl(c) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }
}
