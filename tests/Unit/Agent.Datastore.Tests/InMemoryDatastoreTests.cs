using Agent.Datastore.Contract;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Tests;

public sealed class InMemoryDatastoreTests : DatastoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly SharedInMemory _shared = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _shared.ConnectAsync(historyLimit);

    [Fact]
    public async Task The_same_seed_gives_the_same_uids_and_the_clock_gives_creation_times()
    {
        await using var first = new InMemoryDatastore(new StoppedClock(Noon), new Random(7));
        await using var second = new InMemoryDatastore(new StoppedClock(Noon), new Random(7));

        var (one, two) = (await first.CreateAsync(APool("a")).WrittenAsync(), await second.CreateAsync(APool("a")).WrittenAsync());

        Assert.Equal(one.Text(), two.Text());
        Assert.Equal(Noon, one.CreationTimestamp);
        Assert.Equal('4', one.Uid[14]);
    }

    [Fact]
    public async Task Every_task_is_complete_and_every_event_delivered_when_a_call_returns()
    {
        await using var datastore = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var seen = new List<string>();
        using var watch = datastore.Watch(Pool, 0, events => seen.AddRange(events.Select(Recorder.Text)));

        Assert.True(datastore.CreateAsync(APool("a")).IsCompletedSuccessfully);

        Assert.Equal(["put a @1"], seen);
    }

    [Fact]
    public async Task A_write_in_a_callback_is_reported_after_the_callback_and_not_within_it()
    {
        await using var datastore = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var seen = new List<string>();
        using var watch = datastore.Watch(Pool, 0, events =>
        {
            var name = Assert.IsType<WatchEvent.Put>(Assert.Single(events)).Resource.Name;
            seen.Add("begin " + name);
            if (name == "a") Assert.True(datastore.CreateAsync(APool("b")).IsCompletedSuccessfully);
            seen.Add("end " + name);
        });

        await datastore.CreateAsync(APool("a")).WrittenAsync();

        Assert.Equal(["begin a", "end a", "begin b", "end b"], seen);
    }

    [Fact]
    public async Task Posted_deliveries_wait_for_the_simulator_and_come_as_one_batch()
    {
        var posted = new Queue<Action>();
        await using var datastore = new InMemoryDatastore(TimeProvider.System, new Random(1), posted.Enqueue);
        var batches = new List<string>();
        using var watch = datastore.Watch(Pool, 0, events => batches.Add(string.Join(", ", events.Select(Recorder.Text))));
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        await datastore.CreateAsync(APool("b")).WrittenAsync();
        Assert.Empty(batches);

        while (posted.TryDequeue(out var delivery)) delivery();

        Assert.Equal(["put a @1, put b @2"], batches);
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

public sealed class InMemoryWatchTests : WatchContract
{
    private readonly SharedInMemory _shared = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _shared.ConnectAsync(historyLimit);
}

public sealed class InMemoryLeaseTests : LeaseContract
{
    private readonly SharedInMemory _shared = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => _shared.ConnectAsync(historyLimit);
}

/// <summary>One datastore for all clients of a test.</summary>
internal sealed class SharedInMemory
{
    private InMemoryDatastore? _datastore;

    public Task<IDatastore> ConnectAsync(int historyLimit) =>
        Task.FromResult<IDatastore>(_datastore ??= new InMemoryDatastore(TimeProvider.System, new Random(42), null, historyLimit));
}
