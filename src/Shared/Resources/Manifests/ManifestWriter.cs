using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Agent.Resources;

/// <summary>How a manifest is written.</summary>
public enum ManifestFormat
{
    /// <summary>YAML in the layout of Go's emitter, as <c>calicoctl -o yaml</c>.</summary>
    Yaml,

    /// <summary>JSON with an indent of two, as <c>calicoctl -o json</c>.</summary>
    Json,
}

/// <summary>Writes resources as manifests, keys sorted; what it writes, <see cref="ManifestReader"/> reads
/// back.</summary>
public static class ManifestWriter
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One resource as one object.</summary>
    public static string Write(Resource resource, ManifestFormat format) => Write(ToJson(resource), format);

    /// <summary>Several resources, asked for by name: a list of objects.</summary>
    public static string Write(IEnumerable<Resource> resources, ManifestFormat format) =>
        Write(new JsonArray([.. resources.Select(ToJson)]), format);

    /// <summary>All resources of a kind: an object of kind <c>IPPoolList</c> with <c>items</c> and the list's
    /// revision.</summary>
    public static string WriteList(ResourceKind kind, IEnumerable<Resource> resources, long revision,
        ManifestFormat format) =>
        Write(
            new JsonObject
            {
                ["apiVersion"] = kind.ApiVersion,
                ["items"] = new JsonArray([.. resources.Select(ToJson)]),
                ["kind"] = kind.Kind + "List",
                ["metadata"] = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) },
            },
            format);

    /// <summary>Any document, keys sorted.</summary>
    public static string Write(JsonNode? document, ManifestFormat format)
    {
        var sorted = Sorted(document);
        return format == ManifestFormat.Yaml
            ? YamlEmitter.Emit(sorted)
            : (sorted?.ToJsonString(Indented) ?? "null") + "\n";
    }

    /// <summary>A resource as the document that patches are applied to.</summary>
    public static JsonObject ToJson(Resource resource)
    {
        var metadata = new JsonObject { ["name"] = resource.Name };
        if (resource.Namespace is { } space) metadata["namespace"] = space;
        if (!resource.Labels.IsEmpty) metadata["labels"] = Map(resource.Labels);
        if (!resource.Annotations.IsEmpty) metadata["annotations"] = Map(resource.Annotations);
        if (resource.Uid.Length > 0) metadata["uid"] = resource.Uid;
        if (resource.Revision > 0)
            metadata["resourceVersion"] = resource.Revision.ToString(CultureInfo.InvariantCulture);
        if (resource.CreationTimestamp is { } time)
            metadata["creationTimestamp"] =
                time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        var document = new JsonObject
        {
            ["apiVersion"] = resource.Kind.ApiVersion,
            ["kind"] = resource.Kind.Kind,
            ["metadata"] = metadata,
        };
        if (Kinds.Find(resource.Kind) is { HasSpec: false })
            foreach (var member in resource.Spec.EnumerateObject()) document[member.Name] = Node(member.Value);
        else document["spec"] = Node(resource.Spec);
        if (resource.Status.ValueKind == JsonValueKind.Object && resource.Status.EnumerateObject().Any())
            document["status"] = Node(resource.Status);
        return document;
    }

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var map = new JsonObject();
        foreach (var (name, value) in pairs) map[name] = value;
        return map;
    }

    private static JsonNode? Node(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element),
        JsonValueKind.Array => JsonArray.Create(element),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(element),
    };

    private static JsonNode? Sorted(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var sorted = new JsonObject();
                foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
                    sorted[name] = Sorted(value);
                return sorted;
            case JsonArray items:
                return new JsonArray([.. items.Select(Sorted)]);
            default:
                return node?.DeepClone();
        }
    }
}
