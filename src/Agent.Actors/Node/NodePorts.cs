using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Datastore;
using Agent.Netlink;
using Agent.Planning;

namespace Agent.Actors.Node;

/// <summary>The outside world of one node: every port that its actors have, and nothing else.</summary>
public sealed record NodePorts
{
    /// <summary>The cluster's resources.</summary>
    public required IDatastore Datastore { get; init; }

    /// <summary>The node's kernel.</summary>
    public required IKernel Kernel { get; init; }

    /// <summary>TCP for BGP.</summary>
    public required IBgpTransport Transport { get; init; }

    /// <summary>Files for recordings of BGP sessions; null records none.</summary>
    public ISessionRecordings? Recordings { get; init; }

    /// <summary>What the cluster's wish to log more or less of BGP reaches; null disregards it.</summary>
    public IBgpLog? BgpLog { get; init; }

    /// <summary>nft.</summary>
    public required INftables Nftables { get; init; }

    /// <summary>The region of the entities that decide which block of a pool is next; null where the node decides by
    /// itself.</summary>
    public IActorRef? Pools { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Chance.</summary>
    public required Random Random { get; init; }
}

/// <summary>Who the node is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="JournalId">The id of its journal.</param>
/// <param name="Options">What its environment says about plans.</param>
public sealed record NodeIdentity(string Name, string JournalId, PlanOptions Options)
{
    /// <summary>The number of this start of the agent on its journal; 0 where starts are not counted.</summary>
    public long Incarnation { get; init; }
}
