using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>One entry of <c>attributes</c> of an IPAMBlock; ordinals of one owner share it.</summary>
/// <param name="Handle">The handle id.</param>
/// <param name="Attributes">What is noted about the owner; wire name <c>secondary</c>.</param>
/// <param name="ReleasedAt">Set by Calico while the addresses cool down
/// after their release; never by this agent.</param>
public sealed record PublishedAttributes(
    [property: JsonPropertyName("handle_id")] string? Handle,
    [property: JsonPropertyName("secondary")] OwnerAttributes Attributes,
    DateTimeOffset? ReleasedAt = null);

/// <summary>A block in the shape of Calico's IPAMBlock spec: plain data for readers, for <c>ipam
/// check</c>, and for taking a block over.</summary>
public sealed record PublishedBlock
{
    /// <summary>The network of the block.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary><c>host:name</c> or <c>virtual:name</c>; null when nobody owns the block.</summary>
    public string? Affinity { get; init; }

    /// <summary>When the affinity was taken; null in old rows, which count as infinitely old.</summary>
    public DateTimeOffset? AffinityClaimTime { get; init; }

    /// <summary>For each ordinal null when it is free, else an index into <see cref="Attributes"/>.</summary>
    public required IReadOnlyList<int?> Allocations { get; init; }

    /// <summary>The free ordinals, the next to be assigned first.</summary>
    public required IReadOnlyList<int> Unallocated { get; init; }

    /// <summary>The owners, each once.</summary>
    public required IReadOnlyList<PublishedAttributes> Attributes { get; init; }

    /// <summary>The block's sequence number.</summary>
    public ulong SequenceNumber { get; init; }

    /// <summary>For each assigned ordinal, as text, the block's sequence number at its assignment.</summary>
    public IReadOnlyDictionary<string, ulong> SequenceNumberForAllocation { get; init; } =
        new SortedDictionary<string, ulong>();

    /// <summary>A member that means nothing any more, written because Calico's schema requires it.</summary>
    public bool StrictAffinity { get; init; }

    /// <summary>The soft-delete flag; a block that has it is as good as gone.</summary>
    public bool Deleted { get; init; }
}
