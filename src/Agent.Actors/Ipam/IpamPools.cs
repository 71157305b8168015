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
        SelectsNode = selectsNode,
    };

    /// <summary>
    /// Everything that a node gives addresses out by. A pool whose selector cannot be read counts as selecting the node, so
    /// that nothing is given up by mistake.
    /// </summary>
    public static IpamProtocol.SetPools For(ClusterSnapshot snapshot, string node)
    {
        var labels = snapshot.Nodes.TryGetValue(node, out var found) ? found.Labels : null;
        var rules = snapshot.Ipam;
        return new IpamProtocol.SetPools(
            [
                .. snapshot.Pools.Values.Select(pool => Of(
                    pool, labels is null || !Selector.TryParse(pool.NodeSelector, out var selector, out _) || selector.Matches(labels))),
            ],
            new AddressSet(snapshot.Reservations.Values.SelectMany(reservation => reservation.Ranges())),
            new Agent.Ipam.IpamConfiguration
            {
                StrictAffinity = rules.StrictAffinity,
                AutoAllocateBlocks = rules.AutoAllocateBlocks ?? true,
                MaxBlocksPerHost = rules.MaxBlocksPerHost,
            });
    }
}
