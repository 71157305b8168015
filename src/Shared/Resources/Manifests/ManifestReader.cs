using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;

namespace Agent.Resources;

/// <summary>Reads manifests: YAML of several documents, JSON, kinds that end in List, and lists of any of them;
/// strictly.</summary>
/// <remarks>
/// A member that a kind does not have is an error with its position, since a misspelt field would else be a setting
/// that silently does not hold. The specs of Kubernetes' own kinds are taken as they are. Values are judged by
/// <see cref="Validation"/>, not here.
/// </remarks>
public sealed class ManifestReader
{
    private static readonly string[] MetadataFields =
    [
        "name", "namespace", "labels", "annotations", "uid", "resourceVersion", "creationTimestamp", "generateName",
        "generation",
        "selfLink", "managedFields", "finalizers", "ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds",
    ];

    private readonly string _source;
    private readonly List<Resource> _resources = [];
    private readonly List<ManifestError> _errors = [];
    private readonly List<string> _warnings = [];
    private Dictionary<string, Mark> _positions = [];

    private ManifestReader(string source) => _source = source;

    /// <summary>Reads a whole manifest.</summary>
    /// <param name="text">The manifest; what begins with a brace or bracket is read as JSON.</param>
    /// <param name="source">How errors call it: the file's name, or <c>stdin</c>.</param>
    public static ManifestContent Read(string text, string source = "stdin")
    {
        var reader = new ManifestReader(source);
        var trimmed = text.AsSpan().TrimStart("\uFEFF \t\r\n");
        if (trimmed.Length > 0 && trimmed[0] is '{' or '[') reader.ReadJson(text.TrimStart('\uFEFF'));
        else reader.ReadYaml(text);
        return reader.Content();
    }

    /// <summary>Reads one resource, or a list of them, that was parsed already (the result of a patch).</summary>
    public static ManifestContent Read(JsonNode? document, string source = "document")
    {
        var reader = new ManifestReader(source);
        reader.ReadRoot(document, "");
        return reader.Content();
    }

    private ManifestContent Content() => new([.. _resources], [.. _errors], [.. _warnings]);

    private void ReadYaml(string text)
    {
        try
        {
            foreach (var document in YamlDocuments.Read(text))
            {
                _positions = document.Positions;
                ReadRoot(document.Root, "");
            }
        }
        catch (YamlException broken)
        {
            _errors.Add(new ManifestError(_source, (int)broken.Start.Line, (int)broken.Start.Column,
                $"this is not valid YAML: {broken.Message}"));
        }
    }

