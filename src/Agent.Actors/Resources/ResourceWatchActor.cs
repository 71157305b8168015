using Agent.Actors.Introspection;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>Lists and watches every kind that the node acts on, and passes it to the planner: first the whole, then changes.</summary>
/// <remarks>
/// A datastore that does not answer is asked again, each kind by itself, with a pause that doubles from 0.5 s to 10 s. When it is away as
/// the node starts, the journal's last good copy is passed on after <see cref="Patience"/>, marked stale, so that a node that is cut off
/// goes on (architecture, rule 4); the listing that succeeds later replaces it. The copy is a snapshot in the node's journal, written at most
/// every <see cref="KeepInterval"/>.
/// </remarks>
public sealed class ResourceWatchActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>How often the journal's copy is renewed at most.</summary>
    public static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long the start waits for the datastore before it takes the journal's copy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly string _node;
    private readonly IDatastore _datastore;
    private readonly IReadOnlyList<ResourceKind> _kinds;
    private readonly SortedDictionary<ResourceKey, Resource> _known = [];
    private IReadOnlyList<Resource> _lastGood = [];
    private readonly IActorRef _planner;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<ResourceKind, (int Incarnation, IDisposable Subscription)> _watches = [];
    private readonly SortedDictionary<ResourceKind, TimeSpan> _pauses = [];
    private readonly SortedSet<ResourceKind> _waiting;
    private int _incarnation;
    private string? _error;

    /// <summary>A watcher of these kinds.</summary>
    public ResourceWatchActor(string node, IDatastore datastore, IReadOnlyList<ResourceKind> kinds, IActorRef planner)
    {
        (_node, _datastore, _kinds, _planner) = (node, datastore, kinds, planner);
        _waiting = [.. kinds];
    }

    /// <inheritdoc/>
    public override string PersistenceId => "resources-" + _node;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a watcher.</summary>
    /// <param name="node">This node's name.</param>
    /// <param name="datastore">The cluster's truth.</param>
    /// <param name="kinds">The kinds to watch.</param>
    /// <param name="planner">Who is told.</param>
    public static Props For(string node, IDatastore datastore, IReadOnlyList<ResourceKind> kinds, IActorRef planner) =>
        Props.Create(() => new ResourceWatchActor(node, datastore, kinds, planner));

    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: LastGood copy }:
                _lastGood = [.. copy.ToResources()];
                break;
            case RecoveryCompleted:
                foreach (var kind in _kinds) List(kind);
                if (_lastGood.Count > 0) Timers.StartSingleTimer("patience", ResourceProtocol.GiveUpWaiting.Instance, Patience);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var watch in _watches.Values) watch.Subscription.Dispose();
        base.PostStop();
    }

    /// <inheritdoc/>
    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ResourceProtocol.ListRead read: OnRead(read.Kind, read.List); break;
            case ResourceProtocol.Batch batch: OnBatch(batch); break;
            case ResourceProtocol.ListFailed failed: OnFailed(failed.Kind, failed.Cause); break;
            case ResourceProtocol.ListAgain again: List(again.Kind); break;
            case ResourceProtocol.GiveUpWaiting: OnGiveUpWaiting(); break;
            case ResourceProtocol.Keep: SaveSnapshot(LastGood.Of(_known.Values)); break;
            case SaveSnapshotSuccess: break;
            case SaveSnapshotFailure failed: _log.Warning("the journal's copy of the resources could not be renewed: {0}", failed.Cause.Message); break;
            case Describe:
                Sender.Tell(new ResourceProtocol.Description(_waiting.Count == 0, [.. _waiting.Select(kind => kind.ToString())], _error), Self);
                break;
            default: Unhandled(message); break;
        }
    }

    private void List(ResourceKind kind) => _datastore.ListAsync(kind).PipeTo(
        Self,
        success: list => new ResourceProtocol.ListRead(kind, list),
        failure: cause => new ResourceProtocol.ListFailed(kind, cause));

    private void OnRead(ResourceKind kind, ResourceList list)
    {
        _error = null;
        _pauses.Remove(kind);
        _planner.Tell(new ResourceProtocol.Listed(kind, list.Items), Self);
        ResourceKey[] before = [.. _known.Keys.Where(key => key.Kind == kind)];
        foreach (var key in before) _known.Remove(key);
        foreach (var resource in list.Items) _known[resource.Key] = resource;
        var (self, incarnation) = (Self, ++_incarnation);
        if (_watches.Remove(kind, out var old)) old.Subscription.Dispose();
        _watches[kind] = (incarnation, _datastore.Watch(
            kind, list.Revision, events => self.Tell(new ResourceProtocol.Batch(kind, incarnation, events), ActorRefs.NoSender)));

        if (!_waiting.Remove(kind) || _waiting.Count > 0) return;
        Timers.Cancel("patience");
        _planner.Tell(ResourceProtocol.Synced.Instance, Self);
        KeepSoon();
    }

    private void OnBatch(ResourceProtocol.Batch batch)
    {
        // What an earlier watch still had under way is part of the list that replaced it.
        if (!_watches.TryGetValue(batch.Kind, out var current) || current.Incarnation != batch.Incarnation) return;
        if (batch.Events is [WatchEvent.Expired expired])
        {
            _log.Info("the watch of {0} begins anew: {1}", batch.Kind, expired.Reason);
            List(batch.Kind);
            return;
        }

        foreach (var happened in batch.Events)
        {
            if (happened is WatchEvent.Put(var resource)) _known[resource.Key] = resource;
            else if (happened is WatchEvent.Deleted(var last)) _known.Remove(last.Key);
        }

        _planner.Tell(new ResourceProtocol.Changed(batch.Kind, batch.Events), Self);
        KeepSoon();
    }

    private void KeepSoon()
    {
        if (_waiting.Count == 0 && !Timers.IsTimerActive("keep")) Timers.StartSingleTimer("keep", ResourceProtocol.Keep.Instance, KeepInterval);
    }

    private void OnFailed(ResourceKind kind, Exception cause)
    {
        var pause = _pauses.TryGetValue(kind, out var last) ? TimeSpan.FromTicks(Math.Min(last.Ticks * 2, LongestPause.Ticks)) : FirstPause;
        _pauses[kind] = pause;
        if (_error != cause.Message) _log.Warning("{0} cannot be listed: {1}; trying again", kind, cause.Message);
        _error = cause.Message;
        Timers.StartSingleTimer(kind, new ResourceProtocol.ListAgain(kind), pause);
    }

    private void OnGiveUpWaiting()
    {
        if (_waiting.Count == 0) return;
        _log.Warning("the datastore does not answer ({0}); going on with what this node last knew", _error ?? "no answer yet");
        Resource[] copy = [.. _lastGood.Where(resource => _waiting.Contains(resource.Kind))];
        _planner.Tell(new ResourceProtocol.Stale(copy, _error ?? "no answer from the datastore"), Self);
    }
}
