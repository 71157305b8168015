using System.Collections.Immutable;
using Agent.Datastore;
using Agent.Planning.Coordination;

namespace Agent.Actors.Cluster;

public sealed partial class ClusterActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private ClusterProtocol.View View()
    {
        var state = _cluster.State;
        return new ClusterProtocol.View(
            _ports.Cluster,
            _self.Node,
            [.. _chosen],
            [
                .. state.Members.Select(member => new ClusterProtocol.ViewMember(
                    member.Address.Host ?? "", member.UniqueAddress.ToString() ?? "", member.Status.ToString(),
                    !state.Unreachable.Contains(member), member.Address.Equals(state.Leader))),
            ],
            [
                .. _view.Nodes.Select(node => new ClusterProtocol.ViewNode(
                    node.Presence.Node, node.Presence.Endpoint.ToString(), node.Presence.IsWilling, node.IsReady,
                    _chosen.Contains(node.Presence.Node))),
            ],
            _problem ?? StoreError);
    }

    private void OnLeave(ClusterProtocol.Leave leave)
    {
        if (leave.Node == _self.Node)
        {
            _log.Info("node {0} was told to leave the coordinators", _self.Node);
            _self = _self with { IsWilling = false };
            OnBeat();
            LeaveMembers();
            Sender.Tell(new ClusterProtocol.Done(), Self);
            return;
        }

        if (Find(leave.Node) is not { } node)
        {
            Sender.Tell(Unknown(leave.Node), Self);
            return;
        }

        var address = _cluster.SelfAddress.WithHost(node.Presence.Node).WithPort(node.Presence.Endpoint.Port);
        Context.ActorSelection($"{address}/user/{Name}").Ask<object>(leave, Patience).PipeTo(
            Sender, Self, answer => answer,
            _ => new ClusterProtocol.Refused(
                $"node {leave.Node} at {node.Presence.Endpoint} does not answer; where its agent is dead, use 'cluster "
                + $"down {leave.Node}'; where it only stands still, it leaves when it goes on"));
    }

    private void OnDown(string node)
    {
        if (node == _self.Node || Find(node) is not { } known)
        {
            Sender.Tell(node == _self.Node
                ? new ClusterProtocol.Refused($"node {node} is this node, which lives; use 'cluster leave {node}'")
                : Unknown(node), Self);
            return;
        }

        if (_view.QuietFor(node) < _ports.Beat * 1.5)
        {
            Sender.Tell(
                new ClusterProtocol.Refused(
                    $"node {node} at {known.Presence.Endpoint} has shown that it lives within the last "
                    + $"{_ports.Beat.TotalSeconds * 1.5:0} s; use 'cluster leave {node}', or try again once its agent "
                    + "is stopped"),
                Self);
            return;
        }

        DownAsync(known.Presence.Lease, _view.VersionOf(node)).PipeTo(
            Sender, Self, answer => answer, cause => new ClusterProtocol.Refused(cause.Message));
    }

    /// <summary>Takes the lease of a dead agent and gives it back; one that lives takes it again.</summary>
    private async Task<object> DownAsync(string lease, long version)
    {
        var taken = await _ports.Leases.AcquireAsync(
            lease, $"down by {_self.Node}", _ports.Beat * BeatsToExpire, version);
        if (taken is not LeaseResult.Held(var held))
            return new ClusterProtocol.Refused("the node has just shown that it lives; use 'cluster leave'");
        await _ports.Leases.ReleaseAsync(held);
        return new ClusterProtocol.Done();
    }

    private KnownNode? Find(string node) => _view.Nodes.FirstOrDefault(known => known.Presence.Node == node);

    private ClusterProtocol.Refused Unknown(string node) => new(
        $"no agent of a node {node} is known; known are: "
        + string.Join(", ", _view.Nodes.Select(known => known.Presence.Node)));

    private void TellRegions(IActorRef asker)
    {
        var sharding = ClusterSharding.Get(Context.System);
        var asked = sharding.ShardTypeNames.Order(StringComparer.Ordinal)
            .Select(name => RegionAsync(name, sharding.ShardRegion(name)));
        Task.WhenAll(asked).PipeTo(
            asker, Self, regions => new ClusterProtocol.Regions([.. regions]),
            cause => new ClusterProtocol.Refused($"a region does not answer: {cause.Message}"));
    }

    private static async Task<ClusterProtocol.Region> RegionAsync(string name, IActorRef region)
    {
        var state = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        return new ClusterProtocol.Region(
            name, [.. state.Shards.Select(shard => shard.ShardId).Order(StringComparer.Ordinal)],
            state.Shards.Sum(shard => shard.EntityIds.Count));
    }

    private void TellRegionStats(string region, IActorRef asker)
    {
        var sharding = ClusterSharding.Get(Context.System);
        if (!sharding.ShardTypeNames.Contains(region))
        {
            asker.Tell(
                new ClusterProtocol.Refused(
                    $"there is no region {region}; the regions are: "
                    + string.Join(", ", sharding.ShardTypeNames.Order(StringComparer.Ordinal))),
                Self);
            return;
        }

        ImmutableArray<string> members = [.. _cluster.State.Members.Select(member => member.Address.Host ?? "")];
        sharding.ShardRegion(region)
            .Ask<ClusterShardingStats>(new GetClusterShardingStats(Patience / 2), Patience)
            .PipeTo(asker, Self, stats => StatsOf(region, members, stats),
                cause => new ClusterProtocol.Refused($"the region {region} does not answer: {cause.Message}"));
    }

    private static ClusterProtocol.RegionStats StatsOf(
        string region, ImmutableArray<string> members, ClusterShardingStats stats)
    {
        ImmutableArray<(string Node, ShardRegionStats Stats)> answers =
        [
            .. stats.Regions.Select(each => (Node: each.Key.Host ?? "", Stats: each.Value))
                .OrderBy(each => each.Node, StringComparer.Ordinal),
        ];
        return new ClusterProtocol.RegionStats(
            region,
            [
                .. from answer in answers
                   from shard in answer.Stats.Stats.OrderBy(shard => shard.Key, StringComparer.Ordinal)
                   select new ClusterProtocol.ShardStats(answer.Node, shard.Key, shard.Value),
            ],
            [.. members.Except(answers.Select(answer => answer.Node)).Order(StringComparer.Ordinal)]);
    }
}
