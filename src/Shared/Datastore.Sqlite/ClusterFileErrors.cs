using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Agent.Datastore.Sqlite;

/// <summary>Turns failures of SQLite into errors that name the file and the remedy.</summary>
internal sealed class ClusterFileErrors(string path, TimeSpan busyTimeout)
{
    // Primary result codes: https://sqlite.org/rescode.html
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What is said of a file that cannot be written.</summary>
    public const string IsReadOnly =
        "is read-only: give this user write access to the file and its directory, or mount the file system writable";

    /// <summary>Runs work and explains what SQLite throws.</summary>
    public T Watch<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException failure)
        {
            throw new DatastoreUnavailableException(Explain(failure), failure);
        }
        catch (FormatException failure)
        {
            throw Unavailable(
                $"holds something that this program did not write: {failure.Message}; "
                + "restore the file from a copy, or correct the row with sqlite3",
                failure);
        }
    }

    /// <summary>An error about this file.</summary>
    public DatastoreUnavailableException Unavailable(string whatAndRemedy, Exception? cause = null) =>
        new($"cluster datastore {path} {whatAndRemedy}", cause);

    private string Explain(SqliteException failure) => $"cluster datastore {path} " + failure.SqliteErrorCode switch
    {
        Busy or Locked => string.Create(CultureInfo.InvariantCulture,
            $"was locked by another process for longer than {busyTimeout.TotalSeconds:0.###} s: ")
            + $"see who holds it with 'fuser -v {path}', "
            + "and end what hangs (an open transaction in the sqlite3 shell, a copy under way)",
        ReadOnly => IsReadOnly,
        Corrupt or NotADatabase =>
            "is damaged or is no SQLite database: stop the agents, then restore the file from a copy, "
            + "or move it away and apply the resources anew",
        Full => "cannot grow, the disk is full: free space on its file system",
        CannotOpen => "cannot be opened: check that the directory exists and that this user may write in it",
        IoError => $"cannot be read or written ({failure.Message}): check the disk and the kernel's log",
        _ => $"failed: {failure.Message}",
    };
}
