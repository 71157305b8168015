using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Planning;

namespace Agent.Actors.Resources;

/// <summary>From the planner's words for pools and services to the RIB's.</summary>
internal static class RibPlan
{
    /// <summary>The whole export and kernel policy of a node.</summary>
    public static RibPolicy PolicyOf(PoolPlan pools, ServicePlan services, ImmutableArray<CommunityTag> tags) => new()
    {
        Pools = [.. pools.Pools.Select(pool => new PolicyPool(pool.Cidr, pool.DisableBgpExport, Encapsulated: !pool.IsProgrammedByBgp))],
        OwnBlocks =
        [
            .. pools.OwnBlocks.Select(block =>
                new Agent.Bgp.Policy.OwnBlock(block.Cidr, block.IsAggregated ? BlockState.Confirmed : BlockState.PendingDeletion)),
        ],
        ServicePrefixes = [.. services.Prefixes.Select(prefix => prefix.Prefix)],
        KernelRejects = services.KernelReject,
        ReflectorServices = services.ReflectorClauses,
        Communities = [.. tags.Select(CommunitiesOf)],
    };

    /// <summary>What a node originates: a blackhole for each own block of more than one address, and for each service prefix.</summary>
    public static ImmutableArray<LocalRoute> OriginatedOf(PoolPlan pools, ServicePlan services) =>
    [
        .. pools.OwnBlocks.Where(block => block.IsBlackhole).Select(block => new LocalRoute(block.Cidr, LocalRouteKind.Block)),
        .. services.Prefixes.Select(prefix => new LocalRoute(prefix.Prefix, LocalRouteKind.Service)),
    ];

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
