using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Ipc;
using Agent.Resources;

namespace Agent.Ctl.Output;

/// <summary>The flag <c>-o</c> of commands that show what the agent answered: a table, or the answer as JSON or
/// YAML.</summary>
internal static class Documents
{
    private static readonly DocumentJson Indented = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>A flag of its own for a command.</summary>
    /// <param name="wide">Whether the command has a wider table.</param>
    internal static Option<string?> Flag(bool wide = false)
    {
        var option = new Option<string?>("--output", "-o")
        {
            Description = wide ? "wide, json or yaml instead of the table." : "json or yaml instead of the table.",
            HelpName = "format",
        };
        option.CompletionSources.Add(wide ? ["wide", "json", "yaml"] : ["json", "yaml"]);
        return option;
    }

    /// <summary>Reads the flag: null, <c>wide</c>, <c>json</c> or <c>yaml</c>.</summary>
    /// <exception cref="CommandFailedException">It is none of those.</exception>
    internal static string? Format(ParseResult parsed, Option<string?> flag, bool wide = false) =>
        parsed.GetValue(flag) switch
        {
            null => null,
            "json" => "json",
            "yaml" or "yml" => "yaml",
            "wide" when wide => "wide",
            var unknown => throw new CommandFailedException(
                $"unrecognized output format '{unknown}': use {(wide ? "wide, json or yaml" : "json or yaml")}"),
        };

    /// <summary>Prints an answer as a document; false for a table, which is the caller's.</summary>
    internal static bool Write(TextWriter output, string? format, IpcReply reply) =>
        Write(output, format, IpcTypes.ToJson(reply));

    /// <summary>Prints JSON as a document; false for a table, which is the caller's.</summary>
    internal static bool Write(TextWriter output, string? format, JsonElement json)
    {
        if (format is not ("json" or "yaml")) return false;
        output.Write(Text(format, json));
        return true;
    }

    /// <summary>The text of one document, ending with a line end.</summary>
    internal static string Text(string format, JsonElement json) => format == "json"
        ? JsonSerializer.Serialize(json, Indented.JsonElement) + "\n"
        : YamlEmitter.Emit(JsonSerializer.SerializeToNode(json, DocumentJson.Default.JsonElement)).TrimEnd('\n') + "\n";
}

/// <summary>A list that is printed while it is still being read: one JSON array, or one YAML list.</summary>
internal sealed class ListDocument(TextWriter output, string format)
{
    private bool _begun;

    /// <summary>Prints one item.</summary>
    internal void Add(JsonElement item)
    {
        var text = Documents.Text(format, item).TrimEnd('\n');
        if (format == "json") output.Write((_begun ? ",\n" : "[\n") + text);
        else output.WriteLine("- " + text.Replace("\n", "\n  ", StringComparison.Ordinal));
        _begun = true;
    }

    /// <summary>Ends the list.</summary>
    internal void End()
    {
        if (format == "json") output.WriteLine(_begun ? "\n]" : "[]");
        else if (!_begun) output.WriteLine("[]");
    }
}
