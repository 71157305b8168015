using System.Data.Common;
using System.Globalization;

namespace Agent.Runtime.Sql;

/// <summary>What tells a journal from a copy of it: kept in it and published beside what the node owns.</summary>
/// <param name="JournalId">Drawn once, when it is created.</param>
/// <param name="MachineId">The machine it was last opened on.</param>
/// <param name="Incarnation">Counts the starts of the agent on this journal, from 1.</param>
public sealed record JournalIdentity(string JournalId, string MachineId, long Incarnation)
{
    /// <summary>The identity in the journal, or null if none is recorded.</summary>
    internal static JournalIdentity? Read(DbConnection connection) =>
        connection.Query(
            r => new JournalIdentity(r.GetString(0), r.GetString(1), r.GetInt64(2)),
            "SELECT journal_id, machine_id, incarnation FROM identity").SingleOrDefault();

    /// <summary>Puts this identity in the journal, in place of the one before.</summary>
    internal void Write(DbConnection connection) => connection.Execute(
        """
        INSERT INTO identity (id, journal_id, machine_id, incarnation) VALUES (1, @journal, @machine, @incarnation)
        ON CONFLICT (id) DO UPDATE
        SET journal_id = excluded.journal_id, machine_id = excluded.machine_id, incarnation = excluded.incarnation
        """,
        ("journal", JournalId), ("machine", MachineId), ("incarnation", Incarnation));

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"journal {JournalId} on machine {MachineId}, incarnation {Incarnation}");
}
