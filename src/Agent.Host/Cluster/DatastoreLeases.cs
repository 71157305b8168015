using Agent.Datastore;
using Agent.Runtime.Hosting;

namespace Agent.Host.Cluster;

/// <summary>The runtime's membership leases on those of the cluster's datastore: the same rules under two
/// names.</summary>
public sealed class DatastoreLeases(ILeases leases) : IClusterLeases
{
    /// <inheritdoc/>
    public async Task<ClusterLeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion) =>
        From(await leases.AcquireAsync(name, holder, timeToLive, expectedVersion));

    /// <inheritdoc/>
    public async Task<ClusterLeaseResult> RenewAsync(ClusterLease lease) => From(await leases.RenewAsync(To(lease)));

    /// <inheritdoc/>
    public Task ReleaseAsync(ClusterLease lease) => leases.ReleaseAsync(To(lease));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ClusterLease>> ListAsync(string namePrefix) =>
        [.. (await leases.ListAsync(namePrefix)).Select(From)];

    private static ClusterLeaseResult From(LeaseResult result) => result switch
    {
        LeaseResult.Held(var lease) => new ClusterLeaseResult.Held(From(lease)),
        LeaseResult.HeldBy(var lease) => new ClusterLeaseResult.HeldBy(From(lease)),
        _ => new ClusterLeaseResult.Lost(),
    };

    private static ClusterLease From(Lease lease) => new(lease.Name, lease.Holder, lease.TimeToLive, lease.Version);

    private static Lease To(ClusterLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return new Lease(lease.Name, lease.Holder, lease.TimeToLive, lease.Version);
    }
}
