using System.Collections.Immutable;
using System.Text.Json;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>What the node last acted on, as its journal keeps it: for a start while the datastore is away.</summary>
/// <param name="Items">The resources, by key.</param>
public sealed record LastGood(IReadOnlyList<StoredResource> Items)
{
    /// <summary>The copy of these resources.</summary>
    public static LastGood Of(IEnumerable<Resource> resources) => new([.. resources.Select(StoredResource.Of)]);

    /// <summary>The resources.</summary>
    public IEnumerable<Resource> ToResources() => Items.Select(item => item.ToResource());
}

/// <summary>One resource in the journal's copy.</summary>
public sealed record StoredResource(
    string ApiVersion,
    string Kind,
    string Name,
    string? Namespace,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    JsonElement Spec,
    JsonElement? Status,
    string Uid,
    long Revision)
{
    /// <summary>The copy of a resource.</summary>
    public static StoredResource Of(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new(
            resource.Kind.ApiVersion, resource.Kind.Kind, resource.Name, resource.Namespace, resource.Labels,
            resource.Annotations, resource.Spec,
            resource.Status.ValueKind == JsonValueKind.Undefined ? null : resource.Status, resource.Uid,
            resource.Revision);
    }

    /// <summary>The resource.</summary>
    public Resource ToResource() => new()
    {
        Key = new ResourceKey(new ResourceKind(ApiVersion, Kind), Name, Namespace),
        Labels = Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Annotations = Annotations.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Spec = Spec,
        Status = Status ?? default,
        Uid = Uid,
        Revision = Revision,
    };
}
