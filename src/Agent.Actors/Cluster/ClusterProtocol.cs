using System.Collections.Immutable;

namespace Agent.Actors.Cluster;

/// <summary>What the actor of a node's part in the cluster hears and says. All of it is plain data, for the local API
/// and for other nodes.</summary>
public static class ClusterProtocol
{
    /// <summary>A question: who is in the cluster? Answered with <see cref="View"/>.</summary>
    public sealed record GetView
    {
        /// <summary>The question.</summary>
        public static GetView Instance { get; } = new();
    }

    /// <summary>Have a node hand over its shards and coordinate no more until its agent is started again. Answered with
    /// <see cref="Done"/> or <see cref="Refused"/>.</summary>
    /// <param name="Node">The node's name; it is asked itself, over remoting.</param>
    public sealed record Leave(string Node);

    /// <summary>Count a dead node as gone now, not only when its lease has run out, so that another is chosen in its
    /// place. Answered with <see cref="Done"/>, or with <see cref="Refused"/> where it lives.</summary>
    /// <param name="Node">The node's name.</param>
    public sealed record Down(string Node);

    /// <summary>A question: which types of sharded entities run here? Answered with <see cref="Regions"/>.</summary>
    public sealed record ListRegions
    {
        /// <summary>The question.</summary>
        public static ListRegions Instance { get; } = new();
    }

    /// <summary>A question: which shards of a region are where, and how many entities has each? Answered with
    /// <see cref="RegionStats"/> or <see cref="Refused"/>.</summary>
    /// <param name="Region">The region's name.</param>
    public sealed record GetRegionStats(string Region);

    /// <summary>It is done.</summary>
    public sealed record Done;

    /// <summary>It is not done; why, and what to do.</summary>
    public sealed record Refused(string Reason);

    /// <summary>The cluster as this node sees it; also the answer to <c>Describe</c>.</summary>
    /// <param name="Cluster">The cluster's name.</param>
    /// <param name="Self">This node.</param>
    /// <param name="Coordinators">The nodes that this node would have coordinate.</param>
    /// <param name="Members">The coordinators at work, which hold membership leases.</param>
    /// <param name="Nodes">All nodes whose agents are known.</param>
    /// <param name="Problem">What keeps this node from taking part; null where nothing does.</param>
    public sealed record View(
        string Cluster, string Self, ImmutableArray<string> Coordinators, ImmutableArray<ViewMember> Members,
        ImmutableArray<ViewNode> Nodes, string? Problem);

    /// <summary>A coordinator at work.</summary>
    /// <param name="Node">Its node's name.</param>
    /// <param name="Address">Its address, with which incarnations are told apart.</param>
    /// <param name="Status">Joining, Up, Leaving ..., as Akka.NET names them.</param>
    /// <param name="IsReachable">Whether it renews its lease.</param>
    /// <param name="IsLeader">Whether it is the first of those that are up.</param>
    public sealed record ViewMember(string Node, string Address, string Status, bool IsReachable, bool IsLeader);

    /// <summary>A node whose agent is known.</summary>
    /// <param name="Node">Its name.</param>
    /// <param name="Endpoint">Where its agent is reached by others.</param>
    /// <param name="IsWilling">Whether it may be chosen to coordinate.</param>
    /// <param name="IsReady">Whether its agent has shown itself in the last half minute.</param>
    /// <param name="IsChosen">Whether this node would have it coordinate.</param>
    public sealed record ViewNode(string Node, string Endpoint, bool IsWilling, bool IsReady, bool IsChosen);

    /// <summary>The types of sharded entities.</summary>
    public sealed record Regions(ImmutableArray<Region> Items);

    /// <summary>One type of sharded entities.</summary>
    /// <param name="Name">The type's name.</param>
    /// <param name="Shards">The shards that this node owns, by id.</param>
    /// <param name="Entities">How many entities live in them.</param>
    public sealed record Region(string Name, ImmutableArray<string> Shards, int Entities);

    /// <summary>The shards of a region over all nodes.</summary>
    /// <param name="Region">The region's name.</param>
    /// <param name="Shards">Those that have an owner, by node, then id.</param>
    /// <param name="Silent">Coordinators that have not answered.</param>
    public sealed record RegionStats(
        string Region, ImmutableArray<ShardStats> Shards, ImmutableArray<string> Silent);

    /// <summary>One shard.</summary>
    /// <param name="Node">Its owner.</param>
    /// <param name="Shard">Its id.</param>
    /// <param name="Entities">How many entities live in it.</param>
    public sealed record ShardStats(string Node, string Shard, int Entities);

    internal sealed record Stop
    {
        public static Stop Instance { get; } = new();
    }

    internal sealed record Beat
    {
        public static Beat Instance { get; } = new();
    }

    internal sealed record PresenceTaken(Datastore.LeaseResult Result);

    internal sealed record PresenceListed(TimeSpan Asked, IReadOnlyList<Datastore.Lease> Leases);

    internal sealed record PresenceNotTaken(Exception Cause);

    internal sealed record PresenceNotListed(Exception Cause);
}
