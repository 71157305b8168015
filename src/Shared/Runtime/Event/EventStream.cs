using System.Collections.Concurrent;
using Agent.Runtime.Actor;
using Agent.Runtime.Cells;

namespace Agent.Runtime.Event;

/// <summary>A system's events: dead letters, unhandled messages, log events, and whatever actors publish. A
/// subscription to a type covers the types derived from it; the subscription of an actor ends with it.</summary>
/// <remarks>Subscriptions change by copying, so that publishing takes no lock; who gets which type is remembered until
/// they change. Subscribers are told in the order of their subscription.</remarks>
public class EventStream : EventBus<object, Type, IActorRef>
{
    private readonly Lock _lock = new();
    private volatile Subscriptions _subscriptions = new([]);

    internal EventStream()
    {
    }

    /// <inheritdoc/>
    public override bool Subscribe(IActorRef subscriber, Type classifier)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(classifier);
        lock (_lock)
        {
            var all = _subscriptions.All;
            if (all.Contains((subscriber, classifier)))
                return false;
            if (subscriber is LocalActorRef local)
                local.IsSubscriber = true;
            _subscriptions = new Subscriptions([.. all, (subscriber, classifier)]);
        }

        if (subscriber is LocalActorRef { Cell.Mailbox.IsClosed: true })
            Unsubscribe(subscriber);
        return true;
    }

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber, Type classifier) =>
        Remove(s => s.Subscriber.Equals(subscriber) && s.Channel == classifier);

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber) => Remove(s => s.Subscriber.Equals(subscriber));

    /// <inheritdoc/>
    public override void Publish(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        foreach (var subscriber in _subscriptions.To(@event.GetType()))
            subscriber.Tell(@event);
    }

    private bool Remove(Predicate<(IActorRef Subscriber, Type Channel)> which)
    {
        lock (_lock)
        {
            var all = _subscriptions.All;
            var left = Array.FindAll(all, s => !which(s));
            if (left.Length == all.Length)
                return false;
            _subscriptions = new Subscriptions(left);
            return true;
        }
    }

    private sealed class Subscriptions((IActorRef Subscriber, Type Channel)[] all)
    {
        private readonly ConcurrentDictionary<Type, IActorRef[]> _byType = new();

        public (IActorRef Subscriber, Type Channel)[] All { get; } = all;

        public IActorRef[] To(Type type) => All.Length == 0 ? [] : _byType.GetOrAdd(type, static (t, all) =>
            [.. all.Where(s => s.Channel.IsAssignableFrom(t)).Select(s => s.Subscriber).Distinct()], All);
    }
}
