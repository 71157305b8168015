using Agent.Datastore.Contract;
using Agent.Resources;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Tests;

/// <summary>The whole contract holds through an interceptor that lets everything pass, and faults do what they say.</summary>
public sealed class InterceptedDatastoreTests : DatastoreContract
{
    private readonly SharedInMemory _shared = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => PassingAsync(_shared, historyLimit);

    internal static async Task<IDatastore> PassingAsync(SharedInMemory shared, int historyLimit) =>
        new Passing(await shared.ConnectAsync(historyLimit), new Interceptor());

    [Fact]
    public async Task A_lost_request_changes_nothing()
    {
        await using var inner = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var interceptor = new Interceptor { LoseRequests = true };
        var datastore = new InterceptedDatastore(inner, interceptor);

        await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("a")));
        await Assert.ThrowsAsync<DatastoreUnavailableException>(
            () => datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null));

        Assert.Null(await inner.GetAsync(APool("a").Key));
        Assert.Empty(await inner.Leases.ListAsync(""));
        Assert.Equal(["create IPPool(a)", "acquire lease l"], interceptor.Requests);
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_stands()
    {
        await using var inner = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var datastore = new InterceptedDatastore(inner, new Interceptor { LoseAnswers = true });

        await Assert.ThrowsAsync<DatastoreUnavailableException>(() => datastore.CreateAsync(APool("a")));

        Assert.NotNull(await inner.GetAsync(APool("a").Key));
    }

    [Fact]
    public async Task Events_that_are_held_back_arrive_when_they_are_let_go()
    {
        await using var inner = new InMemoryDatastore(TimeProvider.System, new Random(1));
        var interceptor = new Interceptor { Held = [] };
        var datastore = new InterceptedDatastore(inner, interceptor);
        using var pools = new Recorder(datastore, Pool, 0);
        await datastore.CreateAsync(APool("a")).WrittenAsync();
        Assert.True(pools.IsEmpty);

        foreach (var delivery in interceptor.Held) delivery();

        Assert.Equal(["put a @1"], await pools.NextAsync(1));
    }

    internal sealed class Interceptor : IDatastoreInterceptor
    {
        public bool LoseRequests { get; init; }
        public bool LoseAnswers { get; init; }
        public List<Action>? Held { get; init; }
        public List<string> Requests { get; } = [];

        public Task RequestAsync(string request)
        {
            lock (Requests) Requests.Add(request);
            return LoseRequests ? Lost(request) : Task.CompletedTask;
        }

        public Task AnswerAsync(string request) => LoseAnswers ? Lost(request) : Task.CompletedTask;

        public void Events(Action delivery)
        {
            if (Held is null) delivery();
            else Held.Add(delivery);
        }

        private static Task Lost(string request) => Task.FromException(new DatastoreUnavailableException($"lost: {request}"));
    }

    /// <summary>An interceptor does not own what is behind it; here it does, so that the contract's closing can be tested.</summary>
    private sealed class Passing(IDatastore inner, IDatastoreInterceptor interceptor) : IDatastore
    {
        private readonly InterceptedDatastore _intercepted = new(inner, interceptor);

        public ILeases Leases => _intercepted.Leases;
        public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation) => _intercepted.GetAsync(key, cancellation);
        public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace, CancellationToken cancellation) =>
            _intercepted.ListAsync(kind, @namespace, cancellation);
        public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation) =>
            _intercepted.CreateAsync(resource, cancellation);
        public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation) =>
            _intercepted.UpdateAsync(resource, cancellation);
        public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision, CancellationToken cancellation) =>
            _intercepted.DeleteAsync(key, expectedRevision, cancellation);
        public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents) =>
            _intercepted.Watch(kind, fromRevision, onEvents);
        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

public sealed class InterceptedLeaseTests : LeaseContract
{
    private readonly SharedInMemory _shared = new();

    protected override Task<IDatastore> ConnectAsync(int historyLimit) => InterceptedDatastoreTests.PassingAsync(_shared, historyLimit);
}
