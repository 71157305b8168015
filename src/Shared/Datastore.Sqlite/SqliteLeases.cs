namespace Agent.Datastore.Sqlite;

/// <summary>The leases of the cluster file, one row each.</summary>
internal sealed class SqliteLeases(SqliteDatastore datastore) : ILeases
{
    public Task<LeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion,
        CancellationToken cancellation = default) =>
        datastore.WriteAsync(
            file => Stored(file, LeaseRules.Acquire(Find(file, name), name, holder, timeToLive, expectedVersion)),
            cancellation);

    public Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default) =>
        datastore.WriteAsync(file => Stored(file, LeaseRules.Renew(Find(file, lease.Name), lease)), cancellation);

    public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default) =>
        datastore.WriteAsync(file =>
        {
            if (LeaseRules.Release(Find(file, lease.Name), lease) is not { } released) return false;
            Store(file, released);
            return true;
        }, cancellation);

    public Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default) =>
        datastore.ReadAsync<IReadOnlyList<Lease>>(file => file.Query(
            "SELECT name, holder, ttl_ms, version FROM lease"
            + " WHERE name >= $prefix AND substr(name, 1, length($prefix)) = $prefix ORDER BY name",
            Read, ("$prefix", namePrefix)), cancellation);

    private static LeaseResult Stored(ClusterFile file, LeaseResult decided)
    {
        if (decided is LeaseResult.Held(var lease)) Store(file, lease);
        return decided;
    }

    private static void Store(ClusterFile file, Lease lease) => file.Execute(
        "INSERT OR REPLACE INTO lease (name, holder, ttl_ms, version) VALUES ($name, $holder, $ttl, $version)",
        ("$name", lease.Name), ("$holder", lease.Holder),
        ("$ttl", (long)lease.TimeToLive.TotalMilliseconds), ("$version", lease.Version));

    private static Lease? Find(ClusterFile file, string name) => file.Query(
        "SELECT name, holder, ttl_ms, version FROM lease WHERE name = $name", Read, ("$name", name)).SingleOrDefault();

    private static Lease Read(Microsoft.Data.Sqlite.SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), TimeSpan.FromMilliseconds(row.GetInt64(2)), row.GetInt64(3));
}
