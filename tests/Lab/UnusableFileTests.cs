using System.Security.Cryptography;
using Agent.Datastore.Sqlite;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>Cluster files and journals that cannot be used: exit code 1, one line with the file and the remedy, nothing changed.</summary>
public sealed class UnusableFileTests : IAsyncLifetime
{
    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;
    private string _kernel = "";

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        _kernel = await _lab.KernelAsync("node1");
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_corrupt_cluster_file_is_left_for_its_owner()
    {
        await File.WriteAllTextAsync(_agent.Datastore, new string('x', 5000));

        await RefusesAsync(
            $"cluster datastore {_agent.Datastore} is damaged or is no SQLite database: stop the agents, then restore the file from a copy, or move it away "
            + "and apply the resources anew");
    }

    [Fact]
    public async Task A_directory_in_the_place_of_the_cluster_file_is_named()
    {
        Directory.CreateDirectory(_agent.Datastore);

        await RefusesAsync($"cluster datastore {_agent.Datastore} is a directory: name a file in it with --datastore");
    }

    [Fact]
    public async Task A_cluster_file_that_may_not_be_written_is_named()
    {
        await ClusterFileAsync("default");
        File.SetUnixFileMode(_agent.Datastore, UnixFileMode.UserRead);
        _agent.RespectFilePermissions();

        await RefusesAsync(
            $"cluster datastore {_agent.Datastore} is read-only: give this user write access to the file and its directory, or mount the file system "
            + "writable");
    }

    [Fact]
    public async Task The_file_of_another_cluster_is_left_to_it()
    {
        await ClusterFileAsync("blue");

        await RefusesAsync(
            $"cluster datastore {_agent.Datastore} belongs to the cluster 'blue', not 'default': two clusters need two files; name another with --datastore, "
            + "or correct the cluster's name");
    }

    [Fact]
    public async Task A_cluster_file_that_somebody_keeps_locked_is_waited_for_and_then_named()
    {
        await ClusterFileAsync("default");
        await HoldAsync(_agent.Datastore);

        await RefusesAsync(
            $"cluster datastore {_agent.Datastore} was locked by another process for longer than 5 s: "
            + $"see who holds it with 'fuser -v {_agent.Datastore}', and end what hangs (an open transaction in the sqlite3 shell, a copy under way)");
    }

    [Fact]
    public async Task A_corrupt_journal_is_left_for_its_owner()
    {
        await ClusterFileAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(_agent.Journal)!);
        await File.WriteAllTextAsync(_agent.Journal, new string('x', 5000));

        await RefusesAsync(
            $"The file {_agent.Journal} is not a database or is damaged (SQLite Error 26: 'file is not a database'.). Move it aside, with its -wal and -shm "
            + "files, and restart: the agent rebuilds what it can from the cluster and the kernel.");
    }

    [Fact]
    public async Task A_journal_that_may_not_be_written_is_named()
    {
        await ClusterFileAsync();
        await JournalAsync();
        File.SetUnixFileMode(_agent.Journal, UnixFileMode.UserRead);
        _agent.RespectFilePermissions();

        await RefusesAsync(
            $"The journal {_agent.Journal} cannot be written to; make the file and its directory writable for the agent.");
    }

    [Fact]
    public async Task A_journal_in_a_folder_that_may_not_be_written_is_named()
    {
        var folder = Path.GetDirectoryName(_agent.Journal)!;
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _agent.RespectFilePermissions();

        await RefusesAsync(
            $"The lock file {_agent.Journal}.lock cannot be written: Permission denied. Make the directory of the journal {_agent.Journal} writable for "
            + "the agent.");
    }

    [Fact]
    public async Task A_second_agent_on_the_same_journal_is_told_who_has_it_and_changes_nothing()
    {
        await _agent.StartAsync();
        var second = new AgentUnderTest(_lab, "node1", "10.0.0.11");
        second.Environment["AGENT_SOCKET"] = _lab.FileOf("second.sock");
        await _lab.SetUpAsync("node1");
        var before = await StateAsync();

        Assert.Equal(
            $"The journal {_agent.Journal} is in use by process {_agent.Process.Id}: another agent runs on it. Stop that one, or give this one a journal "
            + $"of its own. (The lock is on {_agent.Journal}.lock.)", await second.RefusalAsync());

        Assert.Equal(before, await StateAsync());
        Assert.False(_agent.Process.HasEnded);

        async Task<string> StateAsync() =>
            await _lab.KernelAsync("node1")
            // The records of shards are the first agent's, which has just begun.
            + await _agent.DatastoreAsync("SELECT kind, name, revision, spec FROM resource WHERE kind <> 'Shard' ORDER BY kind, name")
            + await _agent.JournalAsync("SELECT * FROM identity");
    }

    /// <summary>A node that has a journal has a cluster too: without this file the agent would refuse for its lack.</summary>
    private async Task ClusterFileAsync()
    {
        await using var made = await SqliteDatastore.OpenAsync(
            _agent.Datastore, new SqliteDatastoreOptions { CreateIfMissing = true, ClusterName = "default" });
    }

    /// <summary>The agent refuses in exactly these words; the files that were there and the kernel stay as they were, and a new file is empty.</summary>
    private async Task RefusesAsync(string words)
    {
        var files = Contents();

        Assert.Equal(words, await _agent.RefusalAsync());

        var after = Contents();
        Assert.Equal(files, files.ToDictionary(file => file.Key, file => after.GetValueOrDefault(file.Key)!));
        if (File.Exists(_agent.Datastore) && !files.ContainsKey(_agent.Datastore))
            Assert.Equal("", await _agent.DatastoreAsync("SELECT kind, name FROM resource"));
        Assert.Equal(_kernel, await _lab.KernelAsync("node1"));
    }

    /// <summary>Digests of the databases in the test's folder; the write-ahead index beside a database is SQLite's own affair.</summary>
    private Dictionary<string, string> Contents() => Directory.GetFiles(_lab.Folder, "*.db", SearchOption.AllDirectories)
        .ToDictionary(path => path, path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private async Task ClusterFileAsync(string cluster)
    {
        var maker = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        maker.Environment["AGENT_CLUSTER_NAME"] = cluster;
        maker.Environment["AGENT_JOURNAL"] = "/proc/journal.db";
        Assert.Contains("/proc/journal.db", await maker.RefusalAsync(), StringComparison.Ordinal);
    }

    /// <summary>A journal as an agent makes it, which then fails for the want of an address.</summary>
    private async Task JournalAsync()
    {
        var maker = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        maker.Environment["IP"] = "none";
        maker.Environment["CALICO_IPV4POOL_CIDR"] = "none";
        maker.Environment["AGENT_DATASTORE"] = _lab.FileOf("other.db");
        Assert.Contains("no address of node node1 is stored", await maker.RefusalAsync(), StringComparison.Ordinal);
    }

    /// <summary>Has sqlite3 keep the file locked until the test ends.</summary>
    private async Task HoldAsync(string path)
    {
        var holder = _lab.Start("node1", ["bash", "-c", "(echo 'BEGIN EXCLUSIVE; SELECT 1 + 1;'; exec sleep 600) | sqlite3 \"$0\"", path]);
        await Eventually.BecomesAsync("the file is locked", () => holder.Output, output => output == "2\n");
    }
}
