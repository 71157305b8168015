using Agent.PostgreSql;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Agent.Runtime.Sql;

/// <summary>What is wrong with a journal.</summary>
public enum JournalProblem
{
    /// <summary>The file, its directory, the database or the schema does not exist, and the opener may not create
    /// it.</summary>
    Missing,

    /// <summary>Another process, or another opener in this one, has the journal.</summary>
    Held,

    /// <summary>It, or its directory, cannot be written to.</summary>
    ReadOnly,

    /// <summary>It is no database of the right kind, is damaged, or holds something else.</summary>
    NotAJournal,

    /// <summary>It was written by a newer version of the agent.</summary>
    TooNew,

    /// <summary>It was written by an older version of the agent, and the opener may not upgrade it.</summary>
    TooOld,

    /// <summary>A sequence number is taken: someone else writes the same history.</summary>
    SecondWriter,

    /// <summary>The server cannot be reached, or the connection was lost: whether the last write was kept is not
    /// known.</summary>
    Unreachable,

    /// <summary>The journal was closed.</summary>
    Closed,

    /// <summary>Any other failure of the disk or of the database: no space, I/O error.</summary>
    Broken,
}

/// <summary>A journal cannot be opened, read or written. The message names it and says what to do.</summary>
public sealed class JournalException(JournalProblem problem, string message, Exception? cause = null)
    : IOException(message, cause)
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnlyFile = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Constraint = 19;
    private const int NotADatabase = 26;

    /// <summary>What is wrong, for programs.</summary>
    public JournalProblem Problem { get; } = problem;

    /// <summary>The meaning of an SQLite error (its primary result code) for this file.</summary>
    internal static JournalException From(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        Busy or Locked => new(JournalProblem.Held,
            $"The journal {path} is locked by another program; close what has it open (sqlite3, a backup) and try "
            + "again.", e),
        ReadOnlyFile => new(JournalProblem.ReadOnly,
            $"The journal {path} cannot be written to; make the file and its directory writable for the agent.", e),
        Full => new(JournalProblem.Broken, $"The disk is full: the journal {path} cannot grow. Free some space.", e),
        CannotOpen => new(JournalProblem.ReadOnly,
            $"The journal {path} cannot be opened; the file and its directory must be readable and writable for "
            + "the agent.", e),
        Constraint => new(JournalProblem.SecondWriter,
            $"An event with the same number is in the journal {path} already: a second writer uses this history. "
            + "Nothing was written.", e),
        Corrupt or NotADatabase => new(JournalProblem.NotAJournal,
            $"The file {path} is not a database or is damaged ({e.Message}). Move it aside, with its -wal and -shm "
            + "files, and "
            + "restart: the agent rebuilds what it can from the cluster and the kernel.", e),
        _ => new(JournalProblem.Broken, $"The journal {path} failed: {e.Message}", e),
    };

    /// <summary>The meaning of a failure of PostgreSQL for the journal of this address.</summary>
    internal static JournalException FromPostgres(Exception e, string name)
    {
        var problem = e switch
        {
            PostgresException { SqlState: "23505" } => JournalProblem.SecondWriter,
            PostgresException { SqlState: "55P03" } => JournalProblem.Held,
            PostgresException { SqlState: "3D000" } => JournalProblem.Missing,
            PostgresException { SqlState: "42501" or "25006" or "28000" or "28P01" } => JournalProblem.ReadOnly,
            _ when PostgresFailure.LostConnection(e) => JournalProblem.Unreachable,
            _ => JournalProblem.Broken,
        };
        return new JournalException(problem, problem switch
        {
            JournalProblem.SecondWriter =>
                $"An event with the same number is in the journal {name} already: a second writer uses this "
                + "history. Nothing was written.",
            JournalProblem.Unreachable =>
                $"The journal {name} {PostgresFailure.Explain(e)}. Whether the last write was kept shows once it "
                + "can be read again.",
            _ => $"The journal {name} {PostgresFailure.Explain(e)}.",
        }, e);
    }

    /// <summary>The meaning of a schema that cannot be used.</summary>
    internal static JournalException From(PostgresSchemaException e, string name) => new(e.Problem switch
    {
        PostgresSchemaProblem.Missing => JournalProblem.Missing,
        PostgresSchemaProblem.TooNew => JournalProblem.TooNew,
        PostgresSchemaProblem.TooOld => JournalProblem.TooOld,
        PostgresSchemaProblem.StepFailed => JournalProblem.Broken,
        _ => JournalProblem.NotAJournal,
    }, $"The journal {name} {e.Message}.", e);
}
