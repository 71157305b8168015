using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Agent.Resources;

/// <summary>JSON Patch (RFC 6902): add, remove, replace, move, copy and test, in order, all or nothing.</summary>
public static class JsonPatch
{
    /// <summary>Applies the operations to a copy of the document.</summary>
    /// <param name="document">What is patched; it stays as it is.</param>
    /// <param name="patch">The list of operations.</param>
    /// <param name="result">The patched document, where all operations succeeded.</param>
    /// <param name="error">Which operation failed, and why: <c>operation 2 (replace /spec/x): there is no member
    /// 'x'</c>.</param>
    public static bool TryApply(JsonNode? document, JsonNode? patch, out JsonNode? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        if (patch is not JsonArray operations)
        {
            error = "a JSON patch must be a list of operations";
            return false;
        }

        var root = new JsonObject { [""] = document?.DeepClone() };
        for (var index = 0; index < operations.Count; index++)
        {
            var reason = operations[index] is JsonObject operation ? Apply(root, operation) : "must be an object";
            if (reason is null) continue;
            error = string.Create(CultureInfo.InvariantCulture,
                $"operation {index + 1}{Describe(operations[index])}: {reason}");
            return false;
        }

        result = root[""];
        root.Remove("");
        error = null;
        return true;
    }

    private static string Describe(JsonNode? operation) =>
        operation is JsonObject node && Text(node, "op") is { } op ? $" ({op} {Text(node, "path")})" : "";

    /// <summary>Applies one operation below the one member of <paramref name="root"/>; returns what is wrong, or
    /// null.</summary>
    private static string? Apply(JsonObject root, JsonObject operation)
    {
        if (Text(operation, "op") is not { } op) return "the member 'op' is missing";
        if (Text(operation, "path") is not { } path) return "the member 'path' is missing";
        if (op is "add" or "replace" or "test" && !operation.ContainsKey("value"))
            return "the member 'value' is missing";
        var value = operation["value"];
        switch (op)
        {
            case "add": return Add(root, path, value?.DeepClone());
            case "remove": return Remove(root, path, out _);
            case "replace": return Replace(root, path, value);
            case "test":
                if (!TryFind(root, path, out var found, out var missing)) return missing;
                return JsonNode.DeepEquals(found, value) ? null : $"the value is {found?.ToJsonString() ?? "null"}";
            case "copy" or "move":
                if (Text(operation, "from") is not { } from) return "the member 'from' is missing";
                if (op == "copy") return TryFind(root, from, out var source, out var none)
                    ? Add(root, path, source?.DeepClone())
                    : none;
                if (path.StartsWith(from + "/", StringComparison.Ordinal)) return "a value cannot be moved into itself";
                return Remove(root, from, out var moved) ?? Add(root, path, moved);
            default: return $"'{op}' is not one of add, remove, replace, move, copy, test";
        }
    }

    private static string? Add(JsonObject root, string path, JsonNode? value)
    {
        if (!TryParent(root, path, out var parent, out var last, out var error)) return error;
        if (parent is JsonObject members)
        {
            members[last] = value;
            return null;
        }

        var list = (JsonArray)parent;
        if (last == "-") list.Add(value);
        else if (TryIndex(last, list.Count, out var index)) list.Insert(index, value);
        else return OutOfRange(last, list.Count);
        return null;
    }

    private static string? Remove(JsonObject root, string path, out JsonNode? removed)
    {
        removed = null;
        if (path.Length == 0) return "the whole document cannot be removed";
        if (!TryFind(root, path, out removed, out var error)) return error;
        if (!TryParent(root, path, out var parent, out var last, out error)) return error;
        if (parent is JsonObject members) members.Remove(last);
        else ((JsonArray)parent).RemoveAt(int.Parse(last, CultureInfo.InvariantCulture));
        return null;
    }

    private static string? Replace(JsonObject root, string path, JsonNode? value)
    {
        if (!TryFind(root, path, out _, out var error)) return error;
        if (!TryParent(root, path, out var parent, out var last, out error)) return error;
        if (parent is JsonObject members) members[last] = value?.DeepClone();
        else ((JsonArray)parent)[int.Parse(last, CultureInfo.InvariantCulture)] = value?.DeepClone();
        return null;
    }

    private static bool TryFind(JsonObject root, string path, out JsonNode? found,
        [NotNullWhen(false)] out string? error)
    {
        found = null;
        if (!TryParent(root, path, out var parent, out var last, out error)) return false;
        if (parent is JsonObject members)
        {
            if (members.TryGetPropertyValue(last, out found)) return true;
            error = $"there is no member '{last}'";
            return false;
        }

        var list = (JsonArray)parent;
        if (TryIndex(last, list.Count - 1, out var index))
        {
            found = list[index];
            return true;
        }

        error = OutOfRange(last, list.Count);
        return false;
    }

    /// <summary>Walks to the object or list that holds the last step of a pointer (RFC 6901).</summary>
    private static bool TryParent(
        JsonObject root, string path, [NotNullWhen(true)] out JsonNode? parent, out string last,
        [NotNullWhen(false)] out string? error)
    {
        parent = root;
        last = "";
        error = null;
        if (path.Length == 0) return true;
        if (path[0] != '/')
        {
            error = "a path begins with '/'";
            return false;
        }

        foreach (var raw in path.Split('/')[1..])
        {
            var next = parent switch
            {
                JsonObject members => members[last],
                JsonArray list when TryIndex(last, list.Count - 1, out var index) => list[index],
                _ => null,
            };
            if (next is not (JsonObject or JsonArray))
            {
                error = $"there is nothing at '{last}' to look into";
                return false;
            }

            parent = next;
            last = raw.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        }

        return true;
    }

    private static bool TryIndex(string text, int largest, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index)
        && index <= largest && (text.Length == 1 || text[0] != '0');

    private static string OutOfRange(string text, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"'{text}' is not an index into a list of {count}");

    private static string? Text(JsonObject node, string member) =>
        node[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
