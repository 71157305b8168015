using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>The JSON of blocks: events for the journal, and the IPAMBlock spec as Calico writes it.</summary>
public static class IpamJson
{
    // The manifests stand in journals: none is ever changed, or used again for another meaning.
    private static readonly (string Manifest, Type Type)[] Events =
    [
        ("block-claimed", typeof(BlockEvent.Claimed)),
        ("block-restored", typeof(BlockEvent.Restored)),
        ("block-sealed", typeof(BlockEvent.Sealed)),
        ("block-reopened", typeof(BlockEvent.Reopened)),
        ("block-unclaimed", typeof(BlockEvent.Unclaimed)),
        ("address-assigned", typeof(BlockEvent.Assigned)),
        ("address-released", typeof(BlockEvent.Released)),
    ];

    /// <summary>How the types of this library are written: members in camel case, addresses
    /// and networks as text, nulls left out.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new AddressConverter(), new NetworkConverter(), new AttributesConverter() },
    };

    /// <summary>The types of events with the short, stable name of each in the journal.</summary>
    public static IReadOnlyList<(string Manifest, Type Type)> EventTypes => Events;

    /// <summary>The short, stable name of an event in the journal; it stands beside the JSON.</summary>
    public static string ManifestOf(BlockEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return Array.Find(Events, row => row.Type == happened.GetType()).Manifest;
    }

    /// <summary>The JSON of an event.</summary>
    public static string WriteEvent(BlockEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return JsonSerializer.Serialize(happened, happened.GetType(), Options);
    }

    /// <summary>An event from its manifest and JSON.</summary>
    /// <exception cref="JsonException">The manifest is unknown, or the JSON is not that of such an event.</exception>
    public static BlockEvent ReadEvent(string manifest, string json)
    {
        var type = Array.Find(Events, row => row.Manifest == manifest).Type
            ?? throw new JsonException(
                $"no block event has the manifest '{manifest}'; was the journal written by a newer release?");
        return JsonSerializer.Deserialize(json, type, Options) as BlockEvent
            ?? throw new JsonException($"a {manifest} event is null");
    }

    /// <summary>The <c>spec</c> of an IPAMBlock resource.</summary>
    public static JsonElement WriteBlock(PublishedBlock block) => JsonSerializer.SerializeToElement(block, Options);

    /// <summary>A block from the <c>spec</c> of an IPAMBlock resource.</summary>
    /// <exception cref="JsonException">A member is missing or has the wrong form.</exception>
    public static PublishedBlock ReadBlock(JsonElement spec) =>
        spec.Deserialize<PublishedBlock>(Options) ?? throw new JsonException("the spec of an IPAMBlock is null");

    private sealed class AddressConverter : JsonConverter<IpAddr>
    {
        public override IpAddr Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IpAddr.TryParse(reader.GetString(), out var address)
                ? address
                : throw new JsonException("not an IP address");

        public override void Write(Utf8JsonWriter writer, IpAddr value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }

    private sealed class NetworkConverter : JsonConverter<IpPrefix>
    {
        public override IpPrefix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IpPrefix.TryParse(reader.GetString(), out var network)
                ? network
                : throw new JsonException("not a network (address/length)");

        public override void Write(Utf8JsonWriter writer, IpPrefix value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }

    private sealed class AttributesConverter : JsonConverter<OwnerAttributes>
    {
        public override bool HandleNull => true;

        public override OwnerAttributes Read(ref Utf8JsonReader reader, Type typeToConvert,
            JsonSerializerOptions options)
        {
            var entries = JsonSerializer.Deserialize<SortedDictionary<string, string>>(ref reader, options);
            return entries is null or { Count: 0 } ? OwnerAttributes.Empty : OwnerAttributes.Of(entries);
        }

        public override void Write(Utf8JsonWriter writer, OwnerAttributes value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (key, entry) in value.Entries) writer.WriteString(key, entry);
            writer.WriteEndObject();
        }
    }
}
