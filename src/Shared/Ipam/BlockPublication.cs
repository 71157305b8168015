using System.Globalization;

namespace Agent.Ipam;

/// <summary>Between a block and its published form.</summary>
public static class BlockPublication
{
    /// <summary>The published form; equal owners share one entry, in order of their first ordinal.</summary>
    /// <param name="block">The block.</param>
    /// <param name="affinity"><c>host:name</c>, <c>virtual:name</c>, or null for nobody.</param>
    /// <param name="claimTime">When the affinity was taken; null with a null affinity.</param>
    public static PublishedBlock Of(Block block, string? affinity, DateTimeOffset? claimTime)
    {
        ArgumentNullException.ThrowIfNull(block);
        var allocations = new int?[block.Size];
        var attributes = new List<PublishedAttributes>();
        var indexes = new Dictionary<PublishedAttributes, int>();
        var sequences = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        for (var ordinal = 0; ordinal < block.Size; ordinal++)
        {
            if (block[ordinal] is not { } allocation) continue;
            var entry = new PublishedAttributes(allocation.Handle, allocation.Attributes);
            if (!indexes.TryGetValue(entry, out var index))
            {
                indexes.Add(entry, index = attributes.Count);
                attributes.Add(entry);
            }

            allocations[ordinal] = index;
            sequences.Add(ordinal.ToString(CultureInfo.InvariantCulture), allocation.Sequence);
        }

        return new PublishedBlock
        {
            Cidr = block.Cidr,
            Affinity = affinity,
            AffinityClaimTime = claimTime,
            Allocations = allocations,
            Unallocated = [.. block.FreeOrdinals],
            Attributes = attributes,
            SequenceNumber = block.SequenceNumber,
            SequenceNumberForAllocation = sequences,
        };
    }

    /// <summary>The block that was published, or null with the reasons why it cannot be one.</summary>
    /// <remarks>
    /// What Calico wrote is taken as it is, except: an address in cooldown is free, at the tail of the queue; a handle
    /// ends at its first carriage return (tails left by an old migration).
    /// </remarks>
    public static Block? TryRestore(PublishedBlock published, out IReadOnlyList<string> problems)
    {
        problems = BlockCheck.Structure(published);
        if (published.Cidr.Count > Block.MaxSize)
            problems = [.. problems, $"{published.Cidr} is too large for a block"];
        if (problems.Count > 0) return null;
        var ordinals = Enumerable.Range(0, published.Allocations.Count).ToList();
        var assigned = ordinals.FindAll(ordinal => Owner(ordinal) is { ReleasedAt: null });
        var cooling = ordinals.FindAll(ordinal => Owner(ordinal) is { ReleasedAt: not null });
        // Putting an allocation takes its ordinal out of the queue, so the queue begins with all of them.
        var block = new Block(published.Cidr, published.SequenceNumber,
            [.. assigned, .. published.Unallocated, .. cooling]);
        foreach (var ordinal in assigned)
        {
            var owner = Owner(ordinal)!;
            var name = ordinal.ToString(CultureInfo.InvariantCulture);
            block.Put(ordinal, new Allocation(
                owner.Handle?.Split('\r')[0], owner.Attributes,
                published.SequenceNumberForAllocation.GetValueOrDefault(name)));
        }

        return block;

        PublishedAttributes? Owner(int ordinal) =>
            published.Allocations[ordinal] is { } index ? published.Attributes[index] : null;
    }
}
