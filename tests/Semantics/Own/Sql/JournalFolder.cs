using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using Microsoft.Data.Sqlite;

namespace Agent.Semantics.Tests.Own.Sql;

/// <summary>A folder of its own for the journal files of one test, removed at the end.</summary>
public abstract class JournalFolder : IDisposable
{
    public const string Id = "block-owner";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("journal-");

    protected JournalIdentity Identity { get; } = new("j-1", "m-1", 1);

    protected string FilePath => Path.Combine(_folder.FullName, "node.journal");

    protected string Folder => _folder.FullName;

    protected NodeJournalSettings Settings => new(FilePath, NewSerializer()) { CreateAs = Identity };

    protected static JsonEventSerializer NewSerializer() =>
        new JsonEventSerializer().Add<Deposited>("deposited").Add<Balance>("balance").Add<Cyclic>("cyclic");

    /// <summary>One write of one event.</summary>
    protected static AtomicWrite[] One(string id, long sequenceNr, object payload) => [new AtomicWrite(id, sequenceNr, [payload])];

    protected NodeJournal Open() => NodeJournal.Open(Settings);

    /// <summary>A connection to the file, as sqlite3 would have it.</summary>
    protected SqliteConnection Connect() => SqliteEngine.Open(FilePath, SqliteOpenMode.ReadWrite);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _folder.Delete(recursive: true);
}

public sealed record Deposited(int Amount);

public sealed record Balance(int Total);

/// <summary>Cannot be written as JSON: it contains itself.</summary>
public sealed class Cyclic
{
    public Cyclic Self => this;
}
