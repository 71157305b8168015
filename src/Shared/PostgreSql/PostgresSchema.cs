using System.Globalization;
using Npgsql;

namespace Agent.PostgreSql;

/// <summary>The tables that one part of the agent keeps in a schema of its own, and how an older schema becomes a
/// current one.</summary>
/// <remarks>
/// The table <c>meta</c> (key, value) says what the schema holds and which version it has; it is the agent's in every
/// schema. Many
/// processes may open a new schema at once: one makes the tables, the others find them.
/// </remarks>
/// <param name="content">What the schema holds, in one word; a schema that holds something else is refused.</param>
/// <param name="upgrades">Each element brings a schema from the version that is its index to the next one. Append;
/// never change. Agents of the release before may be running on it meanwhile: a step leaves them what they use.</param>
public sealed class PostgresSchema(string content, IReadOnlyList<string> upgrades)
{
    /// <summary>The version that this program reads and writes.</summary>
    public int Current => upgrades.Count;

    /// <summary>The schema of a later release, which has further steps.</summary>
    public PostgresSchema Then(IEnumerable<string> later) => new(content, [.. upgrades, .. later]);

    /// <summary>Brings the schema to the current version, in one transaction: every step or none.</summary>
    /// <param name="connection">An open connection without a transaction.</param>
    /// <param name="address">Names the schema.</param>
    /// <param name="mayCreate">True makes a missing schema and upgrades an old one; false refuses both.</param>
    /// <param name="claim">Whether the schema is the opener's: it may read and write <c>meta</c>, and its exception
    /// leaves the schema as it was. Called within the transaction, before any upgrade.</param>
    /// <returns>Whether the tables were made just now.</returns>
    /// <exception cref="PostgresSchemaException">The schema cannot be used; nothing was changed.</exception>
    public bool Ensure(
        NpgsqlConnection connection, PostgresAddress address, bool mayCreate, Action<NpgsqlConnection>? claim = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(address);
        using var transaction = connection.BeginTransaction();
        Scalar(connection, "SELECT pg_advisory_xact_lock(hashtextextended('agent schema ' || @schema, 0))",
            ("schema", address.Schema));
        RequireUnicode(connection);
        var version = Version(connection, address);
        if (version > Current)
            throw new PostgresSchemaException(PostgresSchemaProblem.TooNew, string.Create(CultureInfo.InvariantCulture,
                $"has version {version}, this program knows {Current} at most: use the newer release that wrote it"));
        if (version < Current && !mayCreate)
            throw version == 0
                ? new PostgresSchemaException(PostgresSchemaProblem.Missing,
                    $"holds no {content}: start the agent, which makes the tables, or correct the address")
                : new PostgresSchemaException(PostgresSchemaProblem.TooOld, string.Create(CultureInfo.InvariantCulture,
                    $"has version {version}, which only the agent brings to version {Current}: start it once"));
        if (version > 0) claim?.Invoke(connection);
        if (version < Current) Upgrade(connection, address, version);
        if (version == 0) claim?.Invoke(connection);
        transaction.Commit();
        return version == 0;
    }

    private int Version(NpgsqlConnection connection, PostgresAddress address)
    {
        if (Scalar(connection, "SELECT to_regclass(@table)::text", ("table", address.QuotedSchema + ".meta")) is null)
        {
            var tables = Scalar(connection,
                "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = @schema",
                    ("schema", address.Schema));
            return tables is 0L ? 0 : throw NotOurs("tables of another program");
        }

        var found = Scalar(connection, "SELECT value FROM meta WHERE key = 'content'") as string;
        if (found != content) throw NotOurs(found is null ? "tables of another program" : $"a {found}");
        return int.Parse((string)Scalar(connection, "SELECT value FROM meta WHERE key = 'version'")!,
            CultureInfo.InvariantCulture);
    }

    private void Upgrade(NpgsqlConnection connection, PostgresAddress address, int version)
    {
        if (version == 0)
        {
            // A user who was given a schema need not have the right to make one.
            if (Scalar(connection, "SELECT 1 FROM pg_namespace WHERE nspname = @schema",
                ("schema", address.Schema)) is null)
                Scalar(connection, $"CREATE SCHEMA {address.QuotedSchema}");
            Scalar(connection, "CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)");
            Scalar(connection, "INSERT INTO meta VALUES ('content', @content), ('version', '0')", ("content", content));
        }

        for (var next = version; next < Current; next++)
        {
            try
            {
                Take(connection, upgrades[next]);
            }
            catch (PostgresException refused) when (version > 0 && !PostgresFailure.LostConnection(refused))
            {
                throw new PostgresSchemaException(
                    PostgresSchemaProblem.StepFailed,
                    string.Create(CultureInfo.InvariantCulture,
                        $"stays at version {version}: the step to version {next + 1} failed ({refused.MessageText}, ")
                    + $"SQLSTATE {refused.SqlState}) and nothing was changed; mend that and start again, or go on "
                    + "with the release that wrote it",
                    refused);
            }
        }

        Scalar(connection, "UPDATE meta SET value = @version WHERE key = 'version'",
            ("version", Current.ToString(CultureInfo.InvariantCulture)));
    }

    private PostgresSchemaException NotOurs(string what) => new(PostgresSchemaProblem.NotOurs,
        $"holds {what}, not a {content}: name another schema with ?schema=");

    private static void RequireUnicode(NpgsqlConnection connection)
    {
        if (Scalar(connection, "SHOW server_encoding") is string encoding and not "UTF8")
            throw new PostgresSchemaException(PostgresSchemaProblem.NotOurs,
                $"has the encoding {encoding}: create the database with UTF8 (createdb -E UTF8 -T template0)");
    }

    // A step takes as long as the tables are large: a limit would have every start fail at it.
    private static void Take(NpgsqlConnection connection, string step)
    {
#pragma warning disable CA2100 // Constants of the agent.
        using var command = new NpgsqlCommand(step, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(NpgsqlConnection connection, string sql,
        params ReadOnlySpan<(string Name, string Value)> parameters)
    {
#pragma warning disable CA2100 // Constants of the agent; a name is checked when it is read.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command.ExecuteScalar() is { } result and not DBNull ? result : null;
    }
}

/// <summary>Why a schema cannot be used.</summary>
public enum PostgresSchemaProblem
{
    /// <summary>There are no tables, and the opener may not make them.</summary>
    Missing,

    /// <summary>It holds something else.</summary>
    NotOurs,

    /// <summary>A newer release of the agent wrote it.</summary>
    TooNew,

    /// <summary>An older release wrote it, and the opener may not upgrade it.</summary>
    TooOld,

    /// <summary>It could not be upgraded and is as it was.</summary>
    StepFailed,
}

/// <summary>A schema cannot be used; the message is the end of a sentence that begins with the address.</summary>
public sealed class PostgresSchemaException(
    PostgresSchemaProblem problem, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What is wrong, for programs.</summary>
    public PostgresSchemaProblem Problem { get; } = problem;
}