    private void ReadJson(string text)
    {
        try
        {
            ReadRoot(JsonNode.Parse(text,
                documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }), "");
        }
        catch (JsonException broken)
        {
            var cut = broken.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            _errors.Add(new ManifestError(
                _source, (int)(broken.LineNumber ?? -1) + 1, (int)(broken.BytePositionInLine ?? -1) + 1,
                $"this is not valid JSON: {(cut < 0 ? broken.Message : broken.Message[..cut])}"));
        }
    }

    private void ReadRoot(JsonNode? node, string path)
    {
        switch (node)
        {
            case JsonArray list:
                ReadItems(list, path);
                break;
            case JsonObject document when Text(document["kind"]) is { } kind
                && kind.EndsWith("List", StringComparison.Ordinal) && document["items"] is JsonArray items:
                ReadItems(items, Join(path, "items"));
                break;
            case JsonObject document:
                ReadResource(document, path);
                break;
            default:
                Fail(path, "a resource must be an object with apiVersion, kind and metadata");
                break;
        }
    }

    private void ReadItems(JsonArray list, string path)
    {
        for (var index = 0; index < list.Count; index++)
            ReadRoot(list[index], string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"));
    }

    private void ReadResource(JsonObject document, string path)
    {
        var before = _errors.Count;
        if (Text(document["kind"]) is not { Length: > 0 } kindName)
        {
            Fail(path, "kind is missing");
            return;
        }

        if (Text(document["apiVersion"]) is not { Length: > 0 } apiVersion)
        {
            Fail(path, "apiVersion is missing");
            return;
        }

        if (Kinds.Find(new ResourceKind(apiVersion, kindName)) is not { } definition)
        {
            Fail(Join(path, "kind"), Unsupported(apiVersion, kindName));
            return;
        }

        var metadata = document["metadata"] as JsonObject ?? [];
        foreach (var (name, _) in metadata)
            if (!MetadataFields.Contains(name)) FailUnknown(Join(Join(path, "metadata"), name));
        var resource = new Resource
        {
            Key = Key(definition, metadata, path),
            Labels = Map(metadata, "labels", path),
            Annotations = Map(metadata, "annotations", path),
            Uid = Text(metadata["uid"]) ?? "",
            Revision = Revision(metadata, path),
            CreationTimestamp = Timestamp(metadata, path),
            Spec = Spec(document, definition, path),
            Status = definition.HasSpec && document["status"] is JsonObject status ? Element(status) : default,
        };
        if (_errors.Count == before) _resources.Add(resource);
    }

    private ResourceKey Key(KindDefinition definition, JsonObject metadata, string path)
    {
        var name = Text(metadata["name"]) ?? "";
        if (name.Length == 0)
            Fail(Join(path, "metadata"), $"{definition.Kind.Kind}: resource name may not be empty (metadata.name)");
        var space = Text(metadata["namespace"]);
        if (!definition.IsNamespaced && !string.IsNullOrEmpty(space))
            Fail(Join(path, "metadata.namespace"), $"{definition.Kind.Kind}({name}) is not namespaced");
        return new ResourceKey(definition.Kind, name,
            !definition.IsNamespaced ? null : string.IsNullOrEmpty(space) ? "default" : space);
    }

    private JsonElement Spec(JsonObject document, KindDefinition definition, string path)
    {
        var spec = new JsonObject();
        foreach (var (name, value) in document)
        {
            if (name is "apiVersion" or "kind" or "metadata") continue;
            if (!definition.HasSpec) spec[name] = value?.DeepClone();
            else if (name is not ("spec" or "status")) FailUnknown(Join(path, name));
        }

        if (definition.HasSpec)
        {
            if (document["spec"] is { } given and not JsonObject)
            {
                Fail(Join(path, "spec"), $"spec must be an object, not {given.ToJsonString()}");
                return Resource.EmptyObject;
            }

            spec = (JsonObject?)document["spec"]?.DeepClone() ?? [];
        }

        foreach (var ignored in definition.IgnoredFields)
            if (spec.Remove(ignored))
                _warnings.Add($"{definition.Kind.Kind}: spec.{ignored} has no effect here and is dropped");
        var element = Element(spec);
        if (definition.SpecShape is { } shape)
            foreach (var unknown in UnknownFields.Find(element, shape, Join(path, "spec"))) FailUnknown(unknown);
        return element;
    }

    private ImmutableSortedDictionary<string, string> Map(JsonObject metadata, string member, string path)
    {
        if (metadata[member] is not { } given) return Resource.EmptyMap;
        var at = Join(Join(path, "metadata"), member);
        if (given is not JsonObject pairs)
        {
            Fail(at, $"metadata.{member} must be an object");
            return Resource.EmptyMap;
        }

        var map = Resource.EmptyMap.ToBuilder();
        foreach (var (name, value) in pairs)
        {
            if (Text(value) is { } text) map[name] = text;
            else Fail(Join(at, name),
                $"metadata.{member}: the value of '{name}' must be text; put {value?.ToJsonString() ?? "null"} in "
                + "quotes");
        }

        return map.ToImmutable();
    }

    private long Revision(JsonObject metadata, string path)
    {
        if (metadata["resourceVersion"] is not { } given) return 0;
        var text = Text(given) ?? given.ToJsonString();
        if (text.Length == 0) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)) return revision;
        Fail(Join(path, "metadata.resourceVersion"), $"metadata.resourceVersion must be a number, not '{text}'");
        return 0;
    }

    private DateTimeOffset? Timestamp(JsonObject metadata, string path)
    {
        if (metadata["creationTimestamp"] is not { } given) return null;
        if (Text(given) is { } text
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var time)) return time;
        Fail(Join(path, "metadata.creationTimestamp"),
            $"metadata.creationTimestamp must be a time, not {given.ToJsonString()}");
        return null;
    }

    private static string Unsupported(string apiVersion, string kind)
    {
        var meant = Kinds.All.FirstOrDefault(known =>
            string.Equals(known.Kind.Kind, kind, StringComparison.OrdinalIgnoreCase));
        return meant is null
            ? Kinds.Unsupported(kind)
            : $"resource type '{apiVersion}/{kind}' is not supported; did you mean '{meant.Kind}'?";
    }

    private void FailUnknown(string path)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        var where = _positions.ContainsKey(path) ? "" : $" ({path})";
        Fail(path, $"field in document is not recognized or is in the wrong location: {name}{where}");
    }

    private void Fail(string path, string message)
    {
        var (line, column) = Position(path);
        _errors.Add(new ManifestError(_source, line, column, message));
    }

    /// <summary>Where a member stands; for one that is missing, where what holds it stands.</summary>
    private (int Line, int Column) Position(string path)
    {
        for (var at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
            if (_positions.TryGetValue(at, out var mark)) return ((int)mark.Line, (int)mark.Column);
        return _positions.Count == 0 ? (0, 0) : (1, 1);
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonElement Element(JsonObject node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }
}
