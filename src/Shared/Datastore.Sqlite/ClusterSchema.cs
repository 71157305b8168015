using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Agent.Datastore.Sqlite;

/// <summary>The tables of a cluster file, readable with <c>sqlite3 cluster.db 'select * from resource'</c>.</summary>
/// <remarks>
/// <c>resource</c> is the truth. <c>change</c> holds the last writes with the whole resource as it then
/// was, so that a watch can follow; its newest row is never pruned, and bears the revision of the
/// datastore. A namespace of <c>''</c> means none.
/// </remarks>
internal sealed class ClusterSchema
{
    private const int ApplicationId = 0x4167436c;   // "AgCl" in the file's application_id

    private readonly string[] _upgrades;

    private ClusterSchema(string[] upgrades) => _upgrades = upgrades;

    /// <summary>The tables of this release. Each element brings a file from the version that is its index to the next
    /// one. Append; never change. Agents of the release before may be running on the file meanwhile: a step leaves them
    /// what they use.</summary>
    public static ClusterSchema Tables { get; } = new(
    [
        $"""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

        CREATE TABLE resource (
            kind TEXT NOT NULL, api_version TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            labels TEXT NOT NULL, annotations TEXT NOT NULL, spec TEXT NOT NULL, status TEXT,
            uid TEXT NOT NULL, revision INTEGER NOT NULL, created TEXT NOT NULL,
            PRIMARY KEY (api_version, kind, namespace, name)
        ) STRICT;

        CREATE TABLE change (
            kind TEXT NOT NULL, api_version TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            labels TEXT NOT NULL, annotations TEXT NOT NULL, spec TEXT NOT NULL, status TEXT,
            uid TEXT NOT NULL, revision INTEGER PRIMARY KEY, created TEXT NOT NULL,
            deleted INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE lease (
            name TEXT PRIMARY KEY, holder TEXT NOT NULL, ttl_ms INTEGER NOT NULL, version INTEGER NOT NULL
        ) STRICT;

        PRAGMA application_id = {ApplicationId};
        """,
    ]);

    /// <summary>The version that this program reads and writes (<c>PRAGMA user_version</c>).</summary>
    public int Current => _upgrades.Length;

    /// <summary>The schema of a later release, which has further steps.</summary>
    public ClusterSchema Then(IEnumerable<string> later) => new([.. _upgrades, .. later]);

    /// <summary>The version of the file; 0 for an empty one. Nothing is changed.</summary>
    /// <param name="number">Asks the file.</param>
    /// <param name="errors">Names the file.</param>
    /// <param name="mayUpgrade">False refuses what only the agent may make or upgrade.</param>
    /// <exception cref="DatastoreUnavailableException">This program cannot use the file.</exception>
    public int Check(Func<string, long> number, ClusterFileErrors errors, bool mayUpgrade)
    {
        var version = (int)number("PRAGMA user_version");
        if (number("SELECT count(*) FROM sqlite_schema") == 0)
        {
            return mayUpgrade ? 0 : throw errors.Unavailable(
                "is an empty database: start the agent, which makes the tables, or name the right file with "
                + "--datastore");
        }

        if (number("PRAGMA application_id") != ApplicationId)
            throw errors.Unavailable("is a SQLite database of another program: name another file with --datastore");
        if (version > Current)
            throw errors.Unavailable(string.Create(CultureInfo.InvariantCulture,
                $"has schema {version}, this program knows {Current} at most: use the newer release that wrote it"));
        if (version < Current && !mayUpgrade)
            throw errors.Unavailable(string.Create(CultureInfo.InvariantCulture,
                $"has schema {version}, which only the agent brings to schema {Current}: start it once"));
        return version;
    }

    /// <summary>Brings the file from its version to the current one, within a transaction that writes.</summary>
    /// <exception cref="DatastoreUnavailableException">A step failed; the transaction must not be
    /// committed.</exception>
    public void Upgrade(ClusterFile file, ClusterFileErrors errors, int version)
    {
        if (version == Current) return;
        for (var next = version; next < Current; next++)
        {
            try
            {
                file.Execute(_upgrades[next]);
            }
            catch (SqliteException failure) when (version > 0)
            {
                throw errors.Unavailable(string.Create(CultureInfo.InvariantCulture,
                    $"stays at schema {version}: the step to schema {next + 1} failed ({failure.Message}) and nothing ")
                    + "was changed; mend that and start again, or go on with the release that wrote it", failure);
            }
        }

        file.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Current}"));
    }
}
