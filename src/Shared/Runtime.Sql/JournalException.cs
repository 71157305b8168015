using Microsoft.Data.Sqlite;

namespace Agent.Runtime.Sql;

/// <summary>What is wrong with a journal file.</summary>
public enum JournalProblem
{
    /// <summary>The file or its directory does not exist, and the opener may not create it.</summary>
    Missing,

    /// <summary>Another process, or another opener in this one, has the journal.</summary>
    Held,

    /// <summary>The file or its directory cannot be written to.</summary>
    ReadOnly,

    /// <summary>The file is no SQLite database, is damaged, or is a database of something else.</summary>
    NotAJournal,

    /// <summary>The file was written by a newer version of the agent.</summary>
    TooNew,

    /// <summary>A sequence number is taken: someone else writes the same history.</summary>
    SecondWriter,

    /// <summary>The journal was closed.</summary>
    Closed,

    /// <summary>Any other failure of the disk or of SQLite: no space, I/O error.</summary>
    Broken,
}

/// <summary>A journal file cannot be opened, read or written. The message names the file and says what to do.</summary>
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
}
