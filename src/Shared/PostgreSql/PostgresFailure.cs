using System.Net.Sockets;
using Npgsql;

namespace Agent.PostgreSql;

/// <summary>What a failure of PostgreSQL or of the way to it means, and what to do about it.</summary>
public static class PostgresFailure
{
    /// <summary>Whether the server or the connection failed, rather than this program.</summary>
    public static bool Is(Exception failure) =>
        failure is NpgsqlException or SocketException or TimeoutException or IOException;

    /// <summary>Whether the connection is gone: what was asked for last may or may not have been done.</summary>
    public static bool LostConnection(Exception failure) => failure switch
    {
        PostgresException { SqlState: var state } =>
            state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal)
                || state == "25P03",
        _ => Is(failure),
    };

    /// <summary>The end of a sentence that begins with the address: what happened, and what to do.</summary>
    public static string Explain(Exception failure) => failure is PostgresException refused
        ? Explain(refused)
        : $"cannot be reached ({Reason(failure)}): check that the server runs, and the address and the network on "
            + "the way";

    // Codes: PostgreSQL's documentation, appendix A.
    private static string Explain(PostgresException refused) => refused.SqlState switch
    {
        "28P01" or "28000" => $"refuses the login ({refused.MessageText}): check the user and the password in the "
        + "address, and pg_hba.conf",
        "3D000" => "has no such database: create it (createdb), or correct the address",
        "42501" => $"denies what the agent needs ({refused.MessageText}): "
            + "grant the user CREATE on the database, or make the schema and give it to the user",
        "25006" => "is read-only, a standby perhaps: name the primary in the address",
        "53100" => "cannot grow, the server's disk is full: free space there",
        "53300" => "accepts no more connections: raise max_connections on the server",
        "55P03" => "waited too long for somebody else's lock: see who holds it in pg_stat_activity, and end an open "
        + "transaction that hangs",
        "57P01" or "57P02" or "57P03" => $"is stopping or starting ({refused.MessageText}): try again once it is up",
        _ => $"failed: {refused.MessageText} (SQLSTATE {refused.SqlState})",
    };

    private static string Reason(Exception failure)
    {
        var root = failure.GetBaseException();
        return root is TimeoutException ? "no answer in time" : root.Message;
    }
}
