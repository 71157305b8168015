using Agent.Runtime.Actor;
using Agent.Runtime.Cells;

namespace Agent.Runtime.TestKit;

/// <summary>Expects that events occur while something is done.</summary>
public interface IEventFilterApplier
{
    /// <summary>Does the action and expects exactly one event.</summary>
    void ExpectOne(Action action, CancellationToken cancellationToken = default);

    /// <summary>Does the action and expects exactly one event within this time.</summary>
    void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default);

    /// <summary>Does the action and expects exactly so many events; for none, it waits for the whole time.</summary>
    void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default);

    /// <summary>Does the action and expects exactly so many events within this time; for none, it waits for the whole
    /// time.</summary>
    void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default);

    /// <summary>Does the action and expects exactly one event.</summary>
    Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default);

    /// <summary>Does the action and expects exactly so many events; for none, it waits for the whole time.</summary>
    Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default);
}

/// <summary>Counts the events that match, for as long as the action runs and the count is short.</summary>
internal sealed class EventFilterApplier(TestKitBase kit, ActorSystem system, Type channel, Predicate<object> isMatch,
    string what)
    : IEventFilterApplier
{
    public void ExpectOne(Action action, CancellationToken cancellationToken = default) =>
        Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, kit.RemainingOrDefault, action, cancellationToken);

    public void Expect(int expectedCount, TimeSpan timeout, Action action,
        CancellationToken cancellationToken = default) =>
        CountAsync(blocking: true, expectedCount, timeout, () =>
        {
            action();
            return Task.CompletedTask;
        }, cancellationToken).GetAwaiter().GetResult();

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        CountAsync(blocking: false, expectedCount, kit.RemainingOrDefault, actionAsync, cancellationToken);

    private async Task CountAsync(bool blocking, int expected, TimeSpan timeout, Func<Task> action,
        CancellationToken cancellation)
    {
        using var enough = new SemaphoreSlim(0);
        var counter = new Counter((ActorSystemImpl)system, isMatch, expected, enough);
        system.EventStream.Subscribe(counter, channel);
        try
        {
            await action();
            _ = blocking ? enough.Wait(timeout, cancellation) : await enough.WaitAsync(timeout, cancellation);
        }
        finally
        {
            system.EventStream.Unsubscribe(counter);
        }

        if (counter.Count != expected)
            kit.Fail($"Expected {expected} times {what} within {timeout}, but it was {counter.Count} times.");
    }

    /// <summary>A subscriber that takes events on the thread that publishes them.</summary>
    private sealed class Counter(ActorSystemImpl system, Predicate<object> isMatch, int expected, SemaphoreSlim enough)
        : MinimalRef(system, new RootActorPath(new Address("akka", system.Name)) / "system" / "eventFilter")
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override void Tell(object message, IActorRef? sender)
        {
            if (isMatch(message) && Interlocked.Increment(ref _count) == expected)
                enough.Release();
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => System.Name.GetHashCode(StringComparison.Ordinal);
    }
}
