using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster.Sharding;

internal sealed partial class ShardRegion
{
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(3);

    private void TellState(IActorRef asker) =>
        AskShardsAsync().PipeTo(asker, Self, answers => new CurrentShardRegionState(
        answers.Select(a => a.State).OfType<ShardState>().ToImmutableHashSet(),
        answers.Where(a => a.State is null).Select(a => a.ShardId).ToImmutableHashSet(StringComparer.Ordinal)));

    private void TellStats(IActorRef asker) => AskShardsAsync().PipeTo(asker, Self, answers => new ShardRegionStats(
        answers.Where(a => a.State is not null)
        .ToImmutableDictionary(a => a.ShardId, a => a.State!.EntityIds.Count, StringComparer.Ordinal),
        answers.Where(a => a.State is null).Select(a => a.ShardId).ToImmutableHashSet(StringComparer.Ordinal)));

    private void TellClusterStats(GetClusterShardingStats query, IActorRef asker)
    {
        var asked = _view.Members.Where(k => k.Member.HasRole(setup.Settings.Role))
            .Select(k => AskAsync(k.Member.Address, query.Timeout));
        Task.WhenAll(asked).PipeTo(asker, Self, answers => new ClusterShardingStats(
            answers.Where(a => a.Stats is not null).ToImmutableDictionary(a => a.Node, a => a.Stats!)));
    }

    private async Task<(Address Node, ShardRegionStats? Stats)> AskAsync(Address node, TimeSpan timeout)
    {
        try
        {
            return (node, await RegionAt(node).Ask<ShardRegionStats>(new ShardMessages.GetStats(), timeout)
                .ConfigureAwait(false));
        }
        catch (AskTimeoutException)
        {
            return (node, null);
        }
    }

    private Task<(string ShardId, ShardState? State)[]> AskShardsAsync() =>
        Task.WhenAll(_shards.Values.Where(s => s.Place is Place.Owned).Select(AskAsync).ToList());

    private static async Task<(string ShardId, ShardState? State)> AskAsync(ShardEntry shard)
    {
        var id = shard.Id;
        try
        {
            return (id, await shard.Actor!.Ask<ShardState>(new ShardMessages.GetState(), QueryTimeout)
                .ConfigureAwait(false));
        }
        catch (AskTimeoutException)
        {
            return (id, null);
        }
    }
}
