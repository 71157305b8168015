using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

internal sealed partial class ActorCell
{
    // Whom this actor watches, and those whose Terminated is queued, with the message that is to stand in for it.
    private Dictionary<IActorRef, object?>? _watching;
    private Dictionary<IActorRef, object?>? _ended;
    private List<IInternalActorRef>? _watchers;

    public IActorRef Watch(IActorRef subject) => StartWatching(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return StartWatching(subject, message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (_watching?.Remove(subject) == true)
            ((IInternalActorRef)subject).SendSystemMessage(new Unwatch((IInternalActorRef)subject, Self));
        _ended?.Remove(subject);
        return subject;
    }

    private IActorRef StartWatching(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!subject.Equals(Self) && (_watching ??= []).TryAdd(subject, message))
            ((IInternalActorRef)subject).SendSystemMessage(new Watch((IInternalActorRef)subject, Self));
        return subject;
    }

    /// <summary>What to deliver for a queued Terminated: null where the actor does not wait for it.</summary>
    private object? TakeTerminated(Terminated terminated) =>
        _ended is not null && _ended.Remove(terminated.ActorRef, out var standIn) ? standIn ?? terminated : null;

    /// <summary>A Terminated that was delivered once and stashed is queued again: it will be delivered again.</summary>
    public void ExpectAgain(Terminated terminated) => (_ended ??= []).TryAdd(terminated.ActorRef, null);

    private void HandleEnd(DeathWatchNotification end)
    {
        if (_watching is not null && _watching.Remove(end.Actor, out var standIn) && !_isTerminating)
        {
            (_ended ??= [])[end.Actor] = standIn;
            Self.Tell(new Terminated(end.Actor, end.ExistenceConfirmed, end.AddressTerminated), end.Actor);
        }

        if (end.Actor is not LocalActorRef child || !ReferenceEquals(child.Parent, Self))
            return;
        Children.Release(child);
        if (_isTerminating)
        {
            if (Children.IsEmpty && !Mailbox.IsClosed)
                FinishTerminate();
        }
        else if (_recreateCause is not null && !Children.AnyStopping)
        {
            FinishRecreate();
        }
    }

    private void AddWatcher(Watch watch)
    {
        _watchers ??= [];
        if (!_watchers.Contains(watch.Watcher))
            _watchers.Add(watch.Watcher);
    }

    private void RemoveWatcher(Unwatch unwatch) => _watchers?.Remove(unwatch.Watcher);

    /// <summary>Gives the name back, then tells the parent, then the watchers: who hears of the end may use the name
    /// again.</summary>
    private void TellOfTheEnd()
    {
        if (Parent is LocalActorRef parent)
            parent.Cell.Children.Release(Self);
        Parent.SendSystemMessage(new DeathWatchNotification(Self, true, false));
        foreach (var watcher in _watchers ?? [])
        {
            if (!ReferenceEquals(watcher, Parent))
                watcher.SendSystemMessage(new DeathWatchNotification(Self, true, false));
        }

        foreach (var subject in _watching?.Keys ?? Enumerable.Empty<IActorRef>())
            ((IInternalActorRef)subject).SendSystemMessage(new Unwatch((IInternalActorRef)subject, Self));
        _watchers = null;
        _watching = null;
        _ended = null;
    }
}
