using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Version and type of the cluster, a singleton named <c>default</c>; read-only for users.</summary>
public sealed record ClusterInformation : TypedResource
{
    /// <summary>Names the cluster.</summary>
    public string? ClusterGUID { get; init; }

    /// <summary>Kinds of nodes that are in it, joined by commas.</summary>
    public string? ClusterType { get; init; }

    /// <summary>The version with which command line tools compare theirs.</summary>
    public string? CalicoVersion { get; init; }

    /// <summary>False while the datastore is being migrated; null is ready.</summary>
    public bool? DatastoreReady { get; init; }

    /// <summary>The upgrade variant; kept for round trips.</summary>
    public string? Variant { get; init; }

    /// <summary>Reads the cluster's information.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static ClusterInformation From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.ClusterInformation, ResourceJson.Default.ClusterInformation) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope of this information.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.ClusterInformation, TypedJson.Write(this, ResourceJson.Default.ClusterInformation),
            Status);
}
