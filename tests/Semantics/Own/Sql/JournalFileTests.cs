using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Agent.Journal.Contract;
using Agent.Runtime.Sql;
using Microsoft.Win32.SafeHandles;

namespace Agent.Semantics.Tests.Own.Sql;

[SupportedOSPlatform("linux")]
public sealed partial class JournalFileTests : JournalFolder
{
    [Fact]
    public void The_tables_have_the_layout_of_Akka_Persistence_Sql()
    {
        Open().Dispose();
        using var connection = Connect();
        string Columns(string table) => string.Join(' ', connection.Query(r => r.GetString(0), $"SELECT name FROM pragma_table_info('{table}')"));
        Assert.Equal(
            "ordering created deleted persistence_id sequence_number message manifest identifier writer_uuid", Columns("journal"));
        Assert.Equal("ordering_id tag sequence_nr persistence_id", Columns("tags"));
        Assert.Equal("persistence_id sequence_number created snapshot manifest serializer_id", Columns("snapshot"));
        Assert.Equal(1L, connection.Scalar("PRAGMA user_version"));
    }

    [Fact]
    public async Task A_commit_is_flushed_to_the_disk_before_it_is_reported()
    {
        using var file = Open();
        Assert.Equal(2L, await file.Thread.RunAsync(c => (long)c.Scalar("PRAGMA synchronous")!));
        Assert.Equal("wal", await file.Thread.RunAsync(c => (string)c.Scalar("PRAGMA journal_mode")!));
    }

    [Fact]
    public async Task SQLite_alone_can_read_an_event()
    {
        using (var file = Open())
            await file.Persistence.Journal.WriteAsync(One(Id, 1, new Deposited(5)));
        using var connection = Connect();
        Assert.Equal(5L, connection.Scalar("SELECT json_extract(CAST(message AS TEXT), '$.amount') FROM journal"));
    }

    [Fact]
    public void A_second_opener_is_told_who_has_the_journal()
    {
        using (Open())
        {
            var thrown = Assert.Throws<JournalException>(Open);
            Assert.Equal(JournalProblem.Held, thrown.Problem);
            Assert.Contains($"{FilePath} is in use by process {Environment.ProcessId}", thrown.Message, StringComparison.Ordinal);
        }

        Open().Dispose();
    }

    /// <summary>A process that is being started has every descriptor of the one that starts it until it runs its program.</summary>
    [Fact]
    public void A_journal_that_was_closed_is_free_though_somebody_has_a_copy_of_its_locks_descriptor()
    {
        SafeFileHandle copy;
        using (Open())
        {
            var original = Directory.GetFiles("/proc/self/fd").Single(file => new FileInfo(file).LinkTarget == FilePath + ".lock");
            copy = new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(original), CultureInfo.InvariantCulture)), ownsHandle: true);
        }

        using (copy) Open().Dispose();
    }

    [Fact]
    public void A_missing_journal_is_an_error_unless_it_may_be_created()
    {
        var thrown = Assert.Throws<JournalException>(() => NodeJournal.Open(Settings with { CreateAs = null }));
        Assert.Equal(JournalProblem.Missing, thrown.Problem);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
        Open().Dispose();
        NodeJournal.Open(Settings with { CreateAs = null }).Dispose();
    }

    [Fact]
    public void A_missing_directory_is_named()
    {
        var folder = Path.Combine(Folder, "none");
        var thrown = Assert.Throws<JournalException>(() => NodeJournal.Open(Settings with { Path = Path.Combine(folder, "x") }));
        Assert.Equal(JournalProblem.Missing, thrown.Problem);
        Assert.Contains($"The directory {folder} ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_left_as_it_is()
    {
        var content = new string('x', 5000);
        File.WriteAllText(FilePath, content);
        var thrown = Assert.Throws<JournalException>(Open);
        Assert.Equal(JournalProblem.NotAJournal, thrown.Problem);
        Assert.Contains("file is not a database", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(FilePath));
        Assert.Equal(JournalProblem.NotAJournal, Assert.Throws<JournalException>(() => JournalReader.Open(FilePath)).Problem);
    }

    [Fact]
    public void A_database_of_something_else_is_refused()
    {
        File.WriteAllBytes(FilePath, []);
        using (var connection = Connect())
            connection.Execute("CREATE TABLE resources (name TEXT)");
        Assert.Contains("not an agent's journal", Assert.Throws<JournalException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_refused()
    {
        Open().Dispose();
        using (var connection = Connect())
            connection.Execute("PRAGMA user_version = 99");
        Assert.Equal(JournalProblem.TooNew, Assert.Throws<JournalException>(Open).Problem);
        Assert.Equal(JournalProblem.TooNew, Assert.Throws<JournalException>(() => JournalReader.Open(FilePath)).Problem);
    }

    [Fact]
    public void A_journal_that_another_program_has_locked_is_an_error_and_not_a_wait_without_end()
    {
        Open().Dispose();
        using var connection = Connect();
        connection.Execute("PRAGMA locking_mode = EXCLUSIVE");
        connection.Execute("BEGIN EXCLUSIVE");
        var thrown = Assert.Throws<JournalException>(Open);
        Assert.Equal(JournalProblem.Held, thrown.Problem);
        Assert.Contains("locked by another program", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_written_to_is_an_error_at_once()
    {
        Open().Dispose();
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(FilePath + ".lock", (UnixFileMode)0b110_110_110);
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_111_111);
        Assert.Equal(JournalProblem.ReadOnly, OpenAsNobody());
    }

    [Fact]
    public void A_directory_that_cannot_be_written_to_is_an_error_at_once()
    {
        File.SetUnixFileMode(Folder, (UnixFileMode)0b101_101_101);
        Assert.Equal(JournalProblem.ReadOnly, OpenAsNobody());
    }

    /// <summary>Opens the journal with the file permissions of an ordinary user: for root nothing is read-only.</summary>
    private JournalProblem? OpenAsNobody()
    {
        JournalProblem? problem = null;
        // The file system user belongs to the thread, so the thread must end with it.
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(65534);
            try
            {
                Open().Dispose();
            }
            catch (JournalException e)
            {
                problem = e.Problem;
            }
        });
        thread.Start();
        thread.Join();
        return problem;
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetFileSystemUser(uint user);
}
