using System.Data.Common;
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

/// <summary>An event or a snapshot as it stands in the journal.</summary>
/// <param name="SequenceNr">The event's number, or that of the last event in the snapshot.</param>
/// <param name="Created">When it was written.</param>
/// <param name="Manifest">The short name of its type.</param>
/// <param name="Json">Its content.</param>
public sealed record JournalRecord(long SequenceNr, DateTimeOffset Created, string Manifest, string Json);

/// <summary>An event that was found by a tag.</summary>
/// <param name="Ordering">Its place among all events of the journal.</param>
/// <param name="PersistenceId">Whose it is.</param>
/// <param name="Record">The event.</param>
public sealed record TaggedRecord(long Ordering, string PersistenceId, JournalRecord Record);

/// <summary>Events that are missing between others.</summary>
/// <param name="PersistenceId">Whose.</param>
/// <param name="From">The first number that is missing.</param>
/// <param name="To">The last one.</param>
public sealed record JournalHole(string PersistenceId, long From, long To);

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
    public static JournalReader Open(string path) => Open(path, []);

    /// <summary>The same, by a release that has these further upgrades.</summary>
    internal static JournalReader Open(string path, IReadOnlyList<string> laterUpgrades)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new JournalReader(JournalSession.OpenForReading(path, laterUpgrades));
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

    /// <summary>The events with this tag, of all histories, in the order in which they were written.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="afterOrdering">Only those written after this one.</param>
    /// <param name="max">At most so many.</param>
    public IReadOnlyList<TaggedRecord> Tagged(string tag, long afterOrdering = 0, int max = int.MaxValue) =>
        Read(connection => connection.Query(
            row => new TaggedRecord(row.GetInt64(4), row.GetString(5), ReadRecord(row)),
            """
            SELECT sequence_number, created, manifest, message, ordering, journal.persistence_id
            FROM tags JOIN journal ON ordering = ordering_id
            WHERE tag = @tag AND ordering > @after AND deleted = FALSE ORDER BY ordering LIMIT @max
            """,
            ("tag", tag), ("after", afterOrdering), ("max", max)));

    /// <summary>The snapshots of a history, the oldest first.</summary>
    public IReadOnlyList<JournalRecord> Snapshots(string persistenceId) =>
        Read(connection => connection.Query(ReadRecord,
        "SELECT sequence_number, created, manifest, snapshot FROM snapshot WHERE persistence_id = @id"
        + " ORDER BY sequence_number",
        ("id", persistenceId)));

    /// <summary>What the database itself finds wrong with its file; nothing for a sound one, and for
    /// PostgreSQL.</summary>
    public IReadOnlyList<string> Damage() => Read(connection => connection is SqliteConnection
        ? connection.Query(static row => row.GetString(0), "PRAGMA integrity_check").Where(static line => line != "ok")
            .ToList()
        : []);

    /// <summary>Numbers that a replay would need and that are not there: between two events, between the latest
    /// snapshot and the first event, or before the first event where there is no snapshot.</summary>
    public IReadOnlyList<JournalHole> Holes() => Read(connection =>
    {
        var snapshots = connection.Query(
            static row => (Id: row.GetString(0), At: row.GetInt64(1)),
            "SELECT persistence_id, max(sequence_number) FROM snapshot GROUP BY persistence_id")
            .ToDictionary(static row => row.Id, static row => row.At, StringComparer.Ordinal);
        var holes = new List<JournalHole>();
        var (id, next) = ("", 0L);
        foreach (var (of, number) in connection.Query(
            static row => (row.GetString(0), row.GetInt64(1)),
            "SELECT persistence_id, sequence_number FROM journal ORDER BY persistence_id, sequence_number"))
        {
            if (of != id) (id, next) = (of, Math.Min(number, snapshots.GetValueOrDefault(of) + 1));
            if (number > next && number > snapshots.GetValueOrDefault(of) + 1)
                holes.Add(new JournalHole(of, Math.Max(next, snapshots.GetValueOrDefault(of) + 1), number - 1));
            next = number + 1;
        }

        return holes;
    });

    /// <summary>Writes a copy of one consistent state of the journal's file, while the agent may go on
    /// writing.</summary>
    /// <param name="path">The copy, which must not exist.</param>
    /// <exception cref="JournalException">It is not a file, or cannot be read.</exception>
    public void BackUp(string path) => Read(connection =>
    {
        if (connection is not SqliteConnection)
            throw new JournalException(JournalProblem.Broken,
                $"The journal {_session.Name} is no file; back up its schema with pg_dump.");
        return connection.Execute("VACUUM INTO @path", ("path", path));
    });

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
