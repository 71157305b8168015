using Agent.Actors.Introspection;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>Lists and watches one kind and tells one actor of it: first <see cref="ResourceProtocol.Listed"/>, then
/// <see cref="ResourceProtocol.Changed"/>, and the list again where the watch has ended.</summary>
/// <remarks>A datastore that does not answer is asked again after a pause that doubles from 0.5 s to 10 s.</remarks>
public sealed class KindWatchActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly IDatastore _datastore;
    private readonly ResourceKind _kind;
    private readonly IActorRef _to;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDisposable? _watch;
    private TimeSpan _pause = FirstPause;
    private int _incarnation;
    private string? _error;

    /// <summary>A watch of one kind.</summary>
    public KindWatchActor(IDatastore datastore, ResourceKind kind, IActorRef to) =>
        (_datastore, _kind, _to) = (datastore, kind, to);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a watch.</summary>
    /// <param name="datastore">The cluster's truth.</param>
    /// <param name="kind">What to watch.</param>
    /// <param name="to">Who is told.</param>
    public static Props For(IDatastore datastore, ResourceKind kind, IActorRef to) =>
        Props.Create(() => new KindWatchActor(datastore, kind, to));

    /// <inheritdoc/>
    protected override void PreStart() => List();

    /// <inheritdoc/>
    protected override void PostStop() => _watch?.Dispose();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ResourceProtocol.ListRead(_, var list): OnRead(list); break;
            case ResourceProtocol.ListFailed(_, var cause): OnFailed(cause); break;
            case ResourceProtocol.ListAgain: List(); break;
            // What an earlier watch still had under way is part of the list that replaced it.
            case ResourceProtocol.Batch batch when batch.Incarnation != _incarnation: break;
            case ResourceProtocol.Batch { Events: [WatchEvent.Expired] }: List(); break;
            case ResourceProtocol.Batch batch:
                _to.Tell(new ResourceProtocol.Changed(_kind, batch.Events), Self);
                break;
            case Describe:
                Sender.Tell(new ResourceProtocol.Description(
                    _watch is not null, _watch is null ? [_kind.ToString()] : [], _error), Self);
                break;
            default: Unhandled(message); break;
        }
    }

    private void List() => _datastore.ListAsync(_kind).PipeTo(
        Self,
        success: list => new ResourceProtocol.ListRead(_kind, list),
        failure: cause => new ResourceProtocol.ListFailed(_kind, cause));

    private void OnRead(ResourceList list)
    {
        (_pause, _error) = (FirstPause, null);
        _to.Tell(new ResourceProtocol.Listed(_kind, list.Items), Self);
        _watch?.Dispose();
        var (self, incarnation) = (Self, ++_incarnation);
        _watch = _datastore.Watch(
            _kind, list.Revision,
            events => self.Tell(
                new ResourceProtocol.Batch(_kind, incarnation, events), ActorRefs.NoSender));
    }

    private void OnFailed(Exception cause)
    {
        if (_error != cause.Message) _log.Warning("{0} cannot be listed: {1}; trying again", _kind, cause.Message);
        _error = cause.Message;
        Timers.StartSingleTimer("again", new ResourceProtocol.ListAgain(_kind), _pause);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
