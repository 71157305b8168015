using Agent.Resources;

namespace Agent.Datastore;

/// <summary>Stands between a node and its datastore, and may delay or lose what
/// passes: how a simulation injects faults.</summary>
public interface IDatastoreInterceptor
{
    /// <summary>A request leaves the node. Throwing <see cref="DatastoreUnavailableException"/>
    /// loses the request: nothing happened.</summary>
    /// <param name="request">What is asked, for example <c>update Node(a)</c>.</param>
    Task RequestAsync(string request);

    /// <summary>The datastore has answered. Throwing
    /// <see cref="DatastoreUnavailableException"/> loses the answer: a write stands.</summary>
    Task AnswerAsync(string request);

    /// <summary>Watch events arrive. The interceptor runs the delivery now or later, in the order in
    /// which they came, never two at once.</summary>
    void Events(Action delivery);
}

/// <summary>A datastore all of whose traffic passes an <see cref="IDatastoreInterceptor"/>; the
/// datastore behind it decides everything else.</summary>
/// <remarks>It does not own the inner datastore, which several nodes may share: disposing it does nothing.</remarks>
public sealed class InterceptedDatastore(IDatastore inner, IDatastoreInterceptor interceptor) : IDatastore
{
    /// <inheritdoc/>
    public ILeases Leases { get; } = new InterceptedLeases(inner.Leases, interceptor);

    /// <inheritdoc/>
    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        PassAsync(interceptor, $"get {key}", () => inner.GetAsync(key, cancellation));

    /// <inheritdoc/>
    public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null,
        CancellationToken cancellation = default) =>
        PassAsync(interceptor, $"list {kind}", () => inner.ListAsync(kind, @namespace, cancellation));

    /// <inheritdoc/>
    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default) =>
        PassAsync(interceptor, $"create {resource.Key}", () => inner.CreateAsync(resource, cancellation));

    /// <inheritdoc/>
    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default) =>
        PassAsync(interceptor, $"update {resource.Key}", () => inner.UpdateAsync(resource, cancellation));

    /// <inheritdoc/>
    public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision,
        CancellationToken cancellation = default) =>
        PassAsync(interceptor, $"delete {key}", () => inner.DeleteAsync(key, expectedRevision, cancellation));

    /// <inheritdoc/>
    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents) =>
        inner.Watch(kind, fromRevision, events => interceptor.Events(() => onEvents(events)));

    /// <summary>Does nothing: the inner datastore belongs to whoever made it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static async Task<T> PassAsync<T>(
        IDatastoreInterceptor interceptor, string request, Func<Task<T>> operation)
    {
        await interceptor.RequestAsync(request);
        var answer = await operation();
        await interceptor.AnswerAsync(request);
        return answer;
    }

    private sealed class InterceptedLeases(ILeases inner, IDatastoreInterceptor interceptor) : ILeases
    {
        public Task<LeaseResult> AcquireAsync(
            string name, string holder, TimeSpan timeToLive, long? expectedVersion,
            CancellationToken cancellation = default) =>
            PassAsync(interceptor, $"acquire lease {name}",
                () => inner.AcquireAsync(name, holder, timeToLive, expectedVersion, cancellation));

        public Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default) =>
            PassAsync(interceptor, $"renew lease {lease.Name}", () => inner.RenewAsync(lease, cancellation));

        public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default) =>
            PassAsync(interceptor, $"release lease {lease.Name}", async () =>
            {
                await inner.ReleaseAsync(lease, cancellation);
                return true;
            });

        public Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default) =>
            PassAsync(interceptor, $"list leases {namePrefix}", () => inner.ListAsync(namePrefix, cancellation));
    }
}
