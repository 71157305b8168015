using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Agent.Runtime.Actor;
using Agent.Runtime.Cluster;
using Agent.Runtime.Cluster.Sharding;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Hosting;

/// <summary>Messages between nodes as JSON, each type under a short manifest that outlives its name. What has no
/// manifest cannot be sent.</summary>
/// <remarks>Filled at start-up, before the link is started, and the same on all nodes; the runtime's own messages are
/// there already. Refs within messages are written as paths.</remarks>
public sealed class RemoteSerializer
{
    private readonly Dictionary<Type, string> _manifests = [];
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly List<IJsonTypeInfoResolver> _resolvers = [];
    private JsonSerializerOptions? _options;

    /// <summary>A serializer of the runtime's own messages, of texts and of <see cref="Done"/>.</summary>
    public RemoteSerializer()
    {
        var own = RemoteWireContext.Default;
        Add<ShardMessages.HomeIs>("$home", own)
            .Add<ShardMessages.GetStats>("$stats?", own).Add<RemoteWire.Stats>("$stats", own)
            .Add<RemoteWatcher.AreThere>("$there", own).Add<RemoteWatcher.AreGone>("$gone", own)
            .Add<RemoteWire.Who>("$who", own).Add<RemoteWire.Me>("$me", own).Add<RemoteWire.Pill>("$pill", own)
            .Add<RemoteWire.Failed>("$failed", own).Add<RemoteWire.Nothing>("$done", own).Add<string>("$text", own)
            .Add<ClusterMessages.Refresh>("$look", own);
    }

    /// <summary>Gives a type its manifest.</summary>
    /// <param name="manifest">Short, and never given to another type. Those that begin with a dollar are the
    /// runtime's.</param>
    /// <param name="resolver">Knows the type: the source-generated context.</param>
    /// <returns>This serializer, for the next one.</returns>
    /// <exception cref="ArgumentException">The type has a manifest already, or the manifest a type.</exception>
    public RemoteSerializer Add<T>(string manifest, IJsonTypeInfoResolver resolver) where T : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(manifest);
        ArgumentNullException.ThrowIfNull(resolver);
        if (_types.TryGetValue(manifest, out var taken))
        {
            throw new ArgumentException(
                $"The manifest '{manifest}' belongs to {taken} already; give {typeof(T)} another.");
        }

        if (!_manifests.TryAdd(typeof(T), manifest))
            throw new ArgumentException($"{typeof(T)} has the manifest '{_manifests[typeof(T)]}' already.");
        _types.Add(manifest, typeof(T));
        if (!_resolvers.Contains(resolver))
            _resolvers.Add(resolver);
        return this;
    }

    /// <summary>From now on refs are those of this system.</summary>
    internal void Bind(IRemoteDoor door)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine([.. _resolvers]),
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.Converters.Add(new RefConverter(door));
        _options = options;
    }

    /// <summary>The manifest of a message and what of it is written as JSON.</summary>
    /// <exception cref="NotSupportedException">The message has no manifest.</exception>
    internal (string Manifest, object Wire) ManifestOf(object message)
    {
        var wire = RemoteWire.From(message);
        return _manifests.TryGetValue(wire.GetType(), out var manifest)
            ? (manifest, wire)
            : throw new NotSupportedException(
                $"No manifest is registered for {wire.GetType()}; add one where the link is set up.");
    }

    /// <summary>Writes the JSON of what <see cref="ManifestOf"/> gave.</summary>
    /// <exception cref="NotSupportedException">Something that it carries cannot be written.</exception>
    internal void Write(Utf8JsonWriter json, object wire) =>
        JsonSerializer.Serialize(json, wire, _options!.GetTypeInfo(wire.GetType()));

    /// <summary>The message that was written so.</summary>
    /// <exception cref="InvalidDataException">The manifest is unknown, or the JSON does not fit its type.</exception>
    internal object Read(string manifest, ReadOnlySpan<byte> json)
    {
        if (!_types.TryGetValue(manifest, out var type))
            throw new InvalidDataException($"the manifest '{manifest}' is unknown to this version");
        try
        {
            var wire = JsonSerializer.Deserialize(json, _options!.GetTypeInfo(type))
                ?? throw new InvalidDataException($"a message '{manifest}' has the JSON value null");
            return RemoteWire.To(wire);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new InvalidDataException($"a message '{manifest}' does not fit its type: {e.Message}", e);
        }
    }

    private sealed class RefConverter(IRemoteDoor door) : JsonConverter<IActorRef>
    {
        public override IActorRef Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            door.Resolve(reader.GetString() ?? throw new JsonException("A ref is a path."));

        public override void Write(Utf8JsonWriter writer, IActorRef value, JsonSerializerOptions options) =>
            writer.WriteStringValue(door.PathOf(value));
    }
}
