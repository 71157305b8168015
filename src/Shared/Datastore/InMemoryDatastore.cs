using System.Globalization;
using Agent.Resources;

namespace Agent.Datastore;

/// <summary>A datastore in this process's memory: deterministic, for simulations and tests.</summary>
/// <remarks>
/// Every task is complete when it is returned. Uids come from the given <see cref="Random"/>, times from the given
/// <see cref="TimeProvider"/>, revisions count up by one. Watch events are handed to <c>post</c>, in the order of the
/// watches' creation; without a <c>post</c> they are delivered before the writing call returns (a callback that writes
/// gets the consequences of its own write after it has returned, never nested). Safe for several threads. Faults are
/// put in front of it by <see cref="InterceptedDatastore"/>.
/// </remarks>
public sealed class InMemoryDatastore : IDatastore
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Action<Action> _post;
    private readonly int _historyLimit;
    private readonly Dictionary<ResourceKind, SortedDictionary<ResourceKey, Resource>> _resources = [];
    private readonly Queue<Change> _history = [];
    private readonly List<InMemoryWatch> _watches = [];
    private long _revision;
    private bool _disposed;

    /// <summary>An empty datastore.</summary>
    /// <param name="time">Gives creation times.</param>
    /// <param name="random">Gives uids; used by this datastore alone.</param>
    /// <param name="post">Runs deliveries of watch events, in the order given and
    /// not at once; null delivers them inline.</param>
    /// <param name="historyLimit">How many changes are remembered for watches
    /// that start in the past; at least 1.</param>
    public InMemoryDatastore(TimeProvider time, Random random, Action<Action>? post = null, int historyLimit = 10_000)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(historyLimit, 1);
        _time = time;
        _random = random;
        _post = post ?? (delivery => delivery());
        _historyLimit = historyLimit;
    }

    /// <inheritdoc/>
    public ILeases Leases { get; } = new InMemoryLeases();

    /// <inheritdoc/>
    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        Locked(() => Find(key), cancellation);

    /// <inheritdoc/>
    public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null,
        CancellationToken cancellation = default) =>
        Locked(() => new ResourceList(
            [.. Of(kind).Values.Where(resource => @namespace is null || resource.Namespace == @namespace)], _revision),
            cancellation);

    /// <inheritdoc/>
    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(
            () => WriteRules.Create(Find(resource.Key), resource, _revision + 1, NewUid(), _time.GetUtcNow()),
            written => new WatchEvent.Put(written), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(
            () => WriteRules.Update(Find(resource.Key), resource, _revision + 1),
            written => new WatchEvent.Put(written), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision,
        CancellationToken cancellation = default) =>
        WriteAsync(
            () => WriteRules.Delete(Find(key), key, expectedRevision, _revision + 1),
            written => new WatchEvent.Deleted(written), cancellation);

    /// <inheritdoc/>
    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents)
    {
        ArgumentNullException.ThrowIfNull(onEvents);
        var watch = new InMemoryWatch(kind, onEvents, Forget);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var forgotten = _revision - _history.Count;
            if (fromRevision < forgotten || fromRevision > _revision)
            {
                watch.Offer(new WatchEvent.Expired(string.Create(CultureInfo.InvariantCulture,
                    $"the history reaches from revision {forgotten} to {_revision}, the watch stood at "
                    + $"{fromRevision}: list again")));
            }
            else
            {
                foreach (var change in _history)
                    if (change.Revision > fromRevision && change.Kind == kind) watch.Offer(change.Event);
                _watches.Add(watch);
            }
        }

        _post(watch.Deliver);
        return watch;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        InMemoryWatch[] watches;
        lock (_gate)
        {
            _disposed = true;
            watches = [.. _watches];
        }

        foreach (var watch in watches) watch.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<WriteResult> WriteAsync(
        Func<WriteResult> decide, Func<Resource, WatchEvent> toEvent, CancellationToken cancellation)
    {
        var interested = new List<InMemoryWatch>();
        var result = Locked(() =>
        {
            var decided = decide();
            if (decided is WriteResult.Written(var written)) interested.AddRange(Store(toEvent(written), written));
            return decided;
        }, cancellation);
        foreach (var watch in interested) _post(watch.Deliver);
        return result;
    }

    private IEnumerable<InMemoryWatch> Store(WatchEvent happened, Resource written)
    {
        var resources = Of(written.Kind);
        if (happened is WatchEvent.Deleted) resources.Remove(written.Key);
        else resources[written.Key] = written;
        _revision = written.Revision;
        _history.Enqueue(new Change(written.Revision, written.Kind, happened));
        if (_history.Count > _historyLimit) _history.Dequeue();
        var interested = _watches.FindAll(watch => watch.Kind == written.Kind);
        foreach (var watch in interested) watch.Offer(happened);
        return interested;
    }

    private void Forget(InMemoryWatch watch)
    {
        lock (_gate) _watches.Remove(watch);
    }

    private Task<T> Locked<T>(Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<T>(cancellation);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Task.FromResult(work());
        }
    }

    private Resource? Find(ResourceKey key) => Of(key.Kind).GetValueOrDefault(key);

    private SortedDictionary<ResourceKey, Resource> Of(ResourceKind kind)
    {
        if (!_resources.TryGetValue(kind, out var resources)) _resources[kind] = resources = [];
        return resources;
    }

    // A version 4 UUID (RFC 9562 section 5.4) whose random bits are the injected ones.
    private string NewUid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    private readonly record struct Change(long Revision, ResourceKind Kind, WatchEvent Event);
}
