using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>One address of a pod.</summary>
public sealed record PodIP
{
    /// <summary>The address.</summary>
    public string Ip { get; init => field = value ?? ""; } = "";
}

/// <summary>What the agent reads of a pod's status.</summary>
public sealed record PodStatus
{
    /// <summary>Pending, Running, Succeeded, Failed or Unknown; null before the first report.</summary>
    public string? Phase { get; init; }

    /// <summary>The first address.</summary>
    public string? PodIP { get; init; }

    /// <summary>All addresses.</summary>
    public ValueList<PodIP> PodIPs { get; init; }
}

/// <summary>What the agent reads of a pod.</summary>
public sealed record Pod : TypedResource
{
    /// <summary>Where the pod runs; null before it is scheduled.</summary>
    public string? NodeName { get; init; }

    /// <summary>True when it uses the node's own network and has no address of a pool.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>The status.</summary>
    [JsonIgnore]
    public PodStatus PodStatus { get; init; } = new();

    /// <summary>True when the pod has ended and its addresses are not in use.</summary>
    [JsonIgnore]
    public bool IsFinished => PodStatus.Phase is "Succeeded" or "Failed";

    /// <summary>Reads a pod.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static Pod From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.Pod, ResourceJson.Default.Pod) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
            PodStatus = TypedJson.ReadStatus(resource, ResourceJson.Default.PodStatus),
        };

    /// <summary>The envelope with the members that the agent knows.</summary>
    public Resource ToResource() => Metadata.ToResource(
        Kinds.Pod, TypedJson.Write(this, ResourceJson.Default.Pod),
        TypedJson.Write(PodStatus, ResourceJson.Default.PodStatus));
}
