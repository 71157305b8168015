using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Agent.Runtime.Sql;

/// <summary>A journal in a SQLite file on a local disk.</summary>
/// <remarks>WAL with synchronous=FULL: what was committed has been through fsync, and readers work meanwhile. A
/// lock beside the file (<see cref="SqliteFence"/>) lets one opener at a time write.</remarks>
internal sealed class SqliteSession : JournalSession
{
    private readonly string _path;
    private readonly SqliteFence? _fence;
    private readonly SqliteConnection _connection;

    private SqliteSession(string path, SqliteFence? fence, SqliteConnection connection) =>
        (_path, _fence, _connection) = (path, fence, connection);

    /// <inheritdoc/>
    public override string Name => _path;

    /// <inheritdoc cref="JournalSession.Open"/>
    public static (JournalSession Session, bool Created) Open(string path, bool mayCreate, SqliteSchema schema)
    {
        RequireFile(path, mayCreate);
        var fence = SqliteFence.Take(path);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteEngine.Open(path, mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
            var version = schema.Check(connection, path);
            if (!mayCreate) schema.RequireCurrent(version, path);
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL");
            schema.Upgrade(connection, path, version);
            return (new SqliteSession(path, fence, connection), version == 0);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            fence.Dispose();
            if (e is SqliteException sqlite)
                throw JournalException.From(sqlite, path);
            throw;
        }
    }

    /// <inheritdoc cref="JournalSession.OpenForReading"/>
    public static JournalSession OpenForReading(string path, SqliteSchema schema)
    {
        RequireFile(path, mayCreate: false);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteEngine.Open(path, SqliteOpenMode.ReadOnly);
            schema.RequireCurrent(schema.Check(connection, path), path);
            return new SqliteSession(path, fence: null, connection);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is SqliteException sqlite)
                throw JournalException.From(sqlite, path);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void InTransaction(Action<DbConnection> work) =>
        SqliteEngine.InTransaction(_connection, () => work(_connection));

    /// <inheritdoc/>
    public override T Read<T>(Func<DbConnection, T> work) => work(_connection);

    /// <inheritdoc/>
    public override Exception Explain(Exception failure) =>
        failure is SqliteException sqlite ? JournalException.From(sqlite, _path) : failure;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _connection.Dispose();
        _fence?.Dispose();
    }

    private static void RequireFile(string path, bool mayCreate)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(directory))
        {
            throw new JournalException(JournalProblem.Missing,
                $"The directory {directory} of the journal {path} does not exist. Create it, or correct the path.");
        }

        if (Directory.Exists(path))
        {
            throw new JournalException(JournalProblem.Missing,
                $"The journal {path} is a directory. Name a file in it.");
        }

        if (!mayCreate && !File.Exists(path))
        {
            throw new JournalException(JournalProblem.Missing,
                $"There is no journal {path}. The agent creates it at its first start; correct the path if it has "
                + "run here.");
        }
    }
}
