namespace Agent.Runtime.Hosting;

/// <summary>Leases and shard records in memory, for simulations and for a cluster within one process. Its tasks are
/// complete at once.</summary>
public sealed class InMemoryClusterStore : IClusterLeases, IShardRecords
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, ClusterLease> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), ShardRecord> _shards = [];

    /// <summary>How many shard records were written.</summary>
    public int ShardWrites { get; private set; }

    /// <inheritdoc/>
    public Task<ClusterLeaseResult> AcquireAsync(string name, string holder, TimeSpan timeToLive, long? expectedVersion)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(holder);
        lock (_lock)
        {
            var current = _leases.GetValueOrDefault(name);
            var mayTake = current is null || current.Holder.Length == 0 || current.Holder == holder
                || current.Version == expectedVersion;
            return Task.FromResult<ClusterLeaseResult>(mayTake
                ? Put(new ClusterLease(name, holder, timeToLive, (current?.Version ?? 0) + 1))
                : new ClusterLeaseResult.HeldBy(current!));
        }
    }

    /// <inheritdoc/>
    public Task<ClusterLeaseResult> RenewAsync(ClusterLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        lock (_lock)
        {
            return Task.FromResult<ClusterLeaseResult>(
                _leases.TryGetValue(lease.Name, out var current) && current.Holder == lease.Holder
                && current.Version >= lease.Version
                    ? Put(current with { Version = current.Version + 1 })
                    : new ClusterLeaseResult.Lost());
        }
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(ClusterLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        lock (_lock)
        {
            if (_leases.TryGetValue(lease.Name, out var current) && current.Holder == lease.Holder)
                Put(current with { Holder = "", Version = current.Version + 1 });
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ClusterLease>> ListAsync(string namePrefix)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<ClusterLease>>(
                [.. _leases.Values.Where(l => l.Name.StartsWith(namePrefix, StringComparison.Ordinal))]);
        }
    }

    /// <inheritdoc/>
    public Task<ShardRecord?> ReadAsync(string typeName, string shardId)
    {
        lock (_lock)
            return Task.FromResult(_shards.GetValueOrDefault((typeName, shardId)));
    }

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(ShardRecord record, long expectedEpoch)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(record.Epoch, expectedEpoch, nameof(record));
        lock (_lock)
        {
            var key = (record.TypeName, record.ShardId);
            if ((_shards.GetValueOrDefault(key)?.Epoch ?? 0) != expectedEpoch)
                return Task.FromResult(false);
            _shards[key] = record;
            ShardWrites++;
            return Task.FromResult(true);
        }
    }

    private ClusterLeaseResult.Held Put(ClusterLease lease)
    {
        _leases[lease.Name] = lease;
        return new ClusterLeaseResult.Held(lease);
    }
}
