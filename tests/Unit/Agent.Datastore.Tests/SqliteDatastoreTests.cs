using Agent.Datastore.Contract;
using Agent.Datastore.Sqlite;
using Agent.Resources;
using Agent.Tests.Support;
using Microsoft.Data.Sqlite;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Tests;

/// <summary>The contract on a real file; every client opens the file anew, as another process does.</summary>
public sealed class SqliteDatastoreTests : DatastoreContract
{
    private readonly ClusterDirectory _directory = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _directory.ConnectAsync(historyLimit);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task What_was_written_is_there_when_the_file_is_opened_again()
    {
        string text;
        await using (var datastore = await _directory.ConnectAsync(10))
        {
            text = (await datastore.CreateAsync(APool("a")).WrittenAsync()).Text();
            await datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null);
        }

        await using var again = await _directory.ConnectAsync(10);

        Assert.Equal(text, Assert.Single((await again.ListAsync(Pool)).Items).Text());
        Assert.Equal([new Lease("l", "h", TimeSpan.FromSeconds(3), 1)], await again.Leases.ListAsync(""));
        Assert.Equal(2, (await again.CreateAsync(APool("b")).WrittenAsync()).Revision);
    }

    [Fact]
    public async Task The_tables_can_be_read_with_plain_sql()
    {
        var datastore = await ConnectAsync();
        await datastore.CreateAsync(APod("web", "nginx") with { Labels = Resource.EmptyMap.Add("app", "a<b>'ü'") }).WrittenAsync();

        Assert.Equal("""Pod|v1|web|nginx|{"app":"a<b>'ü'"}|{}|{}||1""", _directory.Sql(
            "SELECT format('%s|%s|%s|%s|%s|%s|%s|%s|%d', kind, api_version, namespace, name, labels, annotations, spec, status, revision) FROM resource"));
        Assert.Equal(1L, _directory.Sql("PRAGMA user_version"));
        Assert.Equal("wal", _directory.Sql("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task The_change_table_is_pruned_to_its_bound()
    {
        await using var datastore = await _directory.ConnectAsync(historyLimit: 5);
        for (var i = 0; i < 20; i++) await datastore.CreateAsync(APool($"p{i}")).WrittenAsync();

        Assert.Equal("5 16 20", _directory.Sql("SELECT count(*) || ' ' || min(revision) || ' ' || max(revision) FROM change"));
    }

    [Fact]
    public async Task Many_processes_may_open_a_new_file_at_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => _directory.ConnectAsync(100))));

        var writes = await Task.WhenAll(stores.Select((store, i) => store.CreateAsync(APool($"p{i}")).WrittenAsync()));

        Assert.Equal([1L, 2, 3, 4, 5, 6], writes.Select(written => written.Revision).Order());
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_that_fell_behind_the_history_expires()
    {
        // The other client remembers less, so it prunes what this one has not read yet.
        await using var writer = await _directory.ConnectAsync(historyLimit: 3);
        using var gate = new SemaphoreSlim(0);
        await using var reader = await _directory.ConnectAsync(historyLimit: 3);
        await writer.CreateAsync(APool("first")).WrittenAsync();
        var events = System.Threading.Channels.Channel.CreateUnbounded<WatchEvent>();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = reader.Watch(Pool, 0, batch =>
        {
            foreach (var happened in batch) events.Writer.TryWrite(happened);
            if (entered.TrySetResult()) gate.Wait(Wait.Bound);
        });
        await entered.Task.WaitAsync(Wait.Bound);
        for (var i = 0; i < 10; i++) await writer.CreateAsync(APool($"p{i}")).WrittenAsync();

        gate.Release();

        Assert.Equal("put first @1", Recorder.Text(await events.Reader.ReadAsync().AsTask().WaitAsync(Wait.Bound)));
        Assert.Equal(
            new WatchEvent.Expired("the history reaches from revision 8 to 11, the watch stood at 1: list again"),
            await events.Reader.ReadAsync().AsTask().WaitAsync(Wait.Bound));
    }

    [Fact]
    public async Task A_request_that_waits_for_its_turn_can_be_cancelled()
    {
        await using var datastore = await _directory.ConnectAsync(10, busySeconds: 30);
        using var lockHolder = _directory.Connect();
        using var transaction = lockHolder.BeginTransaction(deferred: false);
        using var cancellation = new CancellationTokenSource();
        var first = datastore.CreateAsync(APool("first"));
        var second = datastore.CreateAsync(APool("second"), cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        transaction.Rollback();

        Assert.Equal("first", (await first.WrittenAsync()).Name);
        Assert.Equal(["first"], (await datastore.ListAsync(Pool)).Items.Select(item => item.Name));
    }
}

