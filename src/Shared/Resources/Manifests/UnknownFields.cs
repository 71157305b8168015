using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Finds members of a document that its kind does not have, by the shapes from which the deserialisers are
/// generated.</summary>
internal static class UnknownFields
{
    /// <summary>The paths of the members that the shape does not know, in the order of the document.</summary>
    public static IEnumerable<string> Find(JsonElement element, JsonTypeInfo shape, string path)
    {
        if (ElementShape(shape) is { } item)
        {
            if (element.ValueKind != JsonValueKind.Array) yield break;
            var index = 0;
            foreach (var child in element.EnumerateArray())
            {
                var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]");
                foreach (var unknown in Find(child, item, at)) yield return unknown;
            }
        }
        else if (shape.Kind == JsonTypeInfoKind.Object && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                var at = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
                if (MemberShape(shape, member.Name) is not { } known) yield return at;
                else
                    foreach (var unknown in Find(member.Value, known, at)) yield return unknown;
            }
        }
    }

    /// <summary>The shape of an object's member, or null when it has no such member.</summary>
    public static JsonTypeInfo? MemberShape(JsonTypeInfo shape, string name)
    {
        // Members that JSON leaves out stand in the list too, without accessors.
        var known = shape.Properties.FirstOrDefault(property =>
            property.Name == name && (property.Get ?? (object?)property.Set) is not null);
        return known is null ? null : ShapeOf(known.PropertyType);
    }

    /// <summary>The shape of a list's elements, or null when the shape is not that of a list.</summary>
    public static JsonTypeInfo? ElementShape(JsonTypeInfo shape) =>
        shape.Type.IsGenericType && shape.Type.GetGenericTypeDefinition() == typeof(ValueList<>)
            ? ShapeOf(shape.Type.GenericTypeArguments[0])
            : null;

    private static JsonTypeInfo ShapeOf(Type type) => ResourceJson.Default.Options.GetTypeInfo(type);
}
