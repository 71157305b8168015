using Agent.Datastore.ChangeTable;
using Agent.PostgreSql;
using Agent.Resources;
using Npgsql;

namespace Agent.Datastore.PostgreSql;

/// <summary>The cluster's truth in one schema of a PostgreSQL database, for clusters of several hosts without
/// Kubernetes.</summary>
/// <remarks>
/// A write locks the row of <c>head</c>, reads, decides by <see cref="WriteRules"/>, and stores: writers take turns,
/// and revisions become
/// visible in their order. A write is on the server's disk before its task completes. Watches follow the change table,
/// told by
/// NOTIFY; over a lost connection and a restart of the server they go on where they stood.
/// </remarks>
public sealed class PostgresDatastore : IDatastore
{
    private const string HasKey =
        "api_version = @api_version AND kind = @kind AND namespace = @namespace AND name = @name";

    private const string Values =
        "@kind, @api_version, @namespace, @name, @labels::json, @annotations::json, @spec::json, @status::json, "
        + "@uid, @revision, @created";

    private const string Head = "SELECT revision FROM head";

    private readonly ClusterDatabase _database;
    private readonly ChangeFeed _feed;
    private readonly PostgresDatastoreOptions _options;
    private readonly string _channel;
    private int _disposed;

    private PostgresDatastore(PostgresAddress address, ClusterDatabase database, PostgresDatastoreOptions options)
    {
        _database = database;
        _options = options;
        _channel = ClusterSchema.Channel(address);
        _feed = new ChangeFeed(database, _channel, options);
        Leases = new PostgresLeases(database);
    }

    /// <inheritdoc/>
    public ILeases Leases { get; }

    /// <summary>Opens the cluster's schema, and makes it first where that is allowed.</summary>
    /// <param name="url">As <see cref="PostgresAddress"/> reads it; the schema is <c>cluster</c> where it names
    /// none.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="DatastoreUnavailableException">
    /// The address is none, the server cannot be reached or refuses, or the schema is missing, of a newer release, of
    /// another program or
    /// of another cluster. The message names the address without its password, and the remedy.
    /// </exception>
    public static async Task<PostgresDatastore> OpenAsync(
        string url, PostgresDatastoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HistoryLimit, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Connections, 1, nameof(options));
        var address = Parse(url);
        var database = new ClusterDatabase(address, options);
        try
        {
            await Task.Run(database.Prepare, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new PostgresDatastore(address, database, options);
    }

    /// <inheritdoc/>
    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        _database.ReadAsync(async batch =>
        {
            await using var reader = await Find(batch, key).ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            return (await reader.RowsAsync(ResourceRow.Read, cancellation).ConfigureAwait(false)).SingleOrDefault();
        }, cancellation);

    /// <inheritdoc/>
    public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null,
        CancellationToken cancellation = default) =>
        _database.ReadAsync(async batch =>
        {
            var inNamespace = @namespace is null ? "" : " AND namespace = @namespace";
            await using var reader = await batch
                .With($"SELECT {ResourceRow.Columns} FROM resource WHERE api_version = @api_version AND kind = @kind"
                    + inNamespace
                    + " ORDER BY namespace, name",
                    [
                        ("api_version", kind.ApiVersion), ("kind", kind.Kind),
                        .. @namespace is null ? [] : new[] { ("namespace", (object?)@namespace) },
                    ])
                .With(Head)
                .ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var items = await reader.RowsAsync(ResourceRow.Read, cancellation).ConfigureAwait(false);
            var head = await reader.RowsAsync(row => row.GetInt64(0), cancellation).ConfigureAwait(false);
            return new ResourceList(items, head.Single());
        }, cancellation);

    /// <inheritdoc/>
    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(resource.Key, deletes: false, (current, revision) => WriteRules.Create(
            current, resource, revision, Guid.NewGuid().ToString(), _options.Time.GetUtcNow()), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(
            resource.Key, deletes: false,
            (current, revision) => WriteRules.Update(current, resource, revision), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision,
        CancellationToken cancellation = default) =>
        WriteAsync(
            key, deletes: true,
            (current, revision) => WriteRules.Delete(current, key, expectedRevision, revision), cancellation);

    /// <inheritdoc/>
    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents)
    {
        ArgumentNullException.ThrowIfNull(onEvents);
        _database.RequireOpen();
        var watch = new ChangeWatch(kind, fromRevision, onEvents);
        _feed.Add(watch);
        return watch;
    }

    /// <summary>Ends the watches without a word and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _feed.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private static PostgresAddress Parse(string url)
    {
        try
        {
            return PostgresAddress.Parse(url, ClusterSchema.DefaultName);
        }
        catch (FormatException wrong)
        {
            throw new DatastoreUnavailableException($"the cluster datastore cannot be opened: {wrong.Message}", wrong);
        }
    }

    private Task<WriteResult> WriteAsync(
        ResourceKey key, bool deletes, Func<Resource?, long, WriteResult> decide, CancellationToken cancellation) =>
        _database.WriteAsync(async connection =>
        {
            long revision;
            Resource? current;
            await using (var reader = await Find(connection.CreateBatch().With(Head + " FOR UPDATE"), key)
                .ExecuteReaderAsync(cancellation).ConfigureAwait(false))
            {
                var head = await reader.RowsAsync(row => row.GetInt64(0), cancellation).ConfigureAwait(false);
                var found = await reader.RowsAsync(ResourceRow.Read, cancellation).ConfigureAwait(false);
                (revision, current) = (head.Single() + 1, found.SingleOrDefault());
            }

            var decided = decide(current, revision);
            if (decided is WriteResult.Written(var written))
                await StoreAsync(connection, written, deletes, cancellation).ConfigureAwait(false);
            return decided;
        }, cancellation);

    private async Task StoreAsync(NpgsqlConnection connection, Resource written, bool deletes,
        CancellationToken cancellation)
    {
        var values = ResourceRow.Values(written);
        var batch = connection.CreateBatch().With($"DELETE FROM resource WHERE {HasKey}",
            ResourceRow.Values(written.Key));
        if (!deletes) batch.With($"INSERT INTO resource ({ResourceRow.Columns}) VALUES ({Values})", values);
        await batch
            .With($"INSERT INTO change ({ChangeRow.Columns}) VALUES ({Values}, @deleted)",
                [.. values, ("deleted", deletes)])
            .With("DELETE FROM change WHERE revision <= @oldest", ("oldest", written.Revision - _options.HistoryLimit))
            .With("UPDATE head SET revision = @revision", ("revision", written.Revision))
            .With("SELECT pg_notify(@channel, '')", ("channel", _channel))
            .ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static NpgsqlBatch Find(NpgsqlBatch batch, ResourceKey key) =>
        batch.With($"SELECT {ResourceRow.Columns} FROM resource WHERE {HasKey}", ResourceRow.Values(key));
}
