using Agent.Actors.Cluster;
using Agent.Datastore;
using Agent.Resources;
using Agent.Runtime.Hosting;

namespace Agent.Host.Cluster;

/// <summary>Which sharded entities exist: one of block affinity for each IPPool. Listed once and then watched, since
/// the runtime asks every second.</summary>
public sealed class PoolEntities(IDatastore datastore) : IRememberedEntities, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _pools = new(StringComparer.Ordinal);
    private IDisposable? _watch;
    private bool _disposed;

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> ListAsync(string typeName)
    {
        if (typeName != BlockAffinityRegion.TypeName) return [];
        bool isWatched;
        lock (_gate) isWatched = _watch is not null;
        if (!isWatched) Begin(await datastore.ListAsync(Kinds.IPPool));
        lock (_gate) return [.. _pools];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _watch?.Dispose();
        }
    }

    private void Begin(ResourceList list)
    {
        lock (_gate)
        {
            if (_watch is not null || _disposed) return;
            _pools.Clear();
            _pools.UnionWith(list.Items.Select(pool => pool.Name));
            _watch = datastore.Watch(Kinds.IPPool, list.Revision, OnEvents);
        }
    }

    private void OnEvents(IReadOnlyList<WatchEvent> events)
    {
        lock (_gate)
        {
            foreach (var happened in events)
            {
                if (happened is WatchEvent.Put(var pool)) _pools.Add(pool.Name);
                else if (happened is WatchEvent.Deleted(var last)) _pools.Remove(last.Name);
                else _watch = null;
            }
        }
    }
}
