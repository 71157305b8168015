using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Resources;

/// <summary>The metadata of a typed resource: what its envelope carries besides kind, spec and status.</summary>
public sealed record ObjectMeta
{
    /// <summary>The name, a DNS-1123 subdomain.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; null for kinds without one.</summary>
    public string? Namespace { get; init; }

    /// <summary>Labels, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Resource.EmptyMap;

    /// <summary>Annotations, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = Resource.EmptyMap;

    /// <summary>Names this incarnation of the resource; empty before creation.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The revision at which the resource was read; 0 before creation.</summary>
    public long Revision { get; init; }

    /// <summary>When the resource was created; null before creation.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Metadata of a resource that is yet to be created.</summary>
    public static ObjectMeta Named(string name, string? @namespace = null) =>
        new() { Name = name, Namespace = @namespace };

    /// <summary>The metadata of a resource.</summary>
    public static ObjectMeta Of(Resource resource) => new()
    {
        Name = resource.Name,
        Namespace = resource.Namespace,
        Labels = resource.Labels,
        Annotations = resource.Annotations,
        Uid = resource.Uid,
        Revision = resource.Revision,
        CreationTimestamp = resource.CreationTimestamp,
    };

    /// <summary>The envelope with this metadata around a spec and a status.</summary>
    public Resource ToResource(ResourceKind kind, JsonElement spec, JsonElement status = default) => new()
    {
        Key = new ResourceKey(kind, Name, Namespace),
        Labels = Labels,
        Annotations = Annotations,
        Uid = Uid,
        Revision = Revision,
        CreationTimestamp = CreationTimestamp,
        Spec = spec,
        Status = status,
    };
}

/// <summary>What every typed kind shares: metadata, and the status kept as it was found.</summary>
/// <remarks>
/// A typed kind is a view of a <see cref="Resource"/>: its properties are the members of the spec, in Calico's spelling
/// when written. <c>From</c> applies the defaults that old or foreign rows may lack and throws
/// <see cref="ResourceFormatException"/> where a member cannot be understood; members that it does not know are ignored
/// there (the manifest reader is strict about them).
/// </remarks>
public abstract record TypedResource
{
    /// <summary>Name, labels, revision and so on.</summary>
    [JsonIgnore]
    public ObjectMeta Metadata { get; init; } = ObjectMeta.Named("");

    /// <summary>The status as it was found; undefined where there is none.</summary>
    [JsonIgnore]
    public JsonElement Status { get; init; }

    /// <summary>The name.</summary>
    [JsonIgnore]
    public string Name => Metadata.Name;

    /// <summary>The labels.</summary>
    [JsonIgnore]
    public ImmutableSortedDictionary<string, string> Labels => Metadata.Labels;
}
