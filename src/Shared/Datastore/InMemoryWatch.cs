using Agent.Resources;

namespace Agent.Datastore;

/// <summary>One watch of an <see cref="InMemoryDatastore"/>: events wait here until they
/// are delivered, one batch at a time.</summary>
/// <remarks>
/// <see cref="Offer"/> is called under the datastore's lock, so events queue in the order of revisions.
/// <see cref="Deliver"/> is called outside it; when it finds a delivery under way (of another thread, or further up
/// this stack) it leaves the events to that one.
/// </remarks>
internal sealed class InMemoryWatch(
    ResourceKind kind, Action<IReadOnlyList<WatchEvent>> onEvents, Action<InMemoryWatch> onDispose) : IDisposable
{
    private readonly Lock _gate = new();
    private List<WatchEvent> _pending = [];
    private bool _delivering;
    private bool _disposed;

    public ResourceKind Kind => kind;

    public void Offer(WatchEvent happened)
    {
        lock (_gate) _pending.Add(happened);
    }

    public void Deliver()
    {
        lock (_gate)
        {
            if (_delivering) return;
            _delivering = true;
        }

        while (TakeBatch() is { } batch) onEvents(batch);
    }

    public void Dispose()
    {
        lock (_gate) _disposed = true;
        onDispose(this);
    }

    private List<WatchEvent>? TakeBatch()
    {
        lock (_gate)
        {
            if (_disposed || _pending.Count == 0)
            {
                _delivering = false;
                return null;
            }

            var batch = _pending;
            _pending = [];
            return batch;
        }
    }
}