public sealed class SqliteWatchTests : WatchContract
{
    private readonly ClusterDirectory _directory = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _directory.ConnectAsync(historyLimit);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }
}

public sealed class SqliteLeaseTests : LeaseContract
{
    private readonly ClusterDirectory _directory = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _directory.ConnectAsync(historyLimit);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }
}

public sealed class SqliteUpgradeTests : UpgradeContract, IDisposable
{
    private readonly ClusterDirectory _directory = new();

    protected override string Place => _directory.File;

    [Fact]
    public async Task The_reader_of_files_wants_the_version_of_its_release()
    {
        await (await OpenAsync(asAgent: true)).DisposeAsync();

        Assert.Equal(
            $"cluster datastore {Place} has schema 1, which only the agent brings to schema 2: start it once",
            Assert.Throws<DatastoreUnavailableException>(() => ClusterFileReader.Open(Place, ["CREATE TABLE remark (content TEXT)"])).Message);
        using var reader = ClusterFileReader.Open(Place);
        Assert.Empty(reader.Resources());
    }

    public void Dispose() => _directory.Delete();

    protected override async Task<IDatastore> OpenAsync(bool asAgent, params string[] later) => await SqliteDatastore.OpenAsync(
        Place,
        new SqliteDatastoreOptions
        {
            CreateIfMissing = asAgent,
            ClusterName = Cluster,
            BusyTimeout = TimeSpan.FromSeconds(30),
            LaterUpgrades = later,
        });

    protected override Task<string?> SqlAsync(string sql) => Task.FromResult(_directory.Sql(sql)?.ToString());
}

public sealed class SqliteUpgradeKillTests : SqliteUpgradeKillContract, IDisposable
{
    private readonly ClusterDirectory _directory = new();

    protected override string Kind => "cluster";

    protected override string Address => _directory.File;

    public void Dispose() => _directory.Delete();

    protected override async Task FillAsync() => await ClusterOfRelease.FillAsync(await OpenAsync([]));

    protected override async Task<string> ContentAsync(params string[] later) =>
        await ClusterOfRelease.ContentAsync(await OpenAsync(later));

    protected override async Task<string?> SqlAsync(string[] later, string sql)
    {
        await (await OpenAsync(later)).DisposeAsync();
        return _directory.Sql(sql)?.ToString();
    }

    private async Task<IDatastore> OpenAsync(string[] later) => await SqliteDatastore.OpenAsync(
        Address,
        new SqliteDatastoreOptions { CreateIfMissing = true, BusyTimeout = TimeSpan.FromMinutes(1), LaterUpgrades = later });
}

/// <summary>A directory of its own for one test, with one cluster file.</summary>
internal sealed class ClusterDirectory
{
    public string Path { get; } = Directory.CreateTempSubdirectory("agent-datastore-").FullName;

    public string File => System.IO.Path.Combine(Path, "cluster.db");

    public async Task<IDatastore> ConnectAsync(int historyLimit, int busySeconds = 30) => await SqliteDatastore.OpenAsync(File,
        new SqliteDatastoreOptions
        {
            CreateIfMissing = true,
            HistoryLimit = historyLimit,
            BusyTimeout = TimeSpan.FromSeconds(busySeconds),
        });

    /// <summary>A connection such as another program makes.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    public object? Sql(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public void Delete() => Directory.Delete(Path, recursive: true);
}
