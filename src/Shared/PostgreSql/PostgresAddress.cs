using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Agent.PostgreSql;

/// <summary>Where something of the agent's lies in PostgreSQL: a server, a database, and a schema in it.</summary>
/// <remarks>
/// Written as libpq writes it: <c>postgres://user:password@host:5432/database?schema=name&amp;sslmode=verify-full</c>.
/// The password may be
/// left to <c>PGPASSWORD</c> or to a <c>.pgpass</c> file. As text the address never contains the password.
/// </remarks>
public sealed partial class PostgresAddress
{
    private const int DefaultPort = 5432;
    private const int LongestCommand = 15;      // seconds
    private const string Allowed = "postgres://user:password@host:5432/database?schema=name&sslmode=verify-full"
        + "&sslrootcert=/path";

    // A server must not keep locks for a client that it cannot reach any more: an open transaction ends after ten
    // seconds of silence, a dead connection is noticed within twenty.
    private const string SessionLimits =
        "-c idle_in_transaction_session_timeout=10000"
        + " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20000";

    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly string _text;

    private PostgresAddress(NpgsqlConnectionStringBuilder connection, string schema, string text) =>
        (_connection, Schema, _text) = (connection, schema, text);

    /// <summary>The schema that holds the tables; an identifier that needs quotes in SQL.</summary>
    public string Schema { get; }

    /// <summary>The schema as SQL writes it.</summary>
    public string QuotedSchema => $"\"{Schema}\"";

    /// <summary>Whether a setting means PostgreSQL (and not a file).</summary>
    public static bool IsUrl(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The same address with a schema of this name, unless it names one already.</summary>
    public static string WithSchema(string url, string schema)
    {
        ArgumentNullException.ThrowIfNull(url);
        var query = url.IndexOf('?', StringComparison.Ordinal);
        if (query < 0) return $"{url}?schema={schema}";
        var options = url[(query + 1)..].Split('&');
        return options.Any(option => option.StartsWith("schema=", StringComparison.Ordinal))
            ? url
            : $"{url}&schema={schema}";
    }

    /// <summary>Reads an address.</summary>
    /// <param name="url">See the remarks of this type.</param>
    /// <param name="defaultSchema">The schema where the text names none.</param>
    /// <exception cref="FormatException">It is none; the message says what is wrong, without the password.</exception>
    public static PostgresAddress Parse(string url, string defaultSchema)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!IsUrl(url) || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            throw new FormatException($"not the address of a PostgreSQL database; write it as {Allowed}");
        var options = ReadQuery(uri.Query);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length == 0)
            throw new FormatException($"the PostgreSQL address names no database; write it as {Allowed}");
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = options.GetValueOrDefault("host") ?? (uri.Host.Length > 0 ? uri.DnsSafeHost : "localhost"),
            Port = uri.Port > 0 ? uri.Port : DefaultPort,
            Database = database,
            Timeout = 5,
            CommandTimeout = LongestCommand,
            KeepAlive = 5,
            MaxAutoPrepare = 32,
            IncludeErrorDetail = false,
            Options = SessionLimits,
        };
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, ..] parts)
        {
            connection.Username = Uri.UnescapeDataString(user);
            if (parts.Length == 2) connection.Password = Uri.UnescapeDataString(parts[1]);
        }

        if (options.TryGetValue("sslmode", out var sslMode)) connection.SslMode = ReadSslMode(sslMode);
        if (options.TryGetValue("sslrootcert", out var rootCertificate)) connection.RootCertificate = rootCertificate;
        var schema = options.GetValueOrDefault("schema") ?? defaultSchema;
        if (!SchemaName().IsMatch(schema))
            throw new FormatException(
                $"'{schema}' cannot be a schema of the agent's: use 1 to 50 lower-case letters, digits, '_', '-' "
                + "and '.', and name it with ?schema=");
        connection.SearchPath = $"\"{schema}\"";
        return new PostgresAddress(connection, schema, Display(connection, schema));
    }

    /// <summary>A pool of connections whose search path is the schema.</summary>
    /// <param name="application">What the server shows as the client's name.</param>
    /// <param name="most">The most connections at a time.</param>
    /// <param name="lockTimeout">How long a statement waits for somebody else's lock.</param>
    public NpgsqlDataSource Connect(string application, int most, TimeSpan lockTimeout)
    {
        var connection = new NpgsqlConnectionStringBuilder(_connection.ConnectionString)
        {
            ApplicationName = application,
            MaxPoolSize = most,
            // The server is the one to end a wait for a lock, and says so.
            CommandTimeout = Math.Max(LongestCommand, (int)lockTimeout.TotalSeconds + 10),
        };
        connection.Options += string.Create(CultureInfo.InvariantCulture,
            $" -c lock_timeout={(long)lockTimeout.TotalMilliseconds}");
        return NpgsqlDataSource.Create(connection);
    }

    /// <summary>The address without the password.</summary>
    public override string ToString() => _text;

    private static string Display(NpgsqlConnectionStringBuilder connection, string schema)
    {
        var user = connection.Username is { Length: > 0 } name ? name + "@" : "";
        var host = connection.Host!.Contains(':', StringComparison.Ordinal) ? $"[{connection.Host}]" : connection.Host;
        return string.Create(CultureInfo.InvariantCulture,
            $"postgres://{user}{host}:{connection.Port}/{connection.Database}?schema={schema}");
    }

    private static Dictionary<string, string> ReadQuery(string query)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = option.Split('=', 2);
            if (parts[0] is not ("schema" or "host" or "sslmode" or "sslrootcert") || parts.Length < 2)
                throw new FormatException($"the PostgreSQL address has an unknown option '{parts[0]}'; known are "
                    + "schema, host, sslmode and sslrootcert");
            options[parts[0]] = Uri.UnescapeDataString(parts[1]);
        }

        return options;
    }

    private static SslMode ReadSslMode(string text) => text switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw new FormatException(
            $"sslmode '{text}' is unknown; use disable, allow, prefer, require, verify-ca or verify-full"),
    };

    // Short enough that a prefix makes a notification channel of it (identifiers end at 63 bytes).
    [GeneratedRegex("^(?!pg_)[a-z0-9_][a-z0-9_.-]{0,49}$")]
    private static partial Regex SchemaName();
}
