namespace Agent.Datastore;

/// <summary>Leases: who may act, for how long. The datastore is the arbiter, each side
/// measures time on its own monotonic clock.</summary>
/// <remarks>
/// A lease is a record (holder, incarnation, version). An acquirer may take a foreign lease when it has watched the
/// record unchanged for the whole TTL on its own clock; wall clocks are never compared. A holder acts only until
/// (time of its last successful send + TTL - margin).
/// </remarks>
public interface ILeases
{
    /// <summary>Takes a lease that is free, that the same holder has already (the answer was lost), or whose record is
    /// still the one that the caller watched for a TTL.</summary>
    /// <param name="name">The lease.</param>
    /// <param name="holder">Who wants it: a node's name and incarnation.</param>
    /// <param name="timeToLive">How long it holds without renewal; at least 1 s.</param>
    /// <param name="expectedVersion">The version that was watched for a TTL and may be
    /// overtaken; null takes only a free lease.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<LeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion,
        CancellationToken cancellation = default);

    /// <summary>Renews a lease that the caller holds at that version, or has renewed since
    /// without hearing so; the version rises.</summary>
    Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default);

    /// <summary>Gives the lease back; not holding it any more is no error.</summary>
    Task ReleaseAsync(Lease lease, CancellationToken cancellation = default);

    /// <summary>All leases whose names begin so, in order of their names; those
    /// given back too, with an empty holder.</summary>
    Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default);
}

/// <summary>A lease as the datastore holds it.</summary>
/// <param name="Name">Which lease.</param>
/// <param name="Holder">Who holds it; empty when it was given back.</param>
/// <param name="TimeToLive">How long it holds without renewal.</param>
/// <param name="Version">Rises with each acquisition and renewal.</param>
public sealed record Lease(string Name, string Holder, TimeSpan TimeToLive, long Version);

/// <summary>What became of a lease operation.</summary>
public abstract record LeaseResult
{
    private LeaseResult() { }

    /// <summary>The caller holds the lease.</summary>
    public sealed record Held(Lease Lease) : LeaseResult;

    /// <summary>Somebody else does; this is the record to watch.</summary>
    public sealed record HeldBy(Lease Lease) : LeaseResult;

    /// <summary>The lease is gone: it was taken over, given back or deleted.</summary>
    public sealed record Lost(string Name) : LeaseResult;
}
