using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Agent.Runtime.Sql;

/// <summary>Connections to journal files, on the SQLite library that the distribution installs (Debian:
/// libsqlite3-0).</summary>
/// <remarks>The provider asks for a bundled library named e_sqlite3; a resolver gives it the installed one instead.
/// Another part of the process may have done the same: the resolver of an assembly can be set only once, and any one
/// will do.</remarks>
internal static class SqliteEngine
{
    private const string Installed = "libsqlite3.so.0";

    static SqliteEngine()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load(Installed) : 0);
        }
        catch (InvalidOperationException)
        {
            // A resolver is in place already. Were it one of another kind, the first connection would fail and say so.
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());
    }

    /// <summary>Opens a connection that holds the file itself, not one from a pool.</summary>
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 2,
        }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Does all of the work or none of it, as the only writer.</summary>
    public static void InTransaction(SqliteConnection connection, Action work)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            connection.Execute("COMMIT");
        }
        catch
        {
            // Some errors end the transaction by themselves; then there is nothing left to roll back.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                connection.Execute("ROLLBACK");
            throw;
        }
    }
}
