namespace Agent.Ipc;

/// <content>What <c>agentctl cluster</c> and <c>agentctl cluster-sharding</c> ask.</content>
public abstract partial record IpcRequest
{
    /// <summary>Who is in the cluster. Answered by <see cref="IpcReply.ClusterView"/>.</summary>
    public sealed record ClusterShow : IpcRequest;

    /// <summary>Have a node hand over its shards and coordinate no more. Answered by
    /// <see cref="IpcReply.Done"/>.</summary>
    /// <param name="Node">The node's name.</param>
    public sealed record ClusterLeave(string Node) : IpcRequest;

    /// <summary>Count a dead node as gone now. Answered by <see cref="IpcReply.Done"/>.</summary>
    /// <param name="Node">The node's name.</param>
    public sealed record ClusterDown(string Node) : IpcRequest;

    /// <summary>Which types of sharded entities there are. Answered by <see cref="IpcReply.ShardRegions"/>.</summary>
    public sealed record ListRegions : IpcRequest;

    /// <summary>Which shards of a region are where. Answered by <see cref="IpcReply.ShardRegionStats"/>.</summary>
    /// <param name="Region">The region's name.</param>
    public sealed record RegionStats(string Region) : IpcRequest;
}

/// <content>What <c>agentctl cluster</c> and <c>agentctl cluster-sharding</c> are answered.</content>
public abstract partial record IpcReply
{
    /// <summary>The cluster as this node sees it.</summary>
    /// <param name="Cluster">The cluster's name.</param>
    /// <param name="Self">This node.</param>
    /// <param name="Coordinators">The nodes that this node would have coordinate.</param>
    /// <param name="Members">The coordinators at work.</param>
    /// <param name="Nodes">All nodes whose agents are known.</param>
    /// <param name="Problem">What keeps this node from taking part; null where nothing does.</param>
    public sealed record ClusterView(
        string Cluster, string Self, IReadOnlyList<string> Coordinators, IReadOnlyList<ClusterMember> Members,
        IReadOnlyList<ClusterNode> Nodes, string? Problem = null) : IpcReply;

    /// <summary>The types of sharded entities.</summary>
    public sealed record ShardRegions(IReadOnlyList<ShardRegion> Regions) : IpcReply;

    /// <summary>The shards of a region over all nodes.</summary>
    /// <param name="Region">The region's name.</param>
    /// <param name="Shards">Those that have an owner, by node, then id.</param>
    /// <param name="Silent">Coordinators that have not answered.</param>
    public sealed record ShardRegionStats(
        string Region, IReadOnlyList<ShardOwner> Shards, IReadOnlyList<string> Silent) : IpcReply;
}

/// <summary>A coordinator at work.</summary>
/// <param name="Node">Its node's name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Status">Joining, Up, Leaving, ...</param>
/// <param name="IsReachable">Whether it renews its lease.</param>
/// <param name="IsLeader">Whether it is the first of those that are up.</param>
public sealed record ClusterMember(string Node, string Address, string Status, bool IsReachable, bool IsLeader);

/// <summary>A node whose agent is known.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Endpoint">Where other agents reach it.</param>
/// <param name="IsWilling">Whether it may be chosen to coordinate.</param>
/// <param name="IsReady">Whether its agent has shown itself lately.</param>
/// <param name="IsChosen">Whether it is chosen.</param>
public sealed record ClusterNode(string Node, string Endpoint, bool IsWilling, bool IsReady, bool IsChosen);

/// <summary>One type of sharded entities.</summary>
/// <param name="Name">The type's name.</param>
/// <param name="Shards">The shards that this node owns.</param>
/// <param name="Entities">How many entities live in them.</param>
public sealed record ShardRegion(string Name, IReadOnlyList<string> Shards, int Entities);

/// <summary>One shard.</summary>
/// <param name="Node">Its owner.</param>
/// <param name="Shard">Its id.</param>
/// <param name="Entities">How many entities live in it.</param>
public sealed record ShardOwner(string Node, string Shard, int Entities);
