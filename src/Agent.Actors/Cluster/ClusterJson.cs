using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Ipam;

namespace Agent.Actors.Cluster;

/// <summary>The JSON of what nodes say to each other, made at compile time. Each type has a short manifest, which the
/// host registers and which is never given to another.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(NetworkConverter)])]
[JsonSerializable(typeof(ClusterProtocol.Leave))]
[JsonSerializable(typeof(ClusterProtocol.Done))]
[JsonSerializable(typeof(ClusterProtocol.Refused))]
[JsonSerializable(typeof(BlockProtocol.Next))]
[JsonSerializable(typeof(BlockProtocol.Proposed))]
[JsonSerializable(typeof(BlockProtocol.Exhausted))]
[JsonSerializable(typeof(BlockProtocol.Unavailable))]
public sealed partial class ClusterJson : JsonSerializerContext;
