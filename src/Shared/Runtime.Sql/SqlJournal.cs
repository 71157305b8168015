using System.Data.Common;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Sql;

/// <summary>The events of a node's actors in the tables of a journal.</summary>
/// <remarks>Payloads are serialized on the caller's thread; one that cannot be is refused without touching the
/// database. The last
/// event of a history is only marked as deleted, so that its number is never given out again.</remarks>
internal sealed class SqlJournal(JournalThread thread, string name, NodeJournalSettings settings) : IJournal
{
    private readonly string _writerUuid = Guid.NewGuid().ToString();

    public async Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes)
    {
        var outcome = new Exception?[writes.Count];
        var rows = new List<EventRow>();
        for (var i = 0; i < writes.Count; i++)
            outcome[i] = Serialize(writes[i], rows);
        if (rows.Count > 0)
            await thread.WriteAsync(connection => Insert(connection, rows)).ConfigureAwait(false);
        return outcome;
    }

    public async Task<IReadOnlyList<JournalEntry>> ReplayAsync(string persistenceId, long fromSequenceNr,
        long toSequenceNr, int max)
    {
        var rows = await thread.RunAsync(connection => connection.Query(
            r => (SequenceNr: r.GetInt64(0), Manifest: r.GetString(1), Json: r.GetFieldValue<byte[]>(2)),
            """
            SELECT sequence_number, manifest, message FROM journal
            WHERE persistence_id = @id AND deleted = FALSE AND sequence_number BETWEEN @from AND @to
            ORDER BY sequence_number LIMIT @max
            """,
            ("id", persistenceId), ("from", fromSequenceNr), ("to", toSequenceNr), ("max", max))).ConfigureAwait(false);
        var entries = new JournalEntry[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var (sequenceNr, manifest, json) = rows[i];
            try
            {
                entries[i] = new JournalEntry(sequenceNr, settings.Serializer.Deserialize(manifest, json));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException(
                    $"Event {sequenceNr} of '{persistenceId}' in {name} cannot be read: {e.Message}", e);
            }
        }

        return entries;
    }

    public Task<long> HighestSequenceNrAsync(string persistenceId) =>
        thread.RunAsync(connection => (long)(connection.Scalar(
        "SELECT max(sequence_number) FROM journal WHERE persistence_id = @id", ("id", persistenceId)) ?? 0L));

    public Task DeleteAsync(string persistenceId, long toSequenceNr) =>
        thread.WriteAsync(connection => connection.Execute(
        """
        UPDATE journal SET deleted = TRUE
        WHERE persistence_id = @id AND sequence_number <= @to AND deleted = FALSE;
        DELETE FROM tags WHERE ordering_id IN
            (SELECT ordering FROM journal WHERE persistence_id = @id AND deleted = TRUE);
        DELETE FROM journal WHERE persistence_id = @id AND deleted = TRUE
            AND sequence_number < (SELECT max(sequence_number) FROM journal WHERE persistence_id = @id);
        """,
        ("id", persistenceId), ("to", toSequenceNr)));

    private Exception? Serialize(AtomicWrite write, List<EventRow> rows)
    {
        var before = rows.Count;
        try
        {
            var created = settings.Time.GetUtcNow().Ticks;
            for (var i = 0; i < write.Events.Count; i++)
                rows.Add(new EventRow(write.PersistenceId, write.FirstSequenceNr + i, created,
                    settings.Serializer.Serialize(write.Events[i])));
            return null;
        }
        catch (Exception e)
        {
            // Whatever a payload throws while it is read for serialization: this write is refused, as a whole.
            rows.RemoveRange(before, rows.Count - before);
            return e;
        }
    }

    private void Insert(DbConnection connection, List<EventRow> rows)
    {
        using var command = connection.Command(
            """
            INSERT INTO journal
                (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid)
            VALUES (@created, FALSE, @id, @sequence, @message, @manifest, @identifier, @writer)
            """,
            ("identifier", settings.Serializer.Identifier), ("writer", _writerUuid));
        var created = command.Add("created");
        var id = command.Add("id");
        var sequence = command.Add("sequence");
        var message = command.Add("message");
        var manifest = command.Add("manifest");
        foreach (var row in rows)
        {
            (created.Value, id.Value, sequence.Value) = (row.Created, row.PersistenceId, row.SequenceNr);
            (message.Value, manifest.Value) = (row.Payload.Json.ToArray(), row.Payload.Manifest);
            command.ExecuteNonQuery();
        }
    }

    private readonly record struct EventRow(string PersistenceId, long SequenceNr, long Created,
        SerializedEvent Payload);
}
