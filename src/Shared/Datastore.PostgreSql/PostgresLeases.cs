using System.Data.Common;
using Npgsql;

namespace Agent.Datastore.PostgreSql;

/// <summary>The leases of the cluster's schema, one row each; a row is locked while it is decided upon.</summary>
internal sealed class PostgresLeases(ClusterDatabase database) : ILeases
{
    private const string Find = "SELECT name, holder, ttl_ms, version FROM lease WHERE name = @name FOR UPDATE";

    // A row that is not there cannot be locked. The one made here is free and of version 0, which is as good as none.
    private const string Make = "INSERT INTO lease VALUES (@name, '', 0, 0) ON CONFLICT (name) DO NOTHING";

    public Task<LeaseResult> AcquireAsync(
        string name, string holder, TimeSpan timeToLive, long? expectedVersion,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return ChangeAsync(name, make: true,
            current => LeaseRules.Acquire(current, name, holder, timeToLive, expectedVersion),
            decided => (decided as LeaseResult.Held)?.Lease, cancellation);
    }

    public Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return ChangeAsync(lease.Name, make: false,
            current => LeaseRules.Renew(current, lease), decided => (decided as LeaseResult.Held)?.Lease, cancellation);
    }

    public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return ChangeAsync(
            lease.Name, make: false, current => LeaseRules.Release(current, lease), released => released, cancellation);
    }

    public Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<Lease>>(async batch =>
        {
            await using var reader = await batch
                .With("SELECT name, holder, ttl_ms, version FROM lease WHERE starts_with(name, @prefix) ORDER BY name",
                    ("prefix", namePrefix))
                .ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            return await reader.RowsAsync(Read, cancellation).ConfigureAwait(false);
        }, cancellation);

    private Task<T> ChangeAsync<T>(
        string name, bool make, Func<Lease?, T> decide, Func<T, Lease?> toStore, CancellationToken cancellation) =>
        database.WriteAsync(async connection =>
        {
            var decided = decide(await FindAsync(connection, name, make, cancellation).ConfigureAwait(false));
            if (toStore(decided) is { } lease)
            {
                await connection.CreateBatch().With(
                    "INSERT INTO lease VALUES (@name, @holder, @ttl, @version)"
                    + " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ttl_ms = excluded.ttl_ms, "
                    + "version = excluded.version",
                    ("name", lease.Name), ("holder", lease.Holder),
                    ("ttl", (long)lease.TimeToLive.TotalMilliseconds), ("version", lease.Version))
                    .ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            }

            return decided;
        }, cancellation);

    private static async Task<Lease?> FindAsync(NpgsqlConnection connection, string name, bool make,
        CancellationToken cancellation)
    {
        var batch = connection.CreateBatch();
        if (make) batch.With(Make, ("name", name));
        await using var reader = await batch
            .With(Find, ("name", name)).ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return (await reader.RowsAsync(Read, cancellation).ConfigureAwait(false)).SingleOrDefault();
    }

    private static Lease Read(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), TimeSpan.FromMilliseconds(row.GetInt64(2)), row.GetInt64(3));
}
