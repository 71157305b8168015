using System.CommandLine;
using System.Globalization;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster-sharding</c>: the sharded entities of the cluster, in the manner of Petabridge.Cmd.</summary>
internal static class ShardingCommand
{
    private static readonly Option<string?> Format = Documents.Flag();

    internal static Command Build(Surroundings surroundings)
    {
        var list = new Command(
            "list-regions",
            """
            Lists the types of sharded entities, with what this node owns of each.

            Example:
              agentctl cluster-sharding list-regions
            """)
        { Format };
        list.SetAction(async (parsed, cancellation) =>
        {
            var reply = await AgentQuestion.AskAsync<IpcReply.ShardRegions>(
                parsed, surroundings, new IpcRequest.ListRegions(), cancellation);
            if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format), reply))
                new PagedTable(surroundings.Output, ["REGION", "SHARDS HERE", "ENTITIES HERE"]).Write(
                [
                    .. reply.Regions.Select(each =>
                        (string[])[each.Name, Text(each.Shards.Count), Text(each.Entities)]),
                ]);
            return 0;
        });

        var region = new Argument<string>("region") { Description = "The region, as 'list-regions' names it." };
        region.CompleteFromAgent<IpcReply.ShardRegions>(
            surroundings, new IpcRequest.ListRegions(), reply => reply.Regions.Select(each => each.Name));
        var stats = new Command(
            "region-stats",
            """
            Shows which node owns each shard of a region, and how many entities live in it.

            Example:
              agentctl cluster-sharding region-stats block-affinity
            """)
        { region, Format };
        stats.SetAction(async (parsed, cancellation) =>
        {
            var reply = await AgentQuestion.AskAsync<IpcReply.ShardRegionStats>(
                parsed, surroundings, new IpcRequest.RegionStats(parsed.GetValue(region)!), cancellation);
            if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format), reply))
                new PagedTable(surroundings.Output, ["NODE", "SHARD", "ENTITIES"]).Write(
                    [.. reply.Shards.Select(each => (string[])[each.Node, each.Shard, Text(each.Entities)])]);
            foreach (var silent in reply.Silent) surroundings.Error.WriteLine($"{silent} did not answer");
            return reply.Silent.Count == 0 ? 0 : 1;
        });

        return new Command(
            "cluster-sharding",
            """
            Shows the sharded entities of the cluster.

            Examples:
              agentctl cluster-sharding list-regions
              agentctl cluster-sharding region-stats block-affinity
            """)
        { list, stats };
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
