using System.Text.Json.Serialization;
using Agent.Primitives;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>How far a node has come in claiming or giving up a block; rows without a state count as
/// confirmed.</summary>
[JsonConverter(typeof(AffinityStateConverter))]
public enum AffinityState
{
    /// <summary>The node owns the block.</summary>
    Confirmed,

    /// <summary>The node wants the block; for BGP it does not exist yet.</summary>
    Pending,

    /// <summary>The node gives the block up: still a blackhole, no longer an aggregate.</summary>
    PendingDeletion,
}

/// <summary>One node's claim to one block (spec calico-ipam-cni-cli 1.3).</summary>
public sealed record BlockAffinity : TypedResource
{
    /// <summary>The longest name that a resource may have.</summary>
    /// <summary>How far the claim has come.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public AffinityState State { get; init; }

    /// <summary>The node, or <c>load-balancer</c>.</summary>
    public string Node { get; init => field = value ?? ""; } = "";

    /// <summary><c>host</c> (also where it is missing) or <c>virtual</c>.</summary>
    public string Type { get; init => field = value ?? "host"; } = "host";

    /// <summary>The block.</summary>
    [JsonConverter(typeof(IpPrefixConverter))]
    public IpPrefix Cidr { get; init; }

    /// <summary>True when the row is deleted softly and counts as absent.</summary>
    [JsonConverter(typeof(LenientBooleanConverter))]
    public bool Deleted { get; init; }

    /// <summary>Reads a claim.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood, or node or CIDR is missing.</exception>
    public static BlockAffinity From(Resource resource)
    {
        var read = TypedJson.ReadSpec(resource, Kinds.BlockAffinity, ResourceJson.Default.BlockAffinity);
        if (string.IsNullOrEmpty(read.Node))
            throw new ResourceFormatException(resource.Key, new FieldError("spec.node", "", "must be specified"));
        if (read.Cidr.IsDefault)
            throw new ResourceFormatException(resource.Key, new FieldError("spec.cidr", "", "must be specified"));
        return read with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
            Type = string.IsNullOrEmpty(read.Type) ? "host" : read.Type,
        };
    }

    /// <summary>The envelope of this claim.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.BlockAffinity, TypedJson.Write(this, ResourceJson.Default.BlockAffinity), Status);
}
