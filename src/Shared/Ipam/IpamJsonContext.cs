using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>The (de)serialisers of blocks, made at compile time.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(AddressConverter), typeof(NetworkConverter), typeof(AttributesConverter)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(BlockEvent.Claimed))]
[JsonSerializable(typeof(BlockEvent.Restored))]
[JsonSerializable(typeof(BlockEvent.Sealed))]
[JsonSerializable(typeof(BlockEvent.Reopened))]
[JsonSerializable(typeof(BlockEvent.Unclaimed))]
[JsonSerializable(typeof(BlockEvent.Assigned))]
[JsonSerializable(typeof(BlockEvent.Released))]
[JsonSerializable(typeof(PublishedBlock))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class IpamJsonContext : JsonSerializerContext;

internal sealed class AddressConverter : JsonConverter<IpAddr>
{
    public override IpAddr Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IpAddr.TryParse(reader.GetString(), out var address)
            ? address
            : throw new JsonException("not an IP address");

    public override void Write(Utf8JsonWriter writer, IpAddr value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A network as text, <c>address/length</c>.</summary>
public sealed class NetworkConverter : JsonConverter<IpPrefix>
{
    /// <inheritdoc/>
    public override IpPrefix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IpPrefix.TryParse(reader.GetString(), out var network)
            ? network
            : throw new JsonException("not a network (address/length)");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IpPrefix value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal sealed class AttributesConverter : JsonConverter<OwnerAttributes>
{
    public override bool HandleNull => true;

    public override OwnerAttributes Read(ref Utf8JsonReader reader, Type typeToConvert,
        JsonSerializerOptions options)
    {
        var entries = JsonSerializer.Deserialize(ref reader,
            IpamJsonContext.Default.SortedDictionaryStringString);
        return entries is null or { Count: 0 } ? OwnerAttributes.Empty : OwnerAttributes.Of(entries);
    }

    public override void Write(Utf8JsonWriter writer, OwnerAttributes value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (key, entry) in value.Entries) writer.WriteString(key, entry);
        writer.WriteEndObject();
    }
}
