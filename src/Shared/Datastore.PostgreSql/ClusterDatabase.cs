using System.Data;
using Agent.PostgreSql;
using Npgsql;

namespace Agent.Datastore.PostgreSql;

/// <summary>Transactions on the cluster's schema; failures say what to do.</summary>
internal sealed class ClusterDatabase(PostgresAddress address, PostgresDatastoreOptions options) : IAsyncDisposable
{
    // One more than the caller asks for: the listener keeps its own.
    private readonly NpgsqlDataSource _source =
        address.Connect("agent datastore", options.Connections + 1, options.LockTimeout);
    private volatile bool _disposed;

    /// <summary>Brings the schema up to date, if it is this cluster's.</summary>
    /// <exception cref="DatastoreUnavailableException">It cannot be used; the message names it and the
    /// remedy.</exception>
    public void Prepare() => _ = Watch(() =>
    {
        using var connection = _source.OpenConnection();
        return ClusterSchema.Tables.Then(options.LaterUpgrades)
            .Ensure(connection, address, options.CreateIfMissing, CheckCluster);
    });

    private void CheckCluster(NpgsqlConnection connection)
    {
        if (options.ClusterName is not { } wanted) return;
        using var command = new NpgsqlCommand(
            "INSERT INTO meta VALUES ('cluster', @cluster) ON CONFLICT (key) DO UPDATE SET key = excluded.key"
            + " RETURNING value", connection);
        command.Parameters.AddWithValue("cluster", wanted);
        var found = (string)command.ExecuteScalar()!;
        if (found != wanted)
            throw Unavailable(
                $"belongs to the cluster '{found}', not '{wanted}': two clusters need two schemas; "
                + "name another with ?schema=, or correct the cluster's name");
    }

    /// <summary>Reads one state of the schema.</summary>
    public Task<T> ReadAsync<T>(Func<NpgsqlBatch, Task<T>> work, CancellationToken cancellation) =>
        RunAsync(IsolationLevel.RepeatableRead, connection => work(connection.CreateBatch()), cancellation);

    /// <summary>Writes in one transaction; each statement sees what was committed before it, so what was read after a
    /// lock was taken
    /// stays true until the commit.</summary>
    /// <remarks>Cancellation takes effect until the commit has begun.</remarks>
    public Task<T> WriteAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) =>
        RunAsync(IsolationLevel.ReadCommitted, work, cancellation);

    /// <summary>A connection that belongs to the caller, for listening.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) =>
        await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);

    /// <summary>An error about this datastore.</summary>
    public DatastoreUnavailableException Unavailable(string whatAndRemedy, Exception? cause = null) =>
        new($"cluster datastore {address} {whatAndRemedy}", cause);

    /// <summary>Refuses whoever comes after the datastore was closed.</summary>
    public void RequireOpen() => ObjectDisposedException.ThrowIf(_disposed, typeof(PostgresDatastore));

    /// <summary>Closes the connections; operations under way fail or finish.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<T> RunAsync<T>(
        IsolationLevel isolation, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        RequireOpen();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var transaction = await connection.BeginTransactionAsync(isolation, cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    var result = await work(connection).ConfigureAwait(false);
                    await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    return result;
                }
            }
        }
        catch (Exception failure) when (Explain(failure) is { } explained)
        {
            throw explained;
        }
    }

    private T Watch<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (Explain(failure) is { } explained)
        {
            throw explained;
        }
    }

    private DatastoreUnavailableException? Explain(Exception failure) => failure switch
    {
        PostgresSchemaException => Unavailable(failure.Message, failure),
        FormatException => Unavailable(
            $"holds something that this program did not write: {failure.Message}; restore it from a backup, or "
            + "correct the row with psql", failure),
        _ when PostgresFailure.Is(failure) => Unavailable(PostgresFailure.Explain(failure), failure),
        _ => null,
    };
}
