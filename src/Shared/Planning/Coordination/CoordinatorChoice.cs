using System.Collections.Immutable;

namespace Agent.Planning.Coordination;

/// <summary>Which nodes coordinate: the first of the willing and ready ones in an order that everybody computes
/// alike.</summary>
/// <remarks>
/// Rendezvous hashing: a node that comes or goes changes at most one place, and clusters of the same node names choose
/// differently. Views of two nodes may differ for a while; then one coordinator more or fewer is at work, which harms
/// nothing, as leases say who owns a shard.
/// </remarks>
public static class CoordinatorChoice
{
    /// <summary>The names of the chosen nodes, in ordinal order.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="count">How many are wanted; fewer where fewer are willing and ready.</param>
    /// <param name="nodes">The nodes, as <see cref="PresenceView"/> shows them.</param>
    /// <param name="onlyProved">Counts only those that were seen to renew their leases. For a cluster in which all
    /// coordinators are gone: leases that dead nodes have left behind must not keep the living from being
    /// chosen.</param>
    public static ImmutableSortedSet<string> Choose(
        string cluster, int count, IEnumerable<KnownNode> nodes, bool onlyProved = false)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return nodes.Where(node => node.Presence.IsWilling && (onlyProved ? node.IsProved : node.IsReady))
            .Select(node => node.Presence.Node)
            .OrderByDescending(name => Score(cluster, name))
            .ThenBy(name => name, StringComparer.Ordinal)
            .Take(count)
            .ToImmutableSortedSet(StringComparer.Ordinal);
    }

    // FNV-1a over the UTF-16 units, then the finalizer of SplitMix64: the same on every node and in every version.
    private static ulong Score(string cluster, string node)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in $"{cluster}\u001F{node}") hash = unchecked((hash ^ letter) * 1099511628211UL);
        unchecked
        {
            hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
            hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
            return hash ^ (hash >> 31);
        }
    }
}
