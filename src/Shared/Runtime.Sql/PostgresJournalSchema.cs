using Agent.PostgreSql;

namespace Agent.Runtime.Sql;

/// <summary>The tables of a journal in PostgreSQL: those of <see cref="SqliteSchema"/>, in PostgreSQL's
/// types.</summary>
/// <remarks>Payloads are UTF-8 JSON: <c>SELECT convert_from(message, 'UTF8')::json FROM journal</c>.</remarks>
internal static class PostgresJournalSchema
{
    /// <summary>The schema where the address names none.</summary>
    public const string DefaultName = "journal";

    /// <summary>Makes and upgrades the tables.</summary>
    public static PostgresSchema Tables { get; } = new("journal",
    [
        """
        CREATE TABLE journal (
            ordering bigserial PRIMARY KEY,
            created bigint NOT NULL,
            deleted boolean NOT NULL,
            persistence_id varchar(255) COLLATE "C" NOT NULL,
            sequence_number bigint NOT NULL,
            message bytea NOT NULL,
            manifest varchar(500) NOT NULL,
            identifier integer NOT NULL,
            writer_uuid varchar(128) NOT NULL,
            UNIQUE (persistence_id, sequence_number)
        );
        CREATE TABLE tags (
            ordering_id bigint NOT NULL,
            tag varchar(64) COLLATE "C" NOT NULL,
            sequence_nr bigint NOT NULL,
            persistence_id varchar(255) COLLATE "C" NOT NULL,
            PRIMARY KEY (ordering_id, tag)
        );
        CREATE TABLE snapshot (
            persistence_id varchar(255) COLLATE "C" NOT NULL,
            sequence_number bigint NOT NULL,
            created bigint NOT NULL,
            snapshot bytea NOT NULL,
            manifest varchar(500) NOT NULL,
            serializer_id integer NOT NULL,
            PRIMARY KEY (persistence_id, sequence_number)
        );
        CREATE TABLE identity (
            id integer PRIMARY KEY CHECK (id = 1),
            journal_id text NOT NULL,
            machine_id text NOT NULL,
            incarnation bigint NOT NULL
        );
        """,
    ]);
}
