using System.Data;
using System.Data.Common;
using System.Globalization;
using Agent.PostgreSql;
using Npgsql;

namespace Agent.Runtime.Sql;

/// <summary>A journal in a schema of a PostgreSQL database.</summary>
/// <remarks>
/// <para>A session advisory lock lets one opener at a time write. It lives as long as the connection does, so a
/// connection that was lost is
/// replaced only together with the lock; the former server process, which may still be committing, is then gone.</para>
/// <para>Each opening for writing leaves its mark (<c>meta.writer</c>). Who finds another's mark when it connects again
/// was away
/// while somebody else had the journal, and may not go on.</para>
/// </remarks>
internal sealed class PostgresSession : JournalSession
{
    private const string Lock = "hashtextextended('agent journal ' || @schema, 0)";
    private const string LockTimeoutState = "55P03";
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(2);

    private readonly PostgresAddress _address;
    private readonly NpgsqlDataSource _source;
    private string? _writer;
    private NpgsqlConnection? _connection;

    private PostgresSession(PostgresAddress address)
    {
        _address = address;
        _source = address.Connect(
            string.Create(CultureInfo.InvariantCulture,
                $"agent journal, process {Environment.ProcessId} on {Environment.MachineName}"),
            most: 1, LockTimeout);
    }

    /// <inheritdoc/>
    public override string Name => _address.ToString();

    /// <inheritdoc cref="JournalSession.Open"/>
    public static (JournalSession Session, bool Created) Open(string path, bool mayCreate, PostgresSchema schema)
    {
        var session = new PostgresSession(Parse(path));
        var created = session.Opened(connection =>
        {
            session.TakeLock(connection);
            var isNew = schema.Ensure(connection, session._address, mayCreate);
            var writer = Guid.NewGuid().ToString("N");
            connection.Execute(
                "INSERT INTO meta VALUES ('writer', @writer) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    ("writer", writer));
            session._writer = writer;
            return isNew;
        });
        return (session, created);
    }

    /// <inheritdoc cref="JournalSession.OpenForReading"/>
    public static JournalSession OpenForReading(string path, PostgresSchema schema)
    {
        var session = new PostgresSession(Parse(path));
        session.Opened(connection => schema.Ensure(connection, session._address, mayCreate: false));
        return session;
    }

    /// <inheritdoc/>
    public override void InTransaction(Action<DbConnection> work)
    {
        // BEGIN travels alone: while it has not succeeded nothing was done, and a connection that died meanwhile can be
        // replaced.
        Read(connection => connection.Execute("BEGIN"));
        var connection = _connection!;
        try
        {
            work(connection);
            connection.Execute("COMMIT");
        }
        catch
        {
            RollBack(connection);
            throw;
        }
    }

    /// <inheritdoc/>
    public override T Read<T>(Func<DbConnection, T> work)
    {
        if (_connection is { State: ConnectionState.Open } connection)
        {
            try
            {
                return work(connection);
            }
            catch (Exception failure) when (PostgresFailure.LostConnection(failure))
            {
                Drop();
            }
        }

        return work(Reconnect());
    }

    /// <inheritdoc/>
    public override Exception Explain(Exception failure) => failure switch
    {
        PostgresSchemaException refused => JournalException.From(refused, Name),
        _ when PostgresFailure.Is(failure) && failure is not JournalException =>
            JournalException.FromPostgres(failure, Name),
        _ => failure,
    };

    /// <inheritdoc/>
    public override void Dispose()
    {
        Drop();
        _source.Dispose();
    }

    private static PostgresAddress Parse(string path)
    {
        try
        {
            return PostgresAddress.Parse(path, PostgresJournalSchema.DefaultName);
        }
        catch (FormatException wrong)
        {
            throw new JournalException(JournalProblem.Missing, $"The journal cannot be opened: {wrong.Message}.",
                wrong);
        }
    }

    private T Opened<T>(Func<NpgsqlConnection, T> prepare)
    {
        try
        {
            _connection = _source.OpenConnection();
            return prepare(_connection);
        }
        catch (Exception failure)
        {
            Dispose();
            if (Explain(failure) is var explained && explained != failure)
                throw explained;
            throw;
        }
    }

    private NpgsqlConnection Reconnect()
    {
        Drop();
        var connection = _source.OpenConnection();
        try
        {
            if (_writer is not null)
            {
                TakeLock(connection);
                RequireOwnMark(connection);
            }

            return _connection = connection;
        }
        catch
        {
            Release(connection);
            throw;
        }
    }

    private void TakeLock(NpgsqlConnection connection)
    {
        try
        {
            connection.Execute($"SELECT pg_advisory_lock({Lock})", ("schema", _address.Schema));
        }
        catch (PostgresException e) when (e.SqlState == LockTimeoutState)
        {
            throw new JournalException(JournalProblem.Held,
                $"The journal {Name} is in use by {Holder(connection)}: another agent runs on it. Stop that one, or "
                + "give this one a journal of its own with ?schema=.", e);
        }
    }

    private string Holder(NpgsqlConnection connection) => connection.Scalar(
        $"""
        SELECT application_name || coalesce(', at ' || host(client_addr), '')
        FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND ((classid::bigint << 32) | objid::bigint) = {Lock}
        """,
        ("schema", _address.Schema)) as string ?? "a client that has just gone";

    private void RequireOwnMark(NpgsqlConnection connection)
    {
        if (connection.Scalar("SELECT value FROM meta WHERE key = 'writer'") as string != _writer)
        {
            throw new JournalException(JournalProblem.SecondWriter,
                $"The journal {Name} was opened by another agent while this one had lost its connection. Stop one "
                + "of the two, and restart the other.");
        }
    }

    private void RollBack(NpgsqlConnection connection)
    {
        try
        {
            if (connection.State == ConnectionState.Open) connection.Execute("ROLLBACK");
        }
        catch (Exception failure) when (PostgresFailure.Is(failure))
        {
            Drop();   // the server rolls back what a connection leaves behind
        }
    }

    private void Drop()
    {
        if (_connection is { } connection) Release(connection);
        _connection = null;
    }

    private static void Release(NpgsqlConnection connection)
    {
        // Not back into the pool, with the lock: the session ends here.
        NpgsqlConnection.ClearPool(connection);
        connection.Dispose();
    }
}
