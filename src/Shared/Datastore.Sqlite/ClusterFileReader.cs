using Agent.Datastore.ChangeTable;
using Agent.Resources;
using Microsoft.Data.Sqlite;

namespace Agent.Datastore.Sqlite;

/// <summary>Reads a cluster file without disturbing the agents that write it, or after them: for verification and
/// backup. Nothing is created, upgraded, locked or changed.</summary>
public sealed class ClusterFileReader : IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly ClusterFileErrors _errors;

    private ClusterFileReader(string path, SqliteConnection connection, ClusterFileErrors errors) =>
        (_path, _connection, _errors) = (path, connection, errors);

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DatastoreUnavailableException">There is none, or it is no cluster file that this program can
    /// read; the message says what to do.</exception>
    public static ClusterFileReader Open(string path) => Open(path, []);

    /// <summary>The same, by a release that has these further upgrades.</summary>
    internal static ClusterFileReader Open(string path, IReadOnlyList<string> laterUpgrades)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        ClusterFileOpening.CheckPlace(path, createIfMissing: false, ClusterFileOpening.FileSystemOf);
        SqliteLibrary.Require();
        var errors = new ClusterFileErrors(path, new SqliteDatastoreOptions().BusyTimeout);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        var reader = new ClusterFileReader(path, connection, errors);
        try
        {
            errors.Watch(() =>
            {
                connection.Open();
                return ClusterSchema.Tables.Then(laterUpgrades).Check(reader.Number, errors, mayUpgrade: false);
            });
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>What is wrong with the file: what SQLite finds, rows that cannot be read, and revisions that are ahead
    /// of the file's own; empty for a sound one.</summary>
    public IReadOnlyList<string> Damage() => _errors.Watch(() =>
    {
        var damage = Query("PRAGMA integrity_check", static row => row.GetString(0))
            .Where(static line => line != "ok").ToList();
        if (damage.Count > 0) return damage;
        damage.AddRange(Rows().Select(static row => row.Problem).OfType<string>());
        if (Number("SELECT coalesce(max(revision), 0) FROM resource")
            > Number("SELECT coalesce(max(revision), 0) FROM change"))
            damage.Add("resources are newer than the file's last change: watches would miss them");
        return damage;
    });

    /// <summary>Every resource that can be read, by kind, namespace and name.</summary>
    public IReadOnlyList<Resource> Resources() =>
        _errors.Watch(() => Rows().Select(static row => row.Resource).OfType<Resource>().ToList());

    /// <summary>Writes a copy of one consistent state of the file, while agents may go on writing.</summary>
    /// <param name="path">The copy, which must not exist.</param>
    /// <exception cref="DatastoreUnavailableException">The file cannot be read, or the copy not be written.</exception>
    public void BackUp(string path) => _errors.Watch(() =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "VACUUM INTO $path";
        command.Parameters.AddWithValue("$path", path);
        return command.ExecuteNonQuery();
    });

    /// <summary>The file.</summary>
    public override string ToString() => _path;

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private List<(Resource? Resource, string? Problem)> Rows() => Query(
        $"SELECT {ResourceRow.Columns} FROM resource ORDER BY kind, api_version, namespace, name",
        static row =>
        {
            try
            {
                return ((Resource?)ResourceRow.Read(row), (string?)null);
            }
            catch (FormatException broken)
            {
                return (null, broken.Message);
            }
        });

    private long Number(string sql) => Query(sql, static row => row.GetInt64(0))[0];

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this assembly; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
