using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Resources;

namespace Agent.Datastore.ChangeTable;

/// <summary>One row of <c>resource</c> or <c>change</c> in an SQL backend, read into a resource and written from
/// one.</summary>
/// <remarks>A namespace of <c>''</c> means none; labels, annotations, spec and status are JSON, the creation time is
/// text (ISO 8601).</remarks>
public static class ResourceRow
{
    /// <summary>The columns of a resource, in the order in which they are read.</summary>
    public const string Columns = "kind, api_version, namespace, name, labels, annotations, spec, status, uid, "
        + "revision, created";

    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the current row, whose columns begin with <see cref="Columns"/>.</summary>
    /// <exception cref="FormatException">A column does not hold what this program
    /// writes; the message names the resource.</exception>
    public static Resource Read(DbDataReader row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var kind = new ResourceKind(row.GetString(1), row.GetString(0));
        var key = new ResourceKey(kind, row.GetString(3),
            row.GetString(2) is { Length: > 0 } @namespace ? @namespace : null);
        try
        {
            return new Resource
            {
                Key = key,
                Labels = ReadMap(row.GetString(4)),
                Annotations = ReadMap(row.GetString(5)),
                Spec = JsonElement.Parse(row.GetString(6)),
                Status = row.IsDBNull(7) ? default : JsonElement.Parse(row.GetString(7)),
                Uid = row.GetString(8),
                Revision = row.GetInt64(9),
                CreationTimestamp = DateTimeOffset.ParseExact(row.GetString(10), "O", CultureInfo.InvariantCulture),
            };
        }
        catch (Exception cause) when (cause is JsonException or FormatException or InvalidOperationException)
        {
            throw new FormatException($"the row of {key} cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>The values of a resource's columns, by name.</summary>
    public static (string Name, object? Value)[] Values(Resource resource) =>
    [
        .. Values(resource.Key),
        ("labels", WriteMap(resource.Labels)),
        ("annotations", WriteMap(resource.Annotations)),
        ("spec", resource.Spec.GetRawText()),
        ("status", resource.Status.ValueKind == JsonValueKind.Undefined ? null : resource.Status.GetRawText()),
        ("uid", resource.Uid),
        ("revision", resource.Revision),
        ("created", resource.CreationTimestamp!.Value.ToString("O", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The values of a key's columns, by name.</summary>
    public static (string Name, object? Value)[] Values(ResourceKey key) =>
    [
        ("kind", key.Kind.Kind),
        ("api_version", key.Kind.ApiVersion),
        ("namespace", key.Namespace ?? ""),
        ("name", key.Name),
    ];

    private static string WriteMap(ImmutableSortedDictionary<string, string> map)
    {
        if (map.IsEmpty) return "{}";
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in map) writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static ImmutableSortedDictionary<string, string> ReadMap(string json)
    {
        if (json == "{}") return Resource.EmptyMap;
        using var document = JsonDocument.Parse(json);
        var map = Resource.EmptyMap.ToBuilder();
        foreach (var member in document.RootElement.EnumerateObject())
            map[member.Name] = member.Value.GetString() ?? "";
        return map.ToImmutable();
    }
}
