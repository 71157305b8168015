using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Actors.Cluster;

/// <summary>The JSON of what nodes say to each other, made at compile time. Each type has a short manifest, which the
/// host registers and which is never given to another.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(PrefixConverter)])]
[JsonSerializable(typeof(ClusterProtocol.Leave))]
[JsonSerializable(typeof(ClusterProtocol.Done))]
[JsonSerializable(typeof(ClusterProtocol.Refused))]
[JsonSerializable(typeof(BlockProtocol.Next))]
[JsonSerializable(typeof(BlockProtocol.Proposed))]
[JsonSerializable(typeof(BlockProtocol.Exhausted))]
[JsonSerializable(typeof(BlockProtocol.Unavailable))]
public sealed partial class ClusterJson : JsonSerializerContext;

internal sealed class PrefixConverter : JsonConverter<IpPrefix>
{
    public override IpPrefix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IpPrefix.TryParse(reader.GetString(), out var prefix)
            ? prefix
            : throw new JsonException("not a network (address/length)");

    public override void Write(Utf8JsonWriter writer, IpPrefix value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
