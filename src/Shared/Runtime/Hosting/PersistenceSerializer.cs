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
public readonly record struct SerializedEvent(string Manifest, ReadOnlyMemory<byte> Json)
{
    /// <summary>The tags under which the event is found across histories; none for most.</summary>
    public IReadOnlyList<string> Tags { get => field ?? []; init; }
}

/// <summary>JSON by System.Text.Json, with the manifests that were added to it.</summary>
/// <remarks>Filled at start-up, before it is first used, and safe for any number of readers from then on. A type is
/// found by exact match: derived types need manifests of their own.</remarks>
/// <param name="options">How JSON is written and read. Its resolver knows the types that are added: a context of
/// generated code, or reflection, which programs that are compiled ahead of time do without.</param>
public sealed class JsonEventSerializer(JsonSerializerOptions options) : IEventSerializer
{
    private readonly JsonSerializerOptions _options = options ?? throw new ArgumentNullException(nameof(options));
    private readonly Dictionary<Type, (string Manifest, string[] Tags)> _written = [];
    private readonly Dictionary<string, Form> _read = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Identifier => 1000;

    /// <summary>Gives a type its manifest, under which it is written and read.</summary>
    /// <param name="manifest">A short name that is never given to another type; it stands in the journal of every
    /// node.</param>
    /// <param name="tags">What every event of this type is tagged with.</param>
    /// <returns>This serializer, for the next one.</returns>
    /// <exception cref="ArgumentException">The type has a manifest already, or the manifest a type.</exception>
    public JsonEventSerializer Add<T>(string manifest, params string[] tags) where T : notnull
    {
        Claim(manifest, typeof(T));
        if (!_written.TryAdd(typeof(T), (manifest, tags)))
            throw new ArgumentException($"{typeof(T)} has the manifest '{_written[typeof(T)].Manifest}' already.");
        _read.Add(manifest, new Form(typeof(T), payload => payload));
        return this;
    }

    /// <summary>Reads a form that this version does not write: no longer, or not yet.</summary>
    /// <remarks>A new form is read one version before it is written, so that going back by a version loses
    /// nothing.</remarks>
    /// <param name="manifest">The name of that form.</param>
    /// <param name="become">Makes of it what the actors know.</param>
    /// <returns>This serializer, for the next one.</returns>
    /// <exception cref="ArgumentException">The manifest has a type already.</exception>
    public JsonEventSerializer Read<T>(string manifest, Func<T, object> become) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(become);
        Claim(manifest, typeof(T));
        _read.Add(manifest, new Form(typeof(T), payload => become((T)payload)));
        return this;
    }

    /// <inheritdoc/>
    public SerializedEvent Serialize(object payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (!_written.TryGetValue(payload.GetType(), out var form))
            throw new NotSupportedException(
                $"No manifest is registered for {payload.GetType()}; add one where the journal is set up.");
        var json = JsonSerializer.SerializeToUtf8Bytes(payload, _options.GetTypeInfo(payload.GetType()));
        return new SerializedEvent(form.Manifest, json) { Tags = form.Tags };
    }

    /// <inheritdoc/>
    public object Deserialize(string manifest, ReadOnlySpan<byte> json)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (!_read.TryGetValue(manifest, out var form))
            throw Bad(manifest,
                "is unknown to this version: it was written by a newer one, or its registration is missing", null);
        try
        {
            var payload = JsonSerializer.Deserialize(json, _options.GetTypeInfo(form.Type))
                ?? throw Bad(manifest, "has the JSON value null", null);
            return form.Become(payload);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException
            or ArgumentException or FormatException)
        {
            throw Bad(manifest, $"does not fit {form.Type}: {e.Message}", e);
        }
    }

    private void Claim(string manifest, Type type)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(manifest);
        if (_read.TryGetValue(manifest, out var taken))
            throw new ArgumentException(
                $"The manifest '{manifest}' belongs to {taken.Type} already; give {type} another.");
    }

    private sealed record Form(Type Type, Func<object, object> Become);

    private static InvalidDataException Bad(string manifest, string why, Exception? cause) =>
        new($"A journal entry with the manifest '{manifest}' {why}.", cause);
}
