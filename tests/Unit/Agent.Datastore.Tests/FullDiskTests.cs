using Agent.Datastore.Contract;
using Agent.Datastore.Sqlite;
using Agent.Tests.Support;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Tests;

/// <summary>A cluster file on a disk that is really full: the kernel refuses what SQLite wants to write.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly SmallDisk _disk = new();

    private string Place => _disk.File("cluster.db");

    private string IsFull => $"cluster datastore {Place} cannot grow, the disk is full: free space on its file system";

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Writes_are_refused_reading_goes_on_and_the_next_write_succeeds_once_there_is_room()
    {
        await using var datastore = await OpenAsync();
        using var pools = new Recorder(datastore, Pool, 0);
        var kept = 0;
        var failure = await Assert.ThrowsAsync<DatastoreUnavailableException>(async () =>
        {
            while (true)
            {
                await datastore.CreateAsync(APool($"p{kept + 1}")).WrittenAsync();
                kept++;
                if (kept == 5) _disk.Fill();
            }
        });

        Assert.Equal(IsFull, failure.Message);
        Assert.Equal(IsFull, (await Assert.ThrowsAsync<DatastoreUnavailableException>(
            () => datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null))).Message);
        var list = await datastore.ListAsync(Pool);
        Assert.Equal((kept, kept), (list.Items.Count, list.Revision));

        _disk.MakeRoom();
        Assert.Equal(kept + 1, (await datastore.CreateAsync(APool("more")).WrittenAsync()).Revision);
        var seen = await pools.NextAsync(kept + 1);
        Assert.Equal([.. Enumerable.Range(1, kept).Select(n => $"put p{n} @{n}"), $"put more @{kept + 1}"], seen);
    }

    [Fact]
    public async Task What_was_written_is_there_for_who_opens_the_file_on_the_full_disk_and_afterwards()
    {
        await using (var datastore = await OpenAsync())
        {
            await datastore.CreateAsync(APool("a")).WrittenAsync();
            _disk.Fill();
            await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("b")));
        }

        _disk.Fill();
        await using (var full = await OpenAsync())
        {
            Assert.Equal(["a"], (await full.ListAsync(Pool)).Items.Select(item => item.Key.Name));
            Assert.Equal(IsFull, (await Assert.ThrowsAsync<DatastoreUnavailableException>(() => full.CreateAsync(APool("b")))).Message);
        }

        _disk.MakeRoom();
        await using var again = await OpenAsync();
        Assert.Equal(2, (await again.CreateAsync(APool("b")).WrittenAsync()).Revision);
    }

    [Fact]
    public async Task A_file_is_not_made_on_a_full_disk()
    {
        _disk.Fill();
        Assert.Equal(IsFull, (await Assert.ThrowsAsync<DatastoreUnavailableException>(OpenAsync)).Message);
        _disk.MakeRoom();
        await using var datastore = await OpenAsync();
        Assert.Empty((await datastore.ListAsync(Pool)).Items);
    }

    private async Task<IDatastore> OpenAsync() =>
        await SqliteDatastore.OpenAsync(Place, new SqliteDatastoreOptions { CreateIfMissing = true });
}
