using System.Collections.Immutable;
using Agent.Ipam;
using Agent.Planning;
using Agent.Resources;

namespace Agent.Actors.Ipam;

/// <summary>From IPPool resources to pools as address assignment sees them.</summary>
internal static class IpamPools
{
    /// <summary>One pool.</summary>
    public static Pool Of(IPPool pool, bool selectsNode = true) => new()
    {
        Name = pool.Name,
        Cidr = pool.Cidr,
        BlockSize = pool.BlockSize,
        IsEnabled = Planning.PoolChoice.IsEnabled(pool),
        IsAutomatic = pool.AssignmentMode == AssignmentMode.Automatic,
        SelectsNode = selectsNode,
    };

    /// <summary>Every pool, and whether it selects the node; one whose selector cannot be read counts as selecting it, so that nothing is given up by mistake.</summary>
    public static ImmutableArray<Pool> Of(ClusterSnapshot snapshot, string node)
    {
        var labels = snapshot.Nodes.TryGetValue(node, out var found) ? found.Labels : null;
        return
        [
            .. snapshot.Pools.Values.Select(pool => Of(
                pool, labels is null || !Selector.TryParse(pool.NodeSelector, out var selector, out _) || selector.Matches(labels))),
        ];
    }
}
