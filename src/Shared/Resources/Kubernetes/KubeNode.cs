using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>One address of a Kubernetes node.</summary>
public sealed record KubeNodeAddress
{
    /// <summary>The address or name.</summary>
    public string Address { get; init => field = value ?? ""; } = "";

    /// <summary>InternalIP, ExternalIP, Hostname and others.</summary>
    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>One condition of a Kubernetes node.</summary>
public sealed record KubeNodeCondition
{
    /// <summary>Ready, NetworkUnavailable and others.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>True, False or Unknown.</summary>
    public string Status { get; init => field = value ?? ""; } = "";
}

/// <summary>What the agent reads of a Kubernetes node's status.</summary>
public sealed record KubeNodeStatus
{
    /// <summary>The addresses.</summary>
    public ValueList<KubeNodeAddress> Addresses { get; init; }

    /// <summary>The conditions.</summary>
    public ValueList<KubeNodeCondition> Conditions { get; init; }
}

/// <summary>What the agent reads of a Kubernetes node.</summary>
/// <remarks>
/// The kinds of Kubernetes are views of the members that the agent needs; <c>ToResource</c> writes these alone. To
/// change a stored one, patch its <see cref="Resource"/>.
/// </remarks>
public sealed record KubeNode : TypedResource
{
    /// <summary>The first range of pod addresses that Kubernetes gave the node.</summary>
    public string? PodCIDR { get; init; }

    /// <summary>All ranges of pod addresses that Kubernetes gave the node.</summary>
    public ValueList<string> PodCIDRs { get; init; }

    /// <summary>True when nothing new is scheduled there.</summary>
    public bool Unschedulable { get; init; }

    /// <summary>The status.</summary>
    [JsonIgnore]
    public KubeNodeStatus NodeStatus { get; init; } = new();

    /// <summary>True when the condition Ready is True; null where the node has no such condition.</summary>
    [JsonIgnore]
    public bool? IsReady =>
        NodeStatus.Conditions.FirstOrDefault(condition => condition.Type == "Ready") is { } ready
            ? ready.Status == "True"
            : null;

    /// <summary>Reads a node.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static KubeNode From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.KubeNode, ResourceJson.Default.KubeNode) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
            NodeStatus = TypedJson.ReadStatus(resource, ResourceJson.Default.KubeNodeStatus),
        };

    /// <summary>The envelope with the members that the agent knows.</summary>
    public Resource ToResource() => Metadata.ToResource(
        Kinds.KubeNode, TypedJson.Write(this, ResourceJson.Default.KubeNode),
        TypedJson.Write(NodeStatus, ResourceJson.Default.KubeNodeStatus));
}
