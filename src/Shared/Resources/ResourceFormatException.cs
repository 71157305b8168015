using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Resources;

/// <summary>A stored resource cannot be understood: which one, which member, what it holds and what was expected.</summary>
public sealed class ResourceFormatException(ResourceKey key, FieldError error)
    : Exception($"{key}: error with field {error}")
{
    /// <summary>Which resource.</summary>
    public ResourceKey Key { get; } = key;

    /// <summary>Which member, and what is wrong with it.</summary>
    public FieldError Error { get; } = error;
}

/// <summary>Reads and writes the parts of a resource as typed values, with errors that name the member.</summary>
internal static class TypedJson
{
    /// <summary>Reads the spec of a resource of the given kind.</summary>
    public static T ReadSpec<T>(Resource resource, ResourceKind kind, JsonTypeInfo<T> type)
    {
        if (resource.Kind != kind) throw new ArgumentException($"{resource.Key} is of kind {resource.Kind}, not {kind}", nameof(resource));
        return Read(resource.Key, resource.Spec, Kinds.Of(kind).HasSpec ? "spec" : "", type);
    }

    /// <summary>Reads the status; a value with all defaults where there is none.</summary>
    public static T ReadStatus<T>(Resource resource, JsonTypeInfo<T> type) => Read(
        resource.Key, resource.Status.ValueKind == JsonValueKind.Object ? resource.Status : Resource.EmptyObject, "status", type);

    /// <summary>The JSON of a typed value.</summary>
    public static JsonElement Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(value, type);

    private static T Read<T>(ResourceKey key, JsonElement element, string root, JsonTypeInfo<T> type)
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) element = Resource.EmptyObject;
        try
        {
            return element.Deserialize(type)!;
        }
        catch (JsonException wrong)
        {
            var path = wrong.Path is { Length: > 1 } at && at.StartsWith("$.", StringComparison.Ordinal) ? at[2..] : "";
            throw new ResourceFormatException(key, new FieldError(Join(root, path), ValueAt(element, path), Reason(wrong)));
        }
    }

    private static string Join(string root, string path) =>
        root.Length == 0 ? path : path.Length == 0 ? root : $"{root}.{path}";

    private static string Reason(JsonException wrong)
    {
        var message = wrong.Message;
        if (!message.Contains(" Path: ", StringComparison.Ordinal)) return message;
        if (message.Contains("System.Boolean", StringComparison.Ordinal)) return "must be true or false";
        if (message.Contains("System.String", StringComparison.Ordinal)) return "must be text";
        return message.Contains("System.", StringComparison.Ordinal) && message.Contains("nt", StringComparison.Ordinal)
            ? "must be an integer in range"
            : "has the wrong type";
    }

    /// <summary>What stands at a path such as <c>serviceClusterIPs[0].cidr</c>; empty where nothing can be found.</summary>
    private static string ValueAt(JsonElement element, string path)
    {
        foreach (var step in path.Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            if (step.EndsWith(']') && int.TryParse(step.AsSpan(0, step.Length - 1), out var index))
            {
                if (element.ValueKind != JsonValueKind.Array || index >= element.GetArrayLength()) return "";
                element = element[index];
            }
            else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element)) return "";
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }
}
