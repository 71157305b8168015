namespace Agent.Runtime.Event;

/// <summary>Publishes events to whoever subscribed to their class.</summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
{
    private protected EventBus()
    {
    }

    /// <summary>Subscribes to a class of events; false where that is so already.</summary>
    public abstract bool Subscribe(TSubscriber subscriber, TClassifier classifier);

    /// <summary>Ends one subscription; false where there was none.</summary>
    public abstract bool Unsubscribe(TSubscriber subscriber, TClassifier classifier);

    /// <summary>Ends all subscriptions of a subscriber; false where there were none.</summary>
    public abstract bool Unsubscribe(TSubscriber subscriber);

    /// <summary>Gives an event, once, to everyone who subscribed to a class that it belongs to.</summary>
    public abstract void Publish(TEvent @event);
}
