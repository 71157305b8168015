using Agent.Runtime.Hosting;
using Agent.Runtime.Persistence;

namespace Agent.Runtime.Sql;

/// <summary>The snapshots of a node's actors in the <c>snapshot</c> table of a journal.</summary>
internal sealed class SqlSnapshotStore(JournalThread thread, string name, IEventSerializer serializer) : ISnapshotStore
{
    private const string Matches =
        "WHERE persistence_id = @id AND sequence_number BETWEEN @from AND @to AND created BETWEEN @since AND @until";

    public async Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        var payload = serializer.Serialize(snapshot);
        await thread.WriteAsync(connection => connection.Execute(
            """
            INSERT INTO snapshot (persistence_id, sequence_number, created, snapshot, manifest, serializer_id)
            VALUES (@id, @sequence, @created, @snapshot, @manifest, @serializer)
            ON CONFLICT (persistence_id, sequence_number) DO UPDATE
            SET created = excluded.created, snapshot = excluded.snapshot, manifest = excluded.manifest,
                serializer_id = excluded.serializer_id
            """,
            ("id", metadata.PersistenceId), ("sequence", metadata.SequenceNr), ("created", metadata.Timestamp.Ticks),
            ("snapshot", payload.Json.ToArray()), ("manifest", payload.Manifest),
            ("serializer", serializer.Identifier))).ConfigureAwait(false);
    }

    public async Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        var rows = await thread.RunAsync(connection => connection.Query(
            r => (SequenceNr: r.GetInt64(0), Created: r.GetInt64(1), Manifest: r.GetString(2),
                Json: r.GetFieldValue<byte[]>(3)),
            $"SELECT sequence_number, created, manifest, snapshot FROM snapshot {Matches} ORDER BY sequence_number "
            + "DESC LIMIT 1",
            Bounds(persistenceId, criteria))).ConfigureAwait(false);
        if (rows.Count == 0)
            return null;
        var (sequenceNr, created, manifest, json) = rows[0];
        try
        {
            return new SnapshotOffer(
                new SnapshotMetadata(persistenceId, sequenceNr, new DateTime(created, DateTimeKind.Utc)),
                serializer.Deserialize(manifest, json));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                $"The snapshot of '{persistenceId}' at {sequenceNr} in {name} cannot be read: {e.Message}", e);
        }
    }

    public Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        thread.WriteAsync(connection =>
            connection.Execute($"DELETE FROM snapshot {Matches}", Bounds(persistenceId, criteria)));

    private static (string, object)[] Bounds(string persistenceId, SnapshotSelectionCriteria criteria) =>
    [
        ("id", persistenceId), ("from", criteria.MinSequenceNr), ("to", criteria.MaxSequenceNr),
        ("since", (criteria.MinTimestamp ?? DateTime.MinValue).Ticks), ("until", criteria.MaxTimeStamp.Ticks),
    ];
}
