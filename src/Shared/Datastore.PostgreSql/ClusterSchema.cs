using Agent.PostgreSql;

namespace Agent.Datastore.PostgreSql;

/// <summary>The tables of a cluster in PostgreSQL, readable with <c>psql -c 'select * from
/// cluster.resource'</c>.</summary>
/// <remarks>
/// <c>resource</c> is the truth. <c>change</c> holds the last writes with the whole resource as it then was, so that a
/// watch can follow.
/// <c>head</c> has one row, the revision of the datastore: whoever writes locks it first, so revisions become visible
/// in their
/// order. Names are compared by bytes (collation "C"); a namespace of <c>''</c> means none.
/// </remarks>
internal static class ClusterSchema
{
    /// <summary>The schema where the address names none.</summary>
    public const string DefaultName = "cluster";

    private const string ResourceColumns = """
        kind text COLLATE "C" NOT NULL, api_version text COLLATE "C" NOT NULL,
        namespace text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        labels json NOT NULL, annotations json NOT NULL, spec json NOT NULL, status json, uid text NOT NULL
        """;

    /// <summary>Makes and upgrades the tables.</summary>
    public static PostgresSchema Tables { get; } = new("cluster",
    [
        $"""
        CREATE TABLE head (
            single boolean PRIMARY KEY DEFAULT true CHECK (single), revision bigint NOT NULL
        ) WITH (fillfactor = 10);
        INSERT INTO head (revision) VALUES (0);

        CREATE TABLE resource (
            {ResourceColumns},
            revision bigint NOT NULL, created text NOT NULL,
            PRIMARY KEY (api_version, kind, namespace, name)
        );

        CREATE TABLE change (
            {ResourceColumns},
            revision bigint PRIMARY KEY, created text NOT NULL,
            deleted boolean NOT NULL
        );

        CREATE TABLE lease (
            name text COLLATE "C" PRIMARY KEY, holder text NOT NULL, ttl_ms bigint NOT NULL, version bigint NOT NULL
        ) WITH (fillfactor = 50);
        """,
    ]);

    /// <summary>The channel on which commits are announced.</summary>
    public static string Channel(PostgresAddress address) => "agent_" + address.Schema;
}
