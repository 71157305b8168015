using System.Data.Common;

namespace Agent.Runtime.Sql;

/// <summary>SQL on either database. A statement names its parameters <c>@name</c>, a value comes with the bare
/// name.</summary>
internal static class SqlStatements
{
    /// <summary>A command with its parameters.</summary>
    public static DbCommand Command(this DbConnection connection, string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this assembly; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            command.Add(name).Value = value;
        return command;
    }

    /// <summary>Adds a parameter whose value is set later.</summary>
    public static DbParameter Add(this DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Runs statements that return nothing.</summary>
    public static int Execute(this DbConnection connection, string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; null for SQL's null and for no row.</summary>
    public static object? Scalar(this DbConnection connection, string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>Every row, read by <paramref name="read"/>.</summary>
    public static List<T> Query<T>(
        this DbConnection connection, Func<DbDataReader, T> read, string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
