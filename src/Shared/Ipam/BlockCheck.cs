using System.Globalization;

namespace Agent.Ipam;

/// <summary>Whether a published block is well-formed, in the words of <c>ipam check</c>.</summary>
public static class BlockCheck
{
    /// <summary>Everything that is wrong with the block; empty when it is sound.</summary>
    /// <param name="block">The block as it was read.</param>
    /// <param name="now">The time against which releases are held; a release in the future means skewed clocks.</param>
    public static IReadOnlyList<string> Problems(PublishedBlock block, DateTimeOffset now)
    {
        var problems = Structure(block);
        for (var index = 0; index < block.Attributes.Count; index++)
            if (block.Attributes[index].ReleasedAt > now)
                problems.Add(Text($"attribute index {index} has releasedAt in the future, suggesting clock skew"));
        return problems;
    }

    /// <summary>What is wrong apart from the clock.</summary>
    internal static List<string> Structure(PublishedBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var problems = new List<string>();
        var used = new bool[block.Attributes.Count];
        var allocated = 0;
        for (var ordinal = 0; ordinal < block.Allocations.Count; ordinal++)
        {
            if (block.Allocations[ordinal] is not { } index) continue;
            allocated++;
            if (index < 0 || index >= used.Length)
                problems.Add(Text($"allocation {ordinal} indexes a nonexistent attribute {index}"));
            else
                used[index] = true;
        }

        for (var index = 0; index < used.Length; index++)
            if (!used[index]) problems.Add(Text($"attribute index {index} exists but is not indexed by an allocation"));

        var seen = new HashSet<int>();
        foreach (var ordinal in block.Unallocated)
        {
            if (ordinal < 0 || (UInt128)ordinal >= block.Cidr.Count)
                problems.Add(Text($"ordinal {ordinal} appears in the Unallocated array but is out of the block"));
            else if (!seen.Add(ordinal))
                problems.Add(Text($"ordinal {ordinal} appears more than once in Unallocated array"));
            else if (ordinal < block.Allocations.Count && block.Allocations[ordinal] is not null)
                problems.Add(Text($"ordinal {ordinal} is allocated but appears in Unallocated"));
        }

        var sum = block.Unallocated.Count + allocated;
        if ((UInt128)sum != block.Cidr.Count || (UInt128)block.Allocations.Count != block.Cidr.Count)
            problems.Add(Text($"expected {block.Cidr.Count} addresses in this block, but ")
                + Text($"Unallocated ({block.Unallocated.Count}) + Allocated ({allocated}) = {sum}"));
        return problems;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
