using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Kubernetes' Secret: bytes by key, of which the agent reads the passwords of BGP sessions (spec calico-bgp
/// 7.2).</summary>
/// <remarks>
/// What a Secret holds is stored and used, never shown: <see cref="ToString"/> names the keys alone, errors never quote
/// a value, and <see cref="Redact"/> gives what may be printed. A redacted document cannot be applied by mistake: its
/// values are no base64.
/// </remarks>
public sealed record KubeSecret : TypedResource
{
    /// <summary>The type of a Secret that names none.</summary>
    public const string Opaque = "Opaque";

    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    private const string Hidden = "<redacted>";

    /// <summary>What the Secret is for, in Kubernetes' words; of no meaning here.</summary>
    public string Type { get; init; } = Opaque;

    /// <summary>The values, decoded; what <c>stringData</c> gives wins over <c>data</c>.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Data { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>Reads a Secret.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood; the message names it without what it
    /// holds.</exception>
    public static KubeSecret From(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource.Kind != Kinds.Secret)
            throw new ArgumentException($"{resource.Key} is no Secret", nameof(resource));
        var secret = new KubeSecret { Metadata = ObjectMeta.Of(resource) };
        var data = secret.Data.ToBuilder();
        foreach (var (field, key, value) in Entries(resource, "data"))
            data[key] = value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)
                ? bytes
                : throw Wrong(resource, field, "must be base64; plain text stands in stringData");
        foreach (var (field, key, value) in Entries(resource, "stringData"))
            data[key] = value.ValueKind == JsonValueKind.String
                ? Encoding.UTF8.GetBytes(value.GetString()!)
                : throw Wrong(resource, field, "must be text; put it in quotes");
        var type = !resource.Spec.TryGetProperty("type", out var given) ? Opaque
            : given.ValueKind == JsonValueKind.String
            ? given.GetString()!
            : throw Wrong(resource, "type", "must be text");
        return secret with { Type = type.Length == 0 ? Opaque : type, Data = data.ToImmutable() };
    }

    /// <summary>The Secret as it is stored: <c>stringData</c> merged into <c>data</c>, the type written out.</summary>
    public Resource ToResource()
    {
        var data = new JsonObject();
        foreach (var (key, value) in Data) data[key] = Convert.ToBase64String(value.Span);
        return Metadata.ToResource(Kinds.Secret, Element(new JsonObject { ["data"] = data, ["type"] = Type }));
    }

    /// <summary>The Secret as it may be shown: each value replaced by <c>&lt;redacted, N bytes&gt;</c>.</summary>
    public static Resource Redact(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var shown = new JsonObject();
        foreach (var member in resource.Spec.EnumerateObject())
        {
            shown[member.Name] = member switch
            {
                { Name: "data" or "stringData", Value.ValueKind: JsonValueKind.Object } => RedactValues(member.Value),
                { Name: "type", Value.ValueKind: JsonValueKind.String } => member.Value.GetString(),
                { Name: "immutable", Value.ValueKind: JsonValueKind.True or JsonValueKind.False } =>
                    member.Value.GetBoolean(),
                _ => Hidden,
            };
        }

        // kubectl apply leaves a copy of the whole manifest there.
        return resource with
        {
            Spec = Element(shown),
            Annotations = resource.Annotations.ContainsKey(LastApplied)
                ? resource.Annotations.SetItem(LastApplied, Hidden)
                : resource.Annotations,
        };
    }

    /// <summary>The name and the keys, without what they hold.</summary>
    public override string ToString() => $"Secret({Metadata.Namespace}/{Name}): {string.Join(", ", Data.Keys)}";

    private static JsonObject RedactValues(JsonElement values)
    {
        var shown = new JsonObject();
        foreach (var entry in values.EnumerateObject())
        {
            shown[entry.Name] = entry.Value.ValueKind != JsonValueKind.String ? Hidden
                : entry.Value.TryGetBytesFromBase64(out var bytes) ? $"<redacted, {bytes.Length} bytes>"
                : $"<redacted, {Encoding.UTF8.GetByteCount(entry.Value.GetString()!)} bytes>";
        }

        return shown;
    }

    private static IEnumerable<(string Field, string Key, JsonElement Value)> Entries(Resource resource, string member)
    {
        if (!resource.Spec.TryGetProperty(member, out var map) || map.ValueKind == JsonValueKind.Null) yield break;
        if (map.ValueKind != JsonValueKind.Object)
            throw Wrong(resource, member, "must be an object of keys and values");
        foreach (var entry in map.EnumerateObject()) yield return ($"{member}.{entry.Name}", entry.Name, entry.Value);
    }

    private static ResourceFormatException Wrong(Resource resource, string field, string reason) =>
        new(resource.Key, new FieldError(field, Hidden, reason));

    private static JsonElement Element(JsonObject node) => TypedJson.Write(node, ResourceJson.Default.JsonObject);
}
