using System.Data.Common;
using Npgsql;

namespace Agent.Datastore.PostgreSql;

/// <summary>SQL statements that travel to the server together.</summary>
internal static class Statements
{
    /// <summary>Adds a statement.</summary>
    /// <param name="batch">What it is sent with.</param>
    /// <param name="sql">A constant of this assembly.</param>
    /// <param name="values">What its parameters (<c>@name</c>) stand for.</param>
    public static NpgsqlBatch With(this NpgsqlBatch batch, string sql,
        params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        batch.BatchCommands.Add(command);
        return batch;
    }

    /// <summary>Reads the rows of the current result and moves to the next one.</summary>
    public static async Task<List<T>> RowsAsync<T>(this DbDataReader reader, Func<DbDataReader, T> read,
        CancellationToken cancellation)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) rows.Add(read(reader));
        await reader.NextResultAsync(cancellation).ConfigureAwait(false);
        return rows;
    }
}
