using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Resources;

/// <summary>From the planner's words for pools, blocks and communities to the RIB's.</summary>
internal static class RibPlan
{
    /// <summary>The export and kernel policy of a node, services left out.</summary>
    public static RibPolicy PolicyOf(
        PoolPlan pools, ImmutableArray<CommunityTag> tags, RoutePriorities priorities)
    {
        return new RibPolicy
        {
            Priorities = priorities,
            Pools = [.. pools.Pools.Select(PoolOf)],
            OwnBlocks = [.. pools.OwnBlocks.Select(BlockOf)],
            Communities = [.. tags.Select(CommunitiesOf)],
        };
    }

    /// <summary>A blackhole for each own block of more than one address, and a route to each peer with a
    /// gateway.</summary>
    public static ImmutableArray<LocalRoute> StaticsOf(PoolPlan pools, ImmutableArray<PeerGateway> gateways) =>
    [
        .. pools.OwnBlocks.Where(block => block.IsBlackhole)
            .Select(block => new LocalRoute(block.Cidr, LocalRouteKind.Block)),
        .. gateways.Select(each =>
            new LocalRoute(IpPrefix.Host(each.Peer), LocalRouteKind.Gateway) { Gateway = each.Gateway }),
    ];

    private static PolicyPool PoolOf(PoolPolicy pool) => new(
        pool.Cidr, pool.DisableBgpExport, Encapsulated: pool.Encap != PoolEncap.None || !pool.IsProgrammedByBgp);

    private static Agent.Bgp.Policy.OwnBlock BlockOf(Agent.Planning.OwnBlock block) =>
        new(block.Cidr, block.IsAggregated ? BlockState.Confirmed : BlockState.PendingDeletion);

    private static PrefixCommunities CommunitiesOf(CommunityTag tag)
    {
        var standard = ImmutableArray.CreateBuilder<uint>();
        var large = ImmutableArray.CreateBuilder<LargeCommunity>();
        foreach (var value in tag.Values)
        {
            uint[] parts = [.. value.Split(':').Select(part => uint.Parse(part, CultureInfo.InvariantCulture))];
            if (parts is [var high, var low]) standard.Add(high << 16 | low);
            else large.Add(new LargeCommunity(parts[0], parts[1], parts[2]));
        }

        return new PrefixCommunities(tag.Cidr, standard.ToImmutable(), large.ToImmutable());
    }
}
