using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

/// <summary>One process's way to leases and shard records.</summary>
internal sealed class ClusterStores(World world, Process process, StoreConnection connection, InMemoryClusterStore store)
    : IClusterLeases, IShardRecords
{
    public Task<ClusterLeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion) => connection.CallAsync(() =>
        {
            Note($"acquires {name} for {holder}");
            return store.AcquireAsync(name, holder, timeToLive, expectedVersion).Result;
        });

    public Task<ClusterLeaseResult> RenewAsync(ClusterLease lease) => connection.CallAsync(() =>
    {
        Note($"renews {lease.Name}");
        return store.RenewAsync(lease).Result;
    });

    public Task ReleaseAsync(ClusterLease lease) => connection.CallAsync(() =>
    {
        Note($"releases {lease.Name}");
        return store.ReleaseAsync(lease).IsCompleted;
    });

    public Task<IReadOnlyList<ClusterLease>> ListAsync(string namePrefix) =>
        connection.CallAsync(() => store.ListAsync(namePrefix).Result);

    public Task<ShardRecord?> ReadAsync(string typeName, string shardId) =>
        connection.CallAsync(() => store.ReadAsync(typeName, shardId).Result);

    public Task<bool> TryWriteAsync(ShardRecord record, long expectedEpoch) => connection.CallAsync(() =>
    {
        var written = store.TryWriteAsync(record, expectedEpoch).Result;
        if (written)
            Note($"shard {record.ShardId} owner '{record.Owner}' epoch {record.Epoch}");
        return written;
    });

    private void Note(string what) => world.Seeded.Note("write", $"{process.Name} {what}");
}
