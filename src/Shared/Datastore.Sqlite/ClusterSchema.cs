namespace Agent.Datastore.Sqlite;

/// <summary>The tables of a cluster file, readable with <c>sqlite3 cluster.db 'select * from resource'</c>.</summary>
/// <remarks>
/// <c>resource</c> is the truth. <c>change</c> holds the last writes with the whole resource as it then
/// was, so that a watch can follow; its newest row is never pruned, and bears the revision of the
/// datastore. A namespace of <c>''</c> means none.
/// </remarks>
internal static class ClusterSchema
{
    /// <summary>The schema that this program reads and writes (<c>PRAGMA user_version</c>).</summary>
    public const int Version = 1;

    /// <summary>Marks a SQLite file as a cluster file (<c>PRAGMA application_id</c>): "AgCl".</summary>
    public const int ApplicationId = 0x4167436c;

    /// <summary>Makes the tables in an empty file.</summary>
    public static string Create { get; } = $"""
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
        PRAGMA user_version = {Version};
        """;
}
