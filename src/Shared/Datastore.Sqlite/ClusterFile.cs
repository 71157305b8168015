using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Agent.Datastore.Sqlite;

/// <summary>One connection to the cluster file, used by one thread: statements are
/// prepared once, failures say what to do.</summary>
internal sealed class ClusterFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private readonly ClusterFileErrors _errors;

    private ClusterFile(SqliteConnection connection, ClusterFileErrors errors) =>
        (_connection, _errors) = (connection, errors);

    /// <summary>Connects. The file may be new, foreign or damaged:
    /// <see cref="ClusterFileOpening"/> finds out.</summary>
    public static ClusterFile Connect(string path, SqliteDatastoreOptions options)
    {
        var errors = new ClusterFileErrors(path, options.BusyTimeout);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = options.CreateIfMissing ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds)),
        }.ToString());
        var file = new ClusterFile(connection, errors);
        try
        {
            errors.Watch(() =>
            {
                connection.Open();
                // SQLite's own waiting is finer than the provider's, which looks every 150 ms.
                var patience = (long)options.BusyTimeout.TotalMilliseconds;
                file.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {patience}"));
                file.Execute("PRAGMA synchronous = FULL");
                return true;
            });
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>True when the file can be read but not written.</summary>
    public bool IsReadOnly => SQLitePCL.raw.sqlite3_db_readonly(_connection.Handle, "main") == 1;

    /// <summary>Runs work in one transaction that sees, and if it writes makes, one state of the file.</summary>
    /// <param name="writes">True takes the write lock at the start (BEGIN IMMEDIATE), so that
    /// what is read stays true until the commit.</param>
    /// <param name="work">Runs inside; when it throws, nothing is written.</param>
    /// <exception cref="DatastoreUnavailableException">The file failed; the
    /// message names it and the remedy.</exception>
    public T InTransaction<T>(bool writes, Func<T> work) => _errors.Watch(() =>
    {
        Execute(writes ? "BEGIN IMMEDIATE" : "BEGIN");
        try
        {
            var result = work();
            Execute("COMMIT");
            return result;
        }
        catch
        {
            // Some errors (a full disk) end the transaction by themselves; then there is nothing left to roll back.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) Execute("ROLLBACK");
            throw;
        }
    });

    /// <summary>Runs a single query outside any transaction, with errors
    /// explained as in <see cref="InTransaction"/>.</summary>
    public long ReadNumber(string sql) => _errors.Watch(() => Number(sql));

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>Runs a query and reads each row.</summary>
    public List<T> Query<T>(
        string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepare(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs a query that gives one number.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Convert.ToInt64(Prepare(sql, parameters).ExecuteScalar(), CultureInfo.InvariantCulture);

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this assembly; values travel as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            _prepared.Add(sql, command);
        }

        command.Parameters.Clear();
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
