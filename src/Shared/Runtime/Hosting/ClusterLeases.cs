namespace Agent.Runtime.Hosting;

/// <summary>The leases on which membership stands; the port to a consistent store.</summary>
/// <remarks>
/// A lease is a record (holder, version) that stays once it is there. Time is no matter of the store: whoever has
/// watched a record unchanged for a time to live, on a monotonic clock of its own, may take it over by naming the
/// version it watched. An operation that fails, or whose answer is lost, may have had its effect or may have it later.
/// In a simulation tasks complete on the world's thread.
/// </remarks>
public interface IClusterLeases
{
    /// <summary>Takes a lease that is free, that this holder has already, or whose record is still of the version
    /// given.</summary>
    /// <param name="name">The lease.</param>
    /// <param name="holder">Who wants it; no two incarnations of a node have the same text.</param>
    /// <param name="timeToLive">How long it holds without renewal.</param>
    /// <param name="expectedVersion">The version that was watched for a time to live; null takes only a free
    /// lease.</param>
    Task<ClusterLeaseResult> AcquireAsync(string name, string holder, TimeSpan timeToLive, long? expectedVersion);

    /// <summary>Renews a lease that the caller has not lost; the version rises.</summary>
    Task<ClusterLeaseResult> RenewAsync(ClusterLease lease);

    /// <summary>Gives a lease back; not to hold it any more is no error.</summary>
    Task ReleaseAsync(ClusterLease lease);

    /// <summary>All leases whose names begin so, those given back too.</summary>
    Task<IReadOnlyList<ClusterLease>> ListAsync(string namePrefix);
}

/// <summary>A lease as it stands in the store.</summary>
/// <param name="Name">Which lease.</param>
/// <param name="Holder">Who holds it; empty when it was given back.</param>
/// <param name="TimeToLive">How long it holds without renewal.</param>
/// <param name="Version">Rises with each change.</param>
public sealed record ClusterLease(string Name, string Holder, TimeSpan TimeToLive, long Version);

/// <summary>What became of a lease operation.</summary>
public abstract record ClusterLeaseResult
{
    private ClusterLeaseResult()
    {
    }

    /// <summary>The caller holds the lease.</summary>
    public sealed record Held(ClusterLease Lease) : ClusterLeaseResult;

    /// <summary>Somebody else does; this is the record to watch.</summary>
    public sealed record HeldBy(ClusterLease Lease) : ClusterLeaseResult;

    /// <summary>The lease was taken over, given back or deleted.</summary>
    public sealed record Lost : ClusterLeaseResult;
}
