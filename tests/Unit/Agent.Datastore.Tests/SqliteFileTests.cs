using System.Diagnostics;
using Agent.Datastore.Contract;
using Agent.Datastore.Sqlite;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Tests;

/// <summary>Files that cannot be used: each is refused with what is wrong, where, and what to do.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly ClusterDirectory _directory = new();

    private static SqliteDatastoreOptions Creating { get; } = new() { CreateIfMissing = true, BusyTimeout = TimeSpan.FromSeconds(1) };

    public void Dispose() => _directory.Delete();

    [Fact]
    public async Task Agentctl_refuses_a_file_that_is_not_there_and_makes_none()
    {
        Assert.Equal(
            $"no cluster datastore at {_directory.File}: start the agent, or name the file with --datastore",
            await RefusalAsync(_directory.File, new SqliteDatastoreOptions()));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_missing_directory_is_named()
    {
        var path = Path.Combine(_directory.Path, "missing", "cluster.db");

        Assert.Equal(
            $"cluster datastore {path} cannot be made: the directory {Path.GetDirectoryName(path)} does not exist; make it, or name another place with --datastore",
            await RefusalAsync(path, Creating));
    }

    [Fact]
    public async Task A_file_where_a_directory_should_be_is_named()
    {
        await File.WriteAllTextAsync(_directory.File, "x");
        var path = Path.Combine(_directory.File, "cluster.db");

        Assert.Equal(
            $"cluster datastore {path} cannot be made: {_directory.File} is not a directory; name another place with --datastore",
            await RefusalAsync(path, Creating));
    }

    [Fact]
    public async Task A_directory_is_no_file() => Assert.Equal(
        $"cluster datastore {_directory.Path} is a directory: name a file in it with --datastore",
        await RefusalAsync(_directory.Path, Creating));

    [Theory]
    [InlineData("nfs")]
    [InlineData("NFS4")]
    [InlineData("cifs")]
    [InlineData("9p")]
    [InlineData("fuse.sshfs")]
    public async Task A_network_file_system_is_refused(string fileSystem)
    {
        var refusal = await Assert.ThrowsAsync<DatastoreUnavailableException>(
            () => SqliteDatastore.OpenAsync(_directory.File, Creating, _ => fileSystem));

        Assert.Equal(
            $"cluster datastore {_directory.File} lies on a network file system ({fileSystem}), where SQLite's shared memory and locks do not hold: "
            + "name a file on a local disk, or use a datastore that several hosts can share", refusal.Message);
        Assert.False(File.Exists(_directory.File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("this is no database. ", 500));
        await File.WriteAllTextAsync(_directory.File, text);

        Assert.Equal(
            $"cluster datastore {_directory.File} is damaged or is no SQLite database: stop the agents, then restore the file from a copy, or move it away and apply the resources anew",
            await RefusalAsync(_directory.File, Creating));
        Assert.Equal(text, await File.ReadAllTextAsync(_directory.File));
    }

    [Fact]
    public async Task A_damaged_page_is_reported_when_it_is_read()
    {
        await using (var datastore = await _directory.ConnectAsync(10))
            for (var i = 0; i < 200; i++) await datastore.CreateAsync(APool($"pool-{i}")).WrittenAsync();
        var bytes = await File.ReadAllBytesAsync(_directory.File);
        // Past the first page, which holds the schema.
        bytes.AsSpan(4096).Fill(0xA5);
        await File.WriteAllBytesAsync(_directory.File, bytes);

        var refusal = await Assert.ThrowsAsync<DatastoreUnavailableException>(async () =>
        {
            await using var datastore = await SqliteDatastore.OpenAsync(_directory.File, Creating);
            await datastore.ListAsync(Pool);
        });

        Assert.StartsWith($"cluster datastore {_directory.File} is damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_somebody_spoilt_is_named()
    {
        await using var datastore = await _directory.ConnectAsync(10);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        _directory.Sql("UPDATE resource SET labels = '[1]' WHERE name = 'a'");

        var refusal = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.ListAsync(Pool));

        Assert.StartsWith(
            $"cluster datastore {_directory.File} holds something that this program did not write: the row of IPPool(a) cannot be read: ",
            refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        await SqlAsync("CREATE TABLE theirs (x)");

        Assert.Equal(
            $"cluster datastore {_directory.File} is a SQLite database of another program: name another file with --datastore",
            await RefusalAsync(_directory.File, Creating));
        Assert.Equal("theirs", _directory.Sql("SELECT group_concat(name) FROM sqlite_schema"));
        Assert.Equal("delete", _directory.Sql("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task An_empty_database_is_filled_by_the_agent_and_refused_by_agentctl()
    {
        await File.WriteAllBytesAsync(_directory.File, []);

        Assert.Equal(
            $"cluster datastore {_directory.File} is an empty database: start the agent, which makes the tables, or name the right file with --datastore",
            await RefusalAsync(_directory.File, new SqliteDatastoreOptions()));
        await using var agent = await SqliteDatastore.OpenAsync(_directory.File, Creating);
        await using var agentctl = await SqliteDatastore.OpenAsync(_directory.File, new SqliteDatastoreOptions());
        Assert.Empty((await agentctl.ListAsync(Pool)).Items);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await (await SqliteDatastore.OpenAsync(_directory.File, Creating)).DisposeAsync();
        _directory.Sql("PRAGMA user_version = 99");

        Assert.Equal(
            $"cluster datastore {_directory.File} has schema 99, this program knows 1 at most: use the newer release that wrote it",
            await RefusalAsync(_directory.File, Creating));
    }

    [Fact]
    public async Task The_file_of_another_cluster_is_refused()
    {
        await (await SqliteDatastore.OpenAsync(_directory.File, Creating with { ClusterName = "berlin" })).DisposeAsync();

        Assert.Equal(
            $"cluster datastore {_directory.File} belongs to the cluster 'berlin', not 'paris': two clusters need two files; name another with --datastore, or correct the cluster's name",
            await RefusalAsync(_directory.File, Creating with { ClusterName = "paris" }));
        await using var same = await SqliteDatastore.OpenAsync(_directory.File, Creating with { ClusterName = "berlin" });
        await using var anyone = await SqliteDatastore.OpenAsync(_directory.File, new SqliteDatastoreOptions());
    }

    [Fact]
    public async Task A_lock_held_for_longer_than_the_busy_timeout_is_reported_and_the_next_write_succeeds_once_it_is_free()
    {
        await using var datastore = await SqliteDatastore.OpenAsync(_directory.File, Creating);
        DatastoreUnavailableException refusal;
        using (var other = _directory.Connect())
        using (other.BeginTransaction(deferred: false))
            refusal = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("a")));

        Assert.Equal(
            $"cluster datastore {_directory.File} was locked by another process for longer than 1 s: see who holds it with 'fuser -v {_directory.File}', "
            + "and end what hangs (an open transaction in the sqlite3 shell, a copy under way)", refusal.Message);
        Assert.Equal(1, (await datastore.CreateAsync(APool("a")).WrittenAsync()).Revision);
    }

    [Fact]
    public async Task A_read_only_file_is_refused()
    {
        await (await SqliteDatastore.OpenAsync(_directory.File, Creating)).DisposeAsync();
        using var readOnly = new ReadOnlyFile(_directory.File);

        Assert.Equal(
            $"cluster datastore {_directory.File} is read-only: give this user write access to the file and its directory, or mount the file system writable",
            await RefusalAsync(_directory.File, Creating));
    }

    [Fact]
    public async Task A_file_removed_under_the_agent_is_noticed_at_the_next_write()
    {
        await using var datastore = await SqliteDatastore.OpenAsync(_directory.File, Creating);
        File.Delete(_directory.File);

        var refusal = await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("a")));

        Assert.Equal(
            $"cluster datastore {_directory.File} was removed or moved while in use: put it back and restart the agents of this host",
            refusal.Message);
    }

    [Fact]
    public async Task Watches_of_a_file_that_cannot_be_read_any_more_expire()
    {
        await using var datastore = await _directory.ConnectAsync(10);
        using var pools = new Recorder(datastore, Pool, 0);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        Assert.Equal(["put a @1"], await pools.NextAsync(1));

        _directory.Sql("INSERT INTO change SELECT kind, api_version, namespace, 'spoilt', labels, annotations, 'no json', status, uid, 2, created, 0 FROM change");

        var expired = Assert.IsType<WatchEvent.Expired>(await pools.NextAsync());
        Assert.Contains("the row of IPPool(spoilt) cannot be read", expired.Reason, StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(string path, SqliteDatastoreOptions options) =>
        (await Assert.ThrowsAsync<DatastoreUnavailableException>(() => SqliteDatastore.OpenAsync(path, options))).Message;

    private async Task SqlAsync(string sql)
    {
        // The provider is bound by the first datastore that is opened.
        await using (await SqliteDatastore.OpenAsync(Path.Combine(_directory.Path, "other.db"), Creating)) { }
        _directory.Sql(sql);
    }

    /// <summary>A file that even root cannot write: permission bits do for a user, root needs the immutable attribute.</summary>
    private sealed class ReadOnlyFile : IDisposable
    {
        private readonly string _path;

        public ReadOnlyFile(string path)
        {
            _path = path;
            if (Environment.IsPrivilegedProcess) Run("chattr", "+i");
            else Run("chmod", "a-w");
        }

        public void Dispose()
        {
            if (Environment.IsPrivilegedProcess) Run("chattr", "-i");
            else Run("chmod", "u+w");
        }

        private void Run(string command, string change)
        {
            using var process = Process.Start(command, [change, _path]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }
}
