using Agent.Journal.Contract;
using Agent.Runtime.Sql;
using Microsoft.Data.Sqlite;

namespace Agent.Semantics.Tests.Own.Sql;

/// <summary>A folder of its own for the journal file of one test, removed at the end.</summary>
public abstract class JournalFolder : JournalTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string Place => FilePath;

    protected override string Name => FilePath;

    protected string FilePath => _folder.File;

    protected string Folder => _folder.Path;

    /// <summary>A connection to the file, as sqlite3 would have it.</summary>
    protected SqliteConnection Connect() => SqliteEngine.Open(FilePath, SqliteOpenMode.ReadWrite);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _folder.Dispose();
}

/// <summary>A directory with the path of a journal in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("journal-");

    public string Path => _folder.FullName;

    public string File => System.IO.Path.Combine(Path, "node.journal");

    public void Dispose() => _folder.Delete(recursive: true);
}
