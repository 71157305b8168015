using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Planning;

namespace Agent.Actors.Resources;

/// <summary>From the planner's words for pools, blocks and communities to the RIB's.</summary>
internal static class RibPlan
{
    /// <summary>The export and kernel policy of a node, services left out.</summary>
    public static RibPolicy PolicyOf(PoolPlan pools, ImmutableArray<CommunityTag> tags) => new()
    {
        Pools = [.. pools.Pools.Select(pool => new PolicyPool(pool.Cidr, pool.DisableBgpExport, Encapsulated: pool.Encap != PoolEncap.None || !pool.IsProgrammedByBgp))],
        OwnBlocks =
        [
            .. pools.OwnBlocks.Select(block =>
                new Agent.Bgp.Policy.OwnBlock(block.Cidr, block.IsAggregated ? BlockState.Confirmed : BlockState.PendingDeletion)),
        ],
        Communities = [.. tags.Select(CommunitiesOf)],
    };

    /// <summary>A blackhole for each own block of more than one address.</summary>
    public static ImmutableArray<LocalRoute> BlackholesOf(PoolPlan pools) =>
        [.. pools.OwnBlocks.Where(block => block.IsBlackhole).Select(block => new LocalRoute(block.Cidr, LocalRouteKind.Block))];

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
