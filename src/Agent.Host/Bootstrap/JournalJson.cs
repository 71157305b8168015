using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Ipam;

namespace Agent.Host.Bootstrap;

/// <summary>The JSON of what stands in a node's journal: events of blocks, and snapshots.</summary>
internal static class JournalJson
{
    /// <summary>How all of it is written and read.</summary>
    public static JsonSerializerOptions Options { get; } = new(IpamJson.Options)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(IpamJson.Options.TypeInfoResolver, SnapshotJson.Default),
    };
}

/// <summary>The (de)serialisers of the snapshots, made at compile time.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(BlocksSnapshot))]
[JsonSerializable(typeof(LastGood))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
