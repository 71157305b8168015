namespace Agent.Datastore;

/// <summary>What becomes of a lease operation, decided from the stored
/// record; pure, and shared by the backends.</summary>
/// <remarks>
/// A record that was given back stays, with an empty holder, so that versions never repeat. The answer
/// to an operation may be lost on its way; a holder (whose name contains its incarnation) that asks
/// again is therefore told that it holds the lease.
/// </remarks>
public static class LeaseRules
{
    /// <summary>The shortest time to live that a lease may have.</summary>
    public static readonly TimeSpan ShortestTimeToLive = TimeSpan.FromSeconds(1);

    /// <summary>Acquisition: <see cref="LeaseResult.Held"/> carries the record to store.</summary>
    /// <exception cref="ArgumentException">The name or the holder is empty, or the
    /// time to live is below one second.</exception>
    public static LeaseResult Acquire(Lease? current, string name, string holder, TimeSpan timeToLive,
        long? expectedVersion)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, ShortestTimeToLive);
        var mayTake = current is null || current.Holder.Length == 0 || current.Holder == holder
            || current.Version == expectedVersion;
        return mayTake
            ? new LeaseResult.Held(new Lease(name, holder, timeToLive, (current?.Version ?? 0) + 1))
            : new LeaseResult.HeldBy(current!);
    }

    /// <summary>Renewal: <see cref="LeaseResult.Held"/> carries the record to store.</summary>
    /// <remarks>A version above the caller's with the same holder is its own earlier
    /// renewal, the answer to which was lost.</remarks>
    public static LeaseResult Renew(Lease? current, Lease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentException.ThrowIfNullOrEmpty(lease.Holder);
        if (current is null || current.Holder != lease.Holder || current.Version < lease.Version)
            return new LeaseResult.Lost(lease.Name);
        return new LeaseResult.Held(lease with { Version = current.Version + 1 });
    }

    /// <summary>Giving back: the record to store, or null when the caller does not
    /// hold the lease and nothing changes.</summary>
    public static Lease? Release(Lease? current, Lease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (current is null || current.Holder != lease.Holder || lease.Holder.Length == 0) return null;
        return current with { Holder = "", Version = current.Version + 1 };
    }
}
