using System.Text;
using Microsoft.Data.Sqlite;

namespace Agent.Runtime.Sql;

/// <summary>A history in a journal, in brief.</summary>
/// <param name="PersistenceId">Whose.</param>
/// <param name="Events">How many events can be replayed.</param>
/// <param name="HighestSequenceNr">The number of the last event, also if it is deleted; 0 if there are only
/// snapshots.</param>
/// <param name="SnapshotSequenceNr">The event after which the latest snapshot was taken; null without a
/// snapshot.</param>
public sealed record JournalHistory(string PersistenceId, long Events, long HighestSequenceNr,
    long? SnapshotSequenceNr);

/// <summary>An event or a snapshot as it stands in the file.</summary>
/// <param name="SequenceNr">The event's number, or that of the last event in the snapshot.</param>
/// <param name="Created">When it was written.</param>
/// <param name="Manifest">The short name of its type.</param>
/// <param name="Json">Its content.</param>
public sealed record JournalRecord(long SequenceNr, DateTimeOffset Created, string Manifest, string Json);

/// <summary>Reads a node's journal without disturbing the agent that writes it: for the command line.</summary>
/// <remarks>It takes no lock and no types: content comes as JSON. Each call sees one consistent state of the
/// file.</remarks>
public sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _path;

    private JournalReader(SqliteConnection connection, string path) => (_connection, _path) = (connection, path);

    /// <summary>What the file says of itself.</summary>
    public JournalIdentity Identity => Read(() => JournalIdentity.Read(_connection)
        ?? throw new JournalException(JournalProblem.NotAJournal,
            $"The journal {_path} has no identity recorded; it is damaged."));

    /// <summary>Opens a journal for reading; the file is not created, upgraded or changed.</summary>
    /// <exception cref="JournalException">The file cannot be read; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static JournalReader Open(string path)
    {
        NodeJournal.RequireFile(path, mayCreate: false);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteEngine.Open(path, SqliteOpenMode.ReadOnly);
            var version = JournalSchema.Check(connection, path);
            if (version != JournalSchema.Current)
            {
                throw new JournalException(JournalProblem.NotAJournal,
                    $"The journal {path} has version {version}, which only the agent brings to version "
                    + $"{JournalSchema.Current}; start it once.");
            }

            return new JournalReader(connection, path);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is SqliteException sqlite)
                throw JournalException.From(sqlite, path);
            throw;
        }
    }

    /// <summary>Every history in the file, by persistence id.</summary>
    public IReadOnlyList<JournalHistory> Histories() => Read(() => _connection.Query(
        r => new JournalHistory(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.IsDBNull(3) ? null : r.GetInt64(3)),
        """
        SELECT id, coalesce(events, 0), coalesce(highest, 0), latest
        FROM (SELECT persistence_id AS id FROM journal UNION SELECT persistence_id FROM snapshot)
        LEFT JOIN (SELECT persistence_id AS j, sum(deleted = 0) AS events, max(sequence_number) AS highest
                   FROM journal GROUP BY 1) ON j = id
        LEFT JOIN (SELECT persistence_id AS s, max(sequence_number) AS latest FROM snapshot GROUP BY 1) ON s = id
        ORDER BY id
        """));

    /// <summary>The events of a history from this number on, at most so many; deleted ones are left out.</summary>
    public IReadOnlyList<JournalRecord> Events(string persistenceId, long fromSequenceNr = 1, int max = int.MaxValue) =>
        Read(() =>
        _connection.Query(ReadRecord,
            """
            SELECT sequence_number, created, manifest, message FROM journal
            WHERE persistence_id = $id AND deleted = 0 AND sequence_number >= $from ORDER BY sequence_number LIMIT $max
            """,
            ("$id", persistenceId), ("$from", fromSequenceNr), ("$max", max)));

    /// <summary>The snapshots of a history, the oldest first.</summary>
    public IReadOnlyList<JournalRecord> Snapshots(string persistenceId) => Read(() => _connection.Query(ReadRecord,
        "SELECT sequence_number, created, manifest, snapshot FROM snapshot WHERE persistence_id = $id ORDER BY "
        + "sequence_number",
        ("$id", persistenceId)));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _connection.Dispose();

    private static JournalRecord ReadRecord(SqliteDataReader row) => new(
        row.GetInt64(0), new DateTimeOffset(row.GetInt64(1), TimeSpan.Zero), row.GetString(2),
        Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(3)));

    private T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException e)
        {
            throw JournalException.From(e, _path);
        }
    }
}
