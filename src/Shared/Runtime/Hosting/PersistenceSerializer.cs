using System.Text.Json;

namespace Agent.Runtime.Hosting;

/// <summary>Turns events and snapshots into JSON under a short name that outlives the type's name, and back.</summary>
public interface IEventSerializer
{
    /// <summary>Names the format in the journal's <c>identifier</c> column. 0 to 40 are taken by Akka.NET's own
    /// serializers.</summary>
    int Identifier { get; }

    /// <summary>The manifest and the JSON of a payload.</summary>
    /// <exception cref="NotSupportedException">The type has no manifest, or cannot be written as JSON.</exception>
    SerializedEvent Serialize(object payload);

    /// <summary>The payload that was serialized under this manifest.</summary>
    /// <param name="manifest">The short name found in the journal.</param>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="InvalidDataException">The manifest is unknown, or the JSON does not fit the type.</exception>
    object Deserialize(string manifest, ReadOnlySpan<byte> json);
}

/// <summary>A payload as it stands in the journal.</summary>
/// <param name="Manifest">The short, stable name of the payload's type.</param>
/// <param name="Json">UTF-8 JSON.</param>
public readonly record struct SerializedEvent(string Manifest, ReadOnlyMemory<byte> Json);

/// <summary>JSON by System.Text.Json, with the manifests that were added to it.</summary>
/// <remarks>Filled at start-up, before it is first used, and safe for any number of readers from then on. A type is
/// found by exact match: derived types need manifests of their own.</remarks>
/// <param name="options">How JSON is written and read; web defaults (camel case) if null.</param>
public sealed class JsonEventSerializer(JsonSerializerOptions? options = null) : IEventSerializer
{
    private readonly JsonSerializerOptions _options = options ?? JsonSerializerOptions.Web;
    private readonly Dictionary<Type, string> _manifests = [];
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Identifier => 1000;

    /// <summary>Gives a type its manifest.</summary>
    /// <param name="manifest">A short name that is never given to another type; it stands in the journal of every
    /// node.</param>
    /// <returns>This serializer, for the next one.</returns>
    /// <exception cref="ArgumentException">The type has a manifest already, or the manifest a type.</exception>
    public JsonEventSerializer Add<T>(string manifest) where T : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(manifest);
        if (_types.TryGetValue(manifest, out var taken))
            throw new ArgumentException(
                $"The manifest '{manifest}' belongs to {taken} already; give {typeof(T)} another.");
        if (!_manifests.TryAdd(typeof(T), manifest))
            throw new ArgumentException($"{typeof(T)} has the manifest '{_manifests[typeof(T)]}' already.");
        _types.Add(manifest, typeof(T));
        return this;
    }

    /// <inheritdoc/>
    public SerializedEvent Serialize(object payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (!_manifests.TryGetValue(payload.GetType(), out var manifest))
            throw new NotSupportedException(
                $"No manifest is registered for {payload.GetType()}; add one where the journal is set up.");
        return new SerializedEvent(manifest, JsonSerializer.SerializeToUtf8Bytes(payload, payload.GetType(), _options));
    }

    /// <inheritdoc/>
    public object Deserialize(string manifest, ReadOnlySpan<byte> json)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (!_types.TryGetValue(manifest, out var type))
            throw Bad(manifest,
                "is unknown to this version: it was written by a newer one, or its registration is missing", null);
        try
        {
            return JsonSerializer.Deserialize(json, type, _options)
                ?? throw Bad(manifest, "has the JSON value null", null);
        }
        catch (JsonException e)
        {
            throw Bad(manifest, $"does not fit {type}: {e.Message}", e);
        }
    }

    private static InvalidDataException Bad(string manifest, string why, Exception? cause) =>
        new($"A journal entry with the manifest '{manifest}' {why}.", cause);
}
