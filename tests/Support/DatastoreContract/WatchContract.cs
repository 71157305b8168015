using System.Globalization;
using Agent.Resources;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Contract;

/// <summary>What every backend's watches must do.</summary>
public abstract class WatchContract : IAsyncLifetime
{
    private readonly List<IDatastore> _opened = [];

    /// <summary>A client of the test's one datastore, made on the first call; each further call is another client of the same data.</summary>
    protected abstract Task<IDatastore> ConnectAsync(int historyLimit);

    private async Task<IDatastore> OpenAsync(int historyLimit = 5000)
    {
        var datastore = await ConnectAsync(historyLimit);
        _opened.Add(datastore);
        return datastore;
    }

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var datastore in _opened) await datastore.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_reports_creation_change_and_deletion_of_its_kind_alone()
    {
        var datastore = await OpenAsync();
        using var pools = new Recorder(datastore, Pool, 0);
        var a = await datastore.CreateAsync(APool("a")).WrittenAsync();
        await datastore.CreateAsync(APod("web", "nginx")).WrittenAsync();
        a = await datastore.UpdateAsync(a.Counting(1)).WrittenAsync();
        await datastore.DeleteAsync(a.Key, null).WrittenAsync();

        Assert.Equal(["put a @1", "put a @3", "deleted a @4"], await pools.NextAsync(3));
        Assert.True(pools.IsEmpty);
    }

    [Fact]
    public async Task An_event_carries_the_resource_as_it_was_after_that_change()
    {
        var datastore = await OpenAsync();
        var one = await datastore.CreateAsync(APool("a").Counting(1) with { Labels = Resource.EmptyMap.Add("k", "v") }).WrittenAsync();
        var two = await datastore.UpdateAsync(one.Counting(2)).WrittenAsync();
        var gone = await datastore.DeleteAsync(one.Key, two.Revision).WrittenAsync();

        using var pools = new Recorder(datastore, Pool, 0);

        Assert.Equal(one.Text(), Assert.IsType<WatchEvent.Put>(await pools.NextAsync()).Resource.Text());
        Assert.Equal(two.Text(), Assert.IsType<WatchEvent.Put>(await pools.NextAsync()).Resource.Text());
        Assert.Equal(gone.Text(), Assert.IsType<WatchEvent.Deleted>(await pools.NextAsync()).Last.Text());
    }

    [Fact]
    public async Task A_watch_from_a_list_begins_with_the_first_change_after_it()
    {
        var datastore = await OpenAsync();
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        await datastore.CreateAsync(APool("b")).WrittenAsync();
        var list = await datastore.ListAsync(Pool);
        await datastore.CreateAsync(APool("c")).WrittenAsync();

        using var pools = new Recorder(datastore, Pool, list.Revision);
        await datastore.CreateAsync(APool("d")).WrittenAsync();

        Assert.Equal(["put c @3", "put d @4"], await pools.NextAsync(2));
    }

    [Fact]
    public async Task A_second_watch_catches_up_without_disturbing_the_first()
    {
        var datastore = await OpenAsync();
        using var first = new Recorder(datastore, Pool, 0);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        await datastore.CreateAsync(APool("b")).WrittenAsync();
        Assert.Equal(["put a @1", "put b @2"], await first.NextAsync(2));

        using var second = new Recorder(datastore, Pool, 1);
        await datastore.CreateAsync(APool("c")).WrittenAsync();

        Assert.Equal(["put b @2", "put c @3"], await second.NextAsync(2));
        Assert.Equal(["put c @3"], await first.NextAsync(1));
        Assert.True(first.IsEmpty && second.IsEmpty);
    }

    [Fact]
    public async Task Changes_of_other_clients_are_reported()
    {
        var here = await OpenAsync();
        var there = await OpenAsync();
        using var pools = new Recorder(here, Pool, 0);

        var a = await there.CreateAsync(APool("a")).WrittenAsync();
        Assert.Equal(["put a @1"], await pools.NextAsync(1));
        await there.DeleteAsync(a.Key, a.Revision).WrittenAsync();
        Assert.Equal(["deleted a @2"], await pools.NextAsync(1));
    }

    [Fact]
    public async Task While_several_clients_write_every_watch_sees_every_change_once_and_in_order()
    {
        const int clients = 3, perClient = 400;
        var stores = new List<IDatastore>();
        for (var i = 0; i < clients; i++) stores.Add(await OpenAsync());
        var recorders = stores.Select(store => new Recorder(store, Pool, 0)).ToList();

        var writing = Task.WhenAll(stores.Select((store, i) => Task.Run(async () =>
        {
            for (var n = 0; n < perClient; n++)
            {
                await store.CreateAsync(APool(string.Create(CultureInfo.InvariantCulture, $"p-{i}-{n}"))).WrittenAsync();
                await store.CreateAsync(APod("x", string.Create(CultureInfo.InvariantCulture, $"p-{i}-{n}"))).WrittenAsync();
            }
        })));
        var late = new Recorder(stores[0], Pool, 0);
        await writing;

        var expected = (await stores[0].ListAsync(Pool)).Items
            .OrderBy(item => item.Revision).Select(item => Recorder.Text(new WatchEvent.Put(item))).ToArray();
        Assert.Equal(clients * perClient, expected.Length);
        foreach (var recorder in recorders.Append(late))
        {
            Assert.Equal(expected, await recorder.NextAsync(expected.Length));
            Assert.True(recorder.IsEmpty);
            recorder.Dispose();
        }
    }

    [Fact]
    public async Task A_watch_from_before_the_remembered_history_expires_and_says_nothing_more()
    {
        var datastore = await OpenAsync(historyLimit: 4);
        for (var i = 0; i < 10; i++) await datastore.CreateAsync(APool($"p{i}")).WrittenAsync();

        using var tooOld = new Recorder(datastore, Pool, 5);
        using var justRight = new Recorder(datastore, Pool, 6);

        Assert.Equal(
            new WatchEvent.Expired("the history reaches from revision 6 to 10, the watch stood at 5: list again"), await tooOld.NextAsync());
        Assert.Equal(["put p6 @7", "put p7 @8", "put p8 @9", "put p9 @10"], await justRight.NextAsync(4));
        await datastore.CreateAsync(APool("last")).WrittenAsync();
        Assert.Equal(["put last @11"], await justRight.NextAsync(1));
        Assert.True(tooOld.IsEmpty);
    }

    [Fact]
    public async Task A_watch_from_a_revision_that_never_was_expires()
    {
        var datastore = await OpenAsync();
        await datastore.CreateAsync(APool("a")).WrittenAsync();

        using var ahead = new Recorder(datastore, Pool, 7);

        Assert.IsType<WatchEvent.Expired>(await ahead.NextAsync());
    }

    [Fact]
    public async Task A_disposed_watch_reports_nothing_more()
    {
        var datastore = await OpenAsync();
        var ended = new Recorder(datastore, Pool, 0);
        using var going = new Recorder(datastore, Pool, 0);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        Assert.Equal(["put a @1"], await ended.NextAsync(1));

        ended.Dispose();
        await datastore.CreateAsync(APool("b")).WrittenAsync();

        Assert.Equal(["put a @1", "put b @2"], await going.NextAsync(2));
        Assert.True(ended.IsEmpty);
    }

    [Fact]
    public async Task A_watch_may_be_disposed_and_the_datastore_asked_from_its_own_callback()
    {
        var datastore = await OpenAsync();
        var answered = new TaskCompletionSource<Task<WriteResult>>(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable? watch = null;
        watch = datastore.Watch(Pool, 0, events =>
        {
            watch!.Dispose();
            answered.TrySetResult(datastore.CreateAsync(APool("from-callback")));
        });
        await datastore.CreateAsync(APool("a")).WrittenAsync();

        var written = await (await answered.Task.WaitAsync(Wait.Bound)).WrittenAsync();

        Assert.Equal(2, written.Revision);
    }
}
