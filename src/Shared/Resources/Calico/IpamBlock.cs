using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Agent.Primitives;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>What is known of the consumer of one or more addresses of a block; equal ones are kept once.</summary>
public sealed record AllocationAttribute
{
    /// <summary>The handle that groups the consumer's addresses; null where there is none.</summary>
    [JsonPropertyName("handle_id")]
    public string? HandleId { get; init; }

    /// <summary>Keys such as <c>node</c>, <c>pod</c>, <c>namespace</c>, <c>timestamp</c>, <c>type</c>.</summary>
    public ImmutableSortedDictionary<string, string>? Secondary { get; init; }

    /// <summary>The owner that a migrating machine's address passes to; null where there is none.</summary>
    public ImmutableSortedDictionary<string, string>? AlternateOwnerAttrs { get; init; }

    /// <summary>Set while a released address cools down.</summary>
    public DateTimeOffset? ReleasedAt { get; init; }
}

/// <summary>The assignments inside one block, in Calico's layout (spec calico-ipam-cni-cli 1.4).</summary>
public sealed record IpamBlock : TypedResource
{
    /// <summary>The block.</summary>
    [JsonConverter(typeof(IpPrefixConverter))]
    public IpPrefix Cidr { get; init; }

    /// <summary><c>host:&lt;name&gt;</c> or <c>virtual:&lt;name&gt;</c>; null is nobody's.</summary>
    public string? Affinity { get; init; }

    /// <summary>When the affinity was taken; null on old rows.</summary>
    public DateTimeOffset? AffinityClaimTime { get; init; }

    /// <summary>Per ordinal the index into <see cref="Attributes"/>, or null when free.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ValueList<int?> Allocations { get; init; }

    /// <summary>The free ordinals in the order in which they will be used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ValueList<int> Unallocated { get; init; }

    /// <summary>What is known of the consumers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ValueList<AllocationAttribute> Attributes { get; init; }

    /// <summary>Rises by one with every change.</summary>
    public ulong SequenceNumber { get; init; }

    /// <summary>Per ordinal, as text, the block's sequence number when it was assigned.</summary>
    public ImmutableSortedDictionary<string, ulong>? SequenceNumberForAllocation { get; init; }

    /// <summary>True when the row is deleted softly.</summary>
    [JsonConverter(typeof(LenientBooleanConverter))]
    public bool Deleted { get; init; }

    /// <summary>Without meaning today; kept for round trips.</summary>
    public bool StrictAffinity { get; init; }

    /// <summary>Without meaning today; kept for round trips.</summary>
    public string? HostAffinity { get; init; }

    /// <summary>Reads a block.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood, or the CIDR is missing.</exception>
    public static IpamBlock From(Resource resource)
    {
        var read = TypedJson.ReadSpec(resource, Kinds.IPAMBlock, ResourceJson.Default.IpamBlock);
        if (read.Cidr.IsDefault)
            throw new ResourceFormatException(resource.Key, new FieldError("spec.cidr", "", "must be specified"));
        return read with { Metadata = ObjectMeta.Of(resource), Status = resource.Status };
    }

    /// <summary>The envelope of this block.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.IPAMBlock, TypedJson.Write(this, ResourceJson.Default.IpamBlock), Status);
}
