using System.Data.Common;
using System.Text;

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

/// <summary>An event or a snapshot as it stands in the journal.</summary>
/// <param name="SequenceNr">The event's number, or that of the last event in the snapshot.</param>
/// <param name="Created">When it was written.</param>
/// <param name="Manifest">The short name of its type.</param>
/// <param name="Json">Its content.</param>
public sealed record JournalRecord(long SequenceNr, DateTimeOffset Created, string Manifest, string Json);

/// <summary>Reads a node's journal without disturbing the agent that writes it: for the command line.</summary>
/// <remarks>It takes no lock and no types: content comes as JSON. Each call sees one consistent state.</remarks>
public sealed class JournalReader : IDisposable
{
    private readonly JournalSession _session;

    private JournalReader(JournalSession session) => _session = session;

    /// <summary>What the journal says of itself.</summary>
    public JournalIdentity Identity => Read(connection => JournalIdentity.Read(connection)
        ?? throw new JournalException(JournalProblem.NotAJournal,
            $"The journal {_session.Name} has no identity recorded; it is damaged."));

    /// <summary>Opens a journal for reading; it is not created, upgraded or changed.</summary>
    /// <param name="path">A file, or a <c>postgres://</c> address.</param>
    /// <exception cref="JournalException">It cannot be read; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static JournalReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new JournalReader(JournalSession.OpenForReading(path));
    }

    /// <summary>Every history in the journal, by persistence id.</summary>
    public IReadOnlyList<JournalHistory> Histories() => Read(connection => connection.Query(
        r => new JournalHistory(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.IsDBNull(3) ? null : r.GetInt64(3)),
        """
        SELECT id, coalesce(events, 0), coalesce(highest, 0), latest
        FROM (SELECT persistence_id AS id FROM journal UNION SELECT persistence_id FROM snapshot) AS ids
        LEFT JOIN (SELECT persistence_id AS j, count(*) FILTER (WHERE deleted = FALSE) AS events,
                max(sequence_number) AS highest
            FROM journal GROUP BY persistence_id) AS written ON j = id
        LEFT JOIN (SELECT persistence_id AS s, max(sequence_number) AS latest FROM snapshot GROUP BY persistence_id)
            AS saved ON s = id
        ORDER BY id
        """));

    /// <summary>The events of a history from this number on, at most so many; deleted ones are left out.</summary>
    public IReadOnlyList<JournalRecord> Events(string persistenceId, long fromSequenceNr = 1,
        int max = int.MaxValue) => Read(connection =>
        connection.Query(ReadRecord,
            """
            SELECT sequence_number, created, manifest, message FROM journal
            WHERE persistence_id = @id AND deleted = FALSE AND sequence_number >= @from
            ORDER BY sequence_number LIMIT @max
            """,
            ("id", persistenceId), ("from", fromSequenceNr), ("max", max)));

    /// <summary>The snapshots of a history, the oldest first.</summary>
    public IReadOnlyList<JournalRecord> Snapshots(string persistenceId) =>
        Read(connection => connection.Query(ReadRecord,
        "SELECT sequence_number, created, manifest, snapshot FROM snapshot WHERE persistence_id = @id"
        + " ORDER BY sequence_number",
        ("id", persistenceId)));

    /// <summary>Closes the journal.</summary>
    public void Dispose() => _session.Dispose();

    private static JournalRecord ReadRecord(DbDataReader row) => new(
        row.GetInt64(0), new DateTimeOffset(row.GetInt64(1), TimeSpan.Zero), row.GetString(2),
        Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(3)));

    private T Read<T>(Func<DbConnection, T> read)
    {
        try
        {
            return _session.Read(read);
        }
        catch (Exception e) when (_session.Explain(e) is var explained && explained != e)
        {
            throw explained;
        }
    }
}
