using System.Data.Common;
using Agent.PostgreSql;

namespace Agent.Runtime.Sql;

/// <summary>The one connection of an opened journal, used by one thread, and the lock that comes with it.</summary>
/// <remarks>What differs between the databases is here; tables and statements are the same in both.</remarks>
internal abstract class JournalSession : IDisposable
{
    /// <summary>The journal as errors name it; without a password.</summary>
    public abstract string Name { get; }

    /// <summary>Takes the journal's lock, opens it for writing, and brings its tables up to date.</summary>
    /// <param name="path">A file, or an address.</param>
    /// <param name="mayCreate">True makes missing tables and upgrades old ones; false refuses both.</param>
    /// <param name="later">The upgrades that a later release has; none for this one.</param>
    /// <returns>The session, and whether the tables were made just now.</returns>
    /// <exception cref="JournalException">The journal cannot be used; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static (JournalSession Session, bool Created) Open(
        string path, bool mayCreate, IReadOnlyList<string> later) => PostgresAddress.IsUrl(path)
        ? PostgresSession.Open(path, mayCreate, PostgresJournalSchema.Tables.Then(later))
        : SqliteSession.Open(path, mayCreate, SqliteSchema.Tables.Then(later));

    /// <summary>Opens a journal for reading; nothing is created, upgraded, locked or changed.</summary>
    /// <exception cref="JournalException">It cannot be read; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static JournalSession OpenForReading(string path, IReadOnlyList<string> later) =>
        PostgresAddress.IsUrl(path)
        ? PostgresSession.OpenForReading(path, PostgresJournalSchema.Tables.Then(later))
        : SqliteSession.OpenForReading(path, SqliteSchema.Tables.Then(later));

    /// <summary>Does all of the work or none of it, as the only writer.</summary>
    public abstract void InTransaction(Action<DbConnection> work);

    /// <summary>Does work that changes nothing, and may be done twice.</summary>
    public abstract T Read<T>(Func<DbConnection, T> work);

    /// <summary>What a failure of the database means for this journal; any other failure as it is.</summary>
    public abstract Exception Explain(Exception failure);

    /// <summary>Closes the connection and gives the lock back.</summary>
    public abstract void Dispose();
}
