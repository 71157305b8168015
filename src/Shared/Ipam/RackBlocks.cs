using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>Which block of a pool a node gets next, where one place decides for all nodes: near the blocks of its rack,
/// else the lowest free one.</summary>
/// <remarks>
/// Racks get whole groups of 16 neighbouring blocks, so that a rack's blocks can be announced as few prefixes. A node
/// whose labels name no rack gets none of a rack's group while there is another. When groups run out everybody takes
/// what is left.
/// </remarks>
public static class RackBlocks
{
    private const int GroupBits = 4;

    /// <summary>The rack of a node whose labels name none.</summary>
    public const string NoRack = "";

    private static readonly string[] RackLabels =
        ["topology.kubernetes.io/rack", "rack", "topology.kubernetes.io/zone"];

    /// <summary>The rack that a node's labels name: <c>topology.kubernetes.io/rack</c>, else <c>rack</c>, else
    /// <c>topology.kubernetes.io/zone</c>; else <see cref="NoRack"/>.</summary>
    public static string RackOf(IReadOnlyDictionary<string, string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        foreach (var label in RackLabels)
            if (labels.TryGetValue(label, out var rack) && rack.Length > 0) return rack;
        return NoRack;
    }

    /// <summary>The next block; null when the pool has none left.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="reserved">Addresses that are not given out; a block of nothing else is passed over.</param>
    /// <param name="taken">The blocks that have an owner, in order, with the rack of each.</param>
    /// <param name="rack">The rack of the node that asks.</param>
    public static IpPrefix? Next(
        Pool pool, AddressSet reserved, SortedDictionary<IpPrefix, string> taken, string rack)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(taken);
        var groups = GroupsOf(pool, taken);
        if (rack != NoRack)
        {
            foreach (var (group, owner) in groups)
            {
                if (owner == rack
                    && FirstFree(pool with { Cidr = group }, reserved, taken, _ => true) is { } near) return near;
            }
        }

        // A group that belongs to nobody begins one for the rack; a node without a rack shares those of others.
        return FirstFree(pool, reserved, taken,
                block => !groups.TryGetValue(GroupOf(pool, block), out var owner)
                    || (rack == NoRack && owner == NoRack))
            ?? FirstFree(pool, reserved, taken, _ => true);
    }

    private static IpPrefix? FirstFree(
        Pool pool, AddressSet reserved, SortedDictionary<IpPrefix, string> taken, Func<IpPrefix, bool> isWanted)
    {
        foreach (var block in CandidateBlocks.Upward(pool, reserved))
            if (!taken.ContainsKey(block) && isWanted(block)) return block;
        return null;
    }

    /// <summary>The groups in which blocks are taken, each with the rack that has it for itself, or
    /// <see cref="NoRack"/>.</summary>
    private static SortedDictionary<IpPrefix, string> GroupsOf(Pool pool, SortedDictionary<IpPrefix, string> taken)
    {
        var groups = new SortedDictionary<IpPrefix, string>();
        foreach (var (block, rack) in taken)
        {
            if (!pool.Cidr.Contains(block)) continue;
            var group = GroupOf(pool, block);
            groups[group] = groups.TryGetValue(group, out var owner) && owner != rack ? NoRack : rack;
        }

        return groups;
    }

    private static IpPrefix GroupOf(Pool pool, IpPrefix block) =>
        new(block.Address, Math.Max(pool.Cidr.Length, Math.Min(block.Length, pool.BlockSize) - GroupBits));
}
