using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cluster;

/// <summary>Who is told what. For the daemon's turns; it outlives an instance of the daemon.</summary>
internal sealed class ClusterSubscriptions
{
    private readonly List<(IActorRef Subscriber, ImmutableArray<Type> To)> _subscribers = [];
    private readonly List<ClusterMessages.RunAt> _callbacks = [];

    /// <summary>The regions of this node.</summary>
    public List<IActorRef> Regions { get; } = [];

    /// <summary>Whether nobody here wants to know who is a member.</summary>
    public bool IsEmpty => Regions.Count == 0 && _subscribers.Count == 0;

    /// <summary>Whether an event is of one of these types; no types stand for all.</summary>
    public static bool Matches(ImmutableArray<Type> to, object change) =>
        to.IsEmpty || to.Any(type => type.IsInstanceOfType(change));

    public void Add(ClusterMessages.Subscribe subscribe) => _subscribers.Add((subscribe.Subscriber, subscribe.To));

    public void Add(ClusterMessages.RunAt callback) => _callbacks.Add(callback);

    /// <summary>Ends a subscriber's subscriptions: those to this very type, or all.</summary>
    public void Remove(IActorRef subscriber, Type? to)
    {
        for (var i = _subscribers.Count - 1; i >= 0; i--)
        {
            if (!_subscribers[i].Subscriber.Equals(subscriber))
                continue;
            ImmutableArray<Type> left = to is null ? [] : _subscribers[i].To.Remove(to);
            if (left.IsEmpty)
                _subscribers.RemoveAt(i);
            else
                _subscribers[i] = (subscriber, left);
        }
    }

    /// <summary>Tells each subscriber to which it matters, once.</summary>
    public void Publish(object change, IActorRef sender)
    {
        foreach (var subscriber in _subscribers.Where(s => Matches(s.To, change)).Select(s => s.Subscriber).Distinct())
            subscriber.Tell(change, sender);
    }

    /// <summary>Runs, once, what waits for this status.</summary>
    public void Run(MemberStatus status, ILoggingAdapter log)
    {
        foreach (var due in _callbacks.Where(c => c.Status == status).ToList())
        {
            _callbacks.Remove(due);
            try
            {
                due.Callback();
            }
            catch (Exception e)
            {
                log.Error(e, "A callback on {0} failed: {1}", status, e.Message);
            }
        }
    }
}
