using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Resources.Json;

/// <summary>Reads and writes the parts of a resource as typed values, with errors that name the member.</summary>
internal static class TypedJson
{
    /// <summary>Reads the spec of a resource of the given kind.</summary>
    public static T ReadSpec<T>(Resource resource, ResourceKind kind, JsonTypeInfo<T> shape)
    {
        if (resource.Kind != kind)
            throw new ArgumentException($"{resource.Key} is of kind {resource.Kind}, not {kind}", nameof(resource));
        return Read(resource.Key, resource.Spec, Kinds.Of(kind).HasSpec ? "spec" : "", shape);
    }

    /// <summary>Reads the status; a value with all defaults where there is none.</summary>
    public static T ReadStatus<T>(Resource resource, JsonTypeInfo<T> shape) =>
        Read(resource.Key, resource.Status, "status", shape);

    /// <summary>The JSON of a typed value.</summary>
    public static JsonElement Write<T>(T value, JsonTypeInfo<T> shape) =>
        JsonSerializer.SerializeToElement(value, shape);

    private static T Read<T>(ResourceKey key, JsonElement element, string root, JsonTypeInfo<T> shape)
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) element = Resource.EmptyObject;
        try
        {
            return element.Deserialize(shape)!;
        }
        catch (JsonException wrong)
        {
            throw new ResourceFormatException(key, Locate(element, shape, root, wrong));
        }
    }

    private static JsonException? Wrong(JsonElement element, JsonTypeInfo shape)
    {
        try
        {
            element.Deserialize(shape);
            return null;
        }
        catch (JsonException wrong)
        {
            return wrong;
        }
    }

    /// <summary>
    /// Finds the innermost member that cannot be read, by reading each alone. The path that the exception carries will
    /// not do: it starts anew inside every list.
    /// </summary>
    private static FieldError Locate(JsonElement element, JsonTypeInfo shape, string path, JsonException wrong)
    {
        if (UnknownFields.ElementShape(shape) is { } item && element.ValueKind == JsonValueKind.Array)
        {
            for (var index = 0; index < element.GetArrayLength(); index++)
            {
                if (Wrong(element[index], item) is { } inner)
                    return Locate(element[index], item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"),
                        inner);
            }
        }
        else if (shape.Kind == JsonTypeInfoKind.Object && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (UnknownFields.MemberShape(shape, member.Name) is not { } known) continue;
                var alone = JsonSerializer.SerializeToElement(
                    new JsonObject { [member.Name] = JsonNode.Parse(member.Value.GetRawText()) },
                    ResourceJson.Default.JsonObject);
                if (Wrong(alone, shape) is { } inner)
                    return Locate(member.Value, known, path.Length == 0 ? member.Name : $"{path}.{member.Name}", inner);
            }
        }

        var value = element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
        return new FieldError(path, value, Reason(shape, wrong));
    }

    private static string Reason(JsonTypeInfo shape, JsonException wrong)
    {
        // Our converters say what they expect; the framework's message names its types.
        if (!wrong.Message.Contains(" Path: ", StringComparison.Ordinal)) return wrong.Message;
        if (shape.Kind == JsonTypeInfoKind.Object) return "must be an object";
        var type = Nullable.GetUnderlyingType(shape.Type) ?? shape.Type;
        return type == typeof(bool) ? "must be true or false"
            : type == typeof(string) ? "must be text"
            : type == typeof(uint) ? AsNumber.Expected
            : type == typeof(byte) ? "must be an integer from 0 to 255"
            : type.IsPrimitive ? "must be an integer in range"
            : "has the wrong type";
    }
}
