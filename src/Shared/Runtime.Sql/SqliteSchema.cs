using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Agent.Runtime.Sql;

/// <summary>The tables of a journal file, and how an older file becomes a current one.</summary>
/// <remarks>
/// <para><c>journal</c>, <c>tags</c> and <c>snapshot</c> are laid out as Akka.Persistence.Sql lays them out by default;
/// times are .NET ticks in UTC, payloads UTF-8 JSON. <c>identity</c> (one row) is the agent's own.</para>
/// <para><c>application_id</c> marks the file as a journal; <c>user_version</c> counts the upgrades it has seen.</para>
/// </remarks>
internal sealed class SqliteSchema
{
    private const int ApplicationId = 0x41674A31;

    private readonly string[] _upgrades;

    private SqliteSchema(string[] upgrades) => _upgrades = upgrades;

    /// <summary>The tables of this release. Each element brings a file from the version that is its index to the next
    /// one. Append; never change.</summary>
    public static SqliteSchema Tables { get; } = new(
    [
        $"""
        CREATE TABLE journal (
            ordering INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            created INTEGER NOT NULL,
            deleted INTEGER NOT NULL,
            persistence_id TEXT NOT NULL,
            sequence_number INTEGER NOT NULL,
            message BLOB NOT NULL,
            manifest TEXT NOT NULL,
            identifier INTEGER NOT NULL,
            writer_uuid TEXT NOT NULL,
            UNIQUE (persistence_id, sequence_number)
        );
        CREATE TABLE tags (
            ordering_id INTEGER NOT NULL,
            tag TEXT NOT NULL,
            sequence_nr INTEGER NOT NULL,
            persistence_id TEXT NOT NULL,
            PRIMARY KEY (ordering_id, tag)
        );
        CREATE TABLE snapshot (
            persistence_id TEXT NOT NULL,
            sequence_number INTEGER NOT NULL,
            created INTEGER NOT NULL,
            snapshot BLOB NOT NULL,
            manifest TEXT NOT NULL,
            serializer_id INTEGER NOT NULL,
            PRIMARY KEY (persistence_id, sequence_number)
        );
        CREATE TABLE identity (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            journal_id TEXT NOT NULL,
            machine_id TEXT NOT NULL,
            incarnation INTEGER NOT NULL
        );
        PRAGMA application_id = {ApplicationId};
        """,
    ]);

    /// <summary>The version that this program reads and writes.</summary>
    public int Current => _upgrades.Length;

    /// <summary>The schema of a later release, which has further steps.</summary>
    public SqliteSchema Then(IEnumerable<string> later) => new([.. _upgrades, .. later]);

    /// <summary>The version of the file; 0 for an empty one.</summary>
    /// <exception cref="JournalException">It is the database of something else, or newer than this program.</exception>
    public int Check(SqliteConnection connection, string path)
    {
        var version = Number(connection, "PRAGMA user_version");
        var tables = Number(connection, "SELECT count(*) FROM sqlite_master");
        if (tables > 0 && Number(connection, "PRAGMA application_id") != ApplicationId)
        {
            throw new JournalException(JournalProblem.NotAJournal,
                $"The file {path} is a database, but not an agent's journal. Give the agent a path of its own for "
                + "the journal.");
        }

        return version <= Current
            ? (int)version
            : throw new JournalException(JournalProblem.TooNew,
                $"The journal {path} has version {version}; this program knows versions up to {Current}. Use the "
                + "newer release that wrote it.");
    }

    /// <summary>Refuses what only the agent may make or upgrade.</summary>
    /// <exception cref="JournalException">The file is empty, or older than this program.</exception>
    public void RequireCurrent(int version, string path)
    {
        if (version == Current) return;
        throw version == 0
            ? new JournalException(JournalProblem.NotAJournal,
                $"The journal {path} is empty; start the agent to fill it.")
            : new JournalException(JournalProblem.TooOld,
                $"The journal {path} has version {version}, which only the agent brings to version {Current}; start "
                + "it once.");
    }

    /// <summary>Brings the file from its version to the current one: every step or none.</summary>
    /// <exception cref="JournalException">A step failed; the file is as it was.</exception>
    public void Upgrade(SqliteConnection connection, string path, int version)
    {
        if (version == Current) return;
        SqliteEngine.InTransaction(connection, () =>
        {
            for (var next = version; next < Current; next++)
            {
                try
                {
                    connection.Execute(_upgrades[next]);
                }
                catch (SqliteException e) when (version > 0)
                {
                    throw new JournalException(JournalProblem.Broken,
                        $"The journal {path} stays at version {version}: the step to version {next + 1} failed "
                        + $"({e.Message}) and nothing was changed. Mend that and start again, or go on with the "
                        + "release that wrote it.", e);
                }
            }

            connection.Execute($"PRAGMA user_version = {Current}");
        });
    }

    private static long Number(SqliteConnection connection, string sql) =>
        Convert.ToInt64(connection.Scalar(sql), CultureInfo.InvariantCulture);
}
