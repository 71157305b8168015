using System.Text.Json;

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
    public static JsonSerializerOptions Options { get; } = IpamJsonContext.Default.Options;

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
        return JsonSerializer.Serialize(happened, Options.GetTypeInfo(happened.GetType()));
    }

    /// <summary>An event from its manifest and JSON.</summary>
    /// <exception cref="JsonException">The manifest is unknown, or the JSON is not that of such an event.</exception>
    public static BlockEvent ReadEvent(string manifest, string json)
    {
        var type = Array.Find(Events, row => row.Manifest == manifest).Type
            ?? throw new JsonException(
                $"no block event has the manifest '{manifest}'; was the journal written by a newer release?");
        return JsonSerializer.Deserialize(json, Options.GetTypeInfo(type)) as BlockEvent
            ?? throw new JsonException($"a {manifest} event is null");
    }

    /// <summary>A block from a snapshot.</summary>
    /// <exception cref="JsonException">The JSON is not that of a block.</exception>
    public static BlockEvent.Restored ReadRestored(JsonElement block) =>
        block.Deserialize(IpamJsonContext.Default.Restored) ?? throw new JsonException("a block is null");

    /// <summary>The <c>spec</c> of an IPAMBlock resource.</summary>
    public static JsonElement WriteBlock(PublishedBlock block) =>
        JsonSerializer.SerializeToElement(block, IpamJsonContext.Default.PublishedBlock);

    /// <summary>A block from the <c>spec</c> of an IPAMBlock resource.</summary>
    /// <exception cref="JsonException">A member is missing or has the wrong form.</exception>
    public static PublishedBlock ReadBlock(JsonElement spec) =>
        spec.Deserialize(IpamJsonContext.Default.PublishedBlock)
        ?? throw new JsonException("the spec of an IPAMBlock is null");
}
