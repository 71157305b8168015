using System.Globalization;
using Npgsql;

namespace Agent.PostgreSql.Tests.Support;

/// <summary>A step of an upgrade that waits for a lock which the test has, and how one sees that a process has come there.</summary>
internal sealed class PostgresHalt(PostgresServer server)
{
    private readonly int _lock = Random.Shared.Next();
    private NpgsqlConnection? _holder;

    public string Step => string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({_lock})");

    /// <summary>Completes once a process waits for the lock.</summary>
    public async Task ReachedAsync()
    {
        var waiting = string.Create(CultureInfo.InvariantCulture,
            $"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = {_lock}");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await server.SqlAsync("public", waiting) is 0L) await look.WaitForNextTickAsync();
    }

    /// <summary>Takes the lock before a process comes there.</summary>
    public async Task BeginAsync()
    {
        _holder = await server.ConnectAsync("public");
        await ExecuteAsync(_holder, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({_lock})"));
    }

    /// <summary>Gives the lock back, and completes when the server has ended the sessions of processes that were killed: the lock that
    /// each of them had is free then.</summary>
    public async Task EndAsync(string lockName, string schema)
    {
        if (_holder is { } holder) await holder.DisposeAsync();
        _holder = null;
        await using var connection = await server.ConnectAsync("public");
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock(hashtextextended('{lockName}{schema}', 0))");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
