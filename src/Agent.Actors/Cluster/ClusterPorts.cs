using System.Collections.Immutable;
using System.Net;
using Agent.Datastore;
using Agent.Planning.Coordination;

namespace Agent.Actors.Cluster;

/// <summary>What a node's part in the cluster is made from.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Self">What this agent says of itself.</param>
/// <param name="Coordinators">How many coordinators are wanted.</param>
/// <param name="Leases">The leases by which agents know of each other.</param>
/// <param name="Directory">Is told where agents are reached.</param>
/// <param name="Time">This node's clock, of which only the monotonic part counts.</param>
public sealed record ClusterPorts(
    string Cluster, NodePresence Self, int Coordinators, ILeases Leases, INodeDirectory Directory, TimeProvider Time)
{
    /// <summary>The usual <see cref="Beat"/>.</summary>
    public static TimeSpan DefaultBeat { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an agent renews the lease by which others know that it lives, and looks at theirs.</summary>
    public TimeSpan Beat { get; init; } = DefaultBeat;
}

/// <summary>Where the agents of other nodes are reached; the link to them looks here.</summary>
public interface INodeDirectory
{
    /// <summary>From now on the nodes are there, and only these.</summary>
    void Set(ImmutableSortedDictionary<string, IPEndPoint> nodes);
}
