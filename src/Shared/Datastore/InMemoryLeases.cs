namespace Agent.Datastore;

/// <summary>The leases of an <see cref="InMemoryDatastore"/>.</summary>
internal sealed class InMemoryLeases : ILeases
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Lease> _leases = new(StringComparer.Ordinal);

    public Task<LeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion,
        CancellationToken cancellation = default) =>
        ChangeAsync(name, current => LeaseRules.Acquire(current, name, holder, timeToLive, expectedVersion),
            cancellation);

    public Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default) =>
        ChangeAsync(lease.Name, current => LeaseRules.Renew(current, lease), cancellation);

    public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled(cancellation);
        lock (_gate)
        {
            if (LeaseRules.Release(_leases.GetValueOrDefault(lease.Name), lease) is { } released)
                _leases[lease.Name] = released;
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<IReadOnlyList<Lease>>(cancellation);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<Lease>>(
                [.. _leases.Values.Where(lease => lease.Name.StartsWith(namePrefix, StringComparison.Ordinal))]);
        }
    }

    private Task<LeaseResult> ChangeAsync(string name, Func<Lease?, LeaseResult> decide, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<LeaseResult>(cancellation);
        lock (_gate)
        {
            var result = decide(_leases.GetValueOrDefault(name));
            if (result is LeaseResult.Held(var held)) _leases[name] = held;
            return Task.FromResult(result);
        }
    }
}
