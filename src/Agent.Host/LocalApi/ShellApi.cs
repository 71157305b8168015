using Agent.Actors.Cluster;
using Agent.Host.Logging;
using Agent.Ipc;
using Agent.Runtime.Hosting;

namespace Agent.Host.LocalApi;

/// <summary>Answers the shell's questions about the agent itself: its actors, its log, its part in the
/// cluster.</summary>
internal sealed class ShellApi(ActorSystem system, AgentLog log)
{
    /// <summary>The actor of the node's part in the cluster.</summary>
    private const string ClusterPath = "/user/cluster";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A node leaves once it has handed over its shards.</summary>
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(60);

    private readonly ActorDescriptions _descriptions = new(system);

    /// <summary>Answers a request of the shell; null for another.</summary>
    public Task<IpcReply>? Answer(IpcRequest request, CancellationToken cancellation) => request switch
    {
        IpcRequest.ActorTree(var path, var depth) => Task.FromResult(Tree(path, depth)),
        IpcRequest.Describe(var path) => DescribeAsync(path, cancellation),
        IpcRequest.LogLevel level => Task.FromResult(SetLevel(level)),
        IpcRequest.ClusterShow => AskClusterAsync(ClusterProtocol.GetView.Instance, Patience, cancellation),
        IpcRequest.ClusterLeave(var node) =>
            AskClusterAsync(new ClusterProtocol.Leave(node), LeavePatience, cancellation),
        IpcRequest.ClusterDown(var node) => AskClusterAsync(new ClusterProtocol.Down(node), Patience, cancellation),
        IpcRequest.ListRegions => AskClusterAsync(ClusterProtocol.ListRegions.Instance, Patience, cancellation),
        IpcRequest.RegionStats(var region) =>
            AskClusterAsync(new ClusterProtocol.GetRegionStats(region), Patience, cancellation),
        _ => null,
    };

    /// <summary>The parts of an answer that comes in parts; null for a request with another.</summary>
    public IAsyncEnumerable<IpcReply>? Follow(IpcRequest request, CancellationToken cancellation) =>
        request is IpcRequest.LogPeek peek ? log.Tail.ReadAsync(peek, cancellation) : null;

    private IpcReply Tree(string path, int depth)
    {
        var actors = RuntimeInspection.Tree(system, Absolute(path), depth);
        return actors.Count == 0
            ? NoActor(path)
            : new IpcReply.Actors([.. actors.Select(actor => new ActorRow(
                actor.Path, actor.Type.Name, actor.Activity.ToString().ToLowerInvariant(), actor.Waiting,
                actor.Restarts, actor.Children))]);
    }

    private async Task<IpcReply> DescribeAsync(string path, CancellationToken cancellation) =>
        await _descriptions.DescribeAsync(Absolute(path), cancellation) ?? NoActor(path);

    private IpcReply SetLevel(IpcRequest.LogLevel request)
    {
        if (request.Level is { } word)
        {
            var level = LogLevels.Parse(word);
            if (level is null && word != "default")
                return new IpcReply.Error(
                    $"there is no log level '{word}': debug, info, warning, error, critical, or default");
            log.Levels.Set(LoggerOf(request.Logger), level);
        }

        return log.Levels.Describe();
    }

    /// <summary>An actor of the node is named as for the other commands, without the path of their root.</summary>
    private string? LoggerOf(string? name) =>
        name is { Length: > 0 } && RuntimeInspection.Tree(system, Absolute(name), 0).Count > 0 ? Absolute(name) : name;

    private async Task<IpcReply> AskClusterAsync(object question, TimeSpan patience, CancellationToken cancellation)
    {
        if (RuntimeInspection.Tree(system, ClusterPath, 0).Count == 0)
            return new IpcReply.Error("this agent takes no part in a cluster of agents");
        return await system.ActorSelection(ClusterPath).Ask<object>(question, patience, cancellation) switch
        {
            ClusterProtocol.View view => new IpcReply.ClusterView(
                view.Cluster, view.Self, view.Coordinators,
                [.. view.Members.Select(each =>
                    new ClusterMember(each.Node, each.Address, each.Status, each.IsReachable, each.IsLeader))],
                [.. view.Nodes.Select(each =>
                    new ClusterNode(each.Node, each.Endpoint, each.IsWilling, each.IsReady, each.IsChosen))],
                view.Problem),
            ClusterProtocol.Regions regions => new IpcReply.ShardRegions(
                [.. regions.Items.Select(each => new ShardRegion(each.Name, each.Shards, each.Entities))]),
            ClusterProtocol.RegionStats stats => new IpcReply.ShardRegionStats(
                stats.Region, [.. stats.Shards.Select(each => new ShardOwner(each.Node, each.Shard, each.Entities))],
                stats.Silent),
            ClusterProtocol.Done => new IpcReply.Done(),
            ClusterProtocol.Refused(var reason) => new IpcReply.Error(reason),
            var answer => new IpcReply.Error($"unexpected answer {answer}"),
        };
    }

    /// <summary>A path without a slash in front is one below the node's root, as operators know its actors.</summary>
    private static string Absolute(string path) =>
        path.StartsWith('/') ? path : $"/user/{Actors.Node.NodeActor.Name}/{path}";

    private static IpcReply.Error NoActor(string path) =>
        new($"there is no actor {path}: 'agentctl actor hierarchy' shows those that there are");
}
