using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>What the agent reads of a namespace: labels for selectors, annotations for pools; its spec has nothing for
/// us.</summary>
public sealed record KubeNamespace : TypedResource
{
    /// <summary>Reads a namespace.</summary>
    public static KubeNamespace From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.Namespace, ResourceJson.Default.KubeNamespace) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope with the members that the agent knows.</summary>
    public Resource ToResource() => Metadata.ToResource(Kinds.Namespace, Resource.EmptyObject, Status);
}
