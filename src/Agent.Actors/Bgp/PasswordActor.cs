using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Actors.Bgp;

/// <summary>Finds the passwords of BGP sessions in Secrets and tells the peers, at first and whenever one of them
/// changes (spec calico-bgp 7.2).</summary>
/// <remarks>
/// It alone reads Secrets, and only while a peer names one; a Secret that no peer names is dropped as it comes. What it
/// knows is in memory: no journal holds a password, so a node that starts without datastore has no session with a
/// password until the datastore answers. While the datastore is away, what was known last holds.
/// </remarks>
public sealed class PasswordActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly IDatastore _datastore;
    private readonly IActorRef _peers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PasswordBook _book = new();
    private ImmutableSortedSet<string> _refs = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private ImmutableSortedSet<string> _problems = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, TcpMd5Key?> _told =
        ImmutableSortedDictionary.Create<string, TcpMd5Key?>(StringComparer.Ordinal);
    private IDisposable? _watch;
    private TimeSpan _pause = FirstPause;
    private string? _error;
    private int _incarnation;

    /// <summary>Reads this datastore for these peers.</summary>
    public PasswordActor(IDatastore datastore, IActorRef peers) => (_datastore, _peers) = (datastore, peers);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of the actor.</summary>
    /// <param name="datastore">Where Secrets are.</param>
    /// <param name="peers">Who is told the passwords.</param>
    public static Props For(IDatastore datastore, IActorRef peers) =>
        Props.Create(() => new PasswordActor(datastore, peers));

    /// <inheritdoc/>
    protected override void PostStop() => _watch?.Dispose();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PasswordProtocol.Use(var refs): OnUse(refs); break;
            case PasswordProtocol.ListRead read: OnRead(read); break;
            case PasswordProtocol.ListFailed failed: OnFailed(failed); break;
            case PasswordProtocol.ListAgain: List(); break;
            case PasswordProtocol.Batch batch: OnBatch(batch); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnUse(ImmutableSortedSet<string> refs)
    {
        if (_refs.SetEquals(refs)) return;
        _refs = refs;
        _book.Use(refs);
        List();
    }

    /// <summary>Begins anew: what an earlier list or watch still has under way is not heeded.</summary>
    private void List()
    {
        var incarnation = ++_incarnation;
        _watch?.Dispose();
        _watch = null;
        Timers.Cancel("list");
        if (_refs.IsEmpty)
        {
            _error = null;
            Tell();
            return;
        }

        _datastore.ListAsync(Kinds.Secret, _book.Namespace).PipeTo(
            Self,
            success: list => new PasswordProtocol.ListRead(incarnation, list),
            failure: cause => new PasswordProtocol.ListFailed(incarnation, cause));
    }

    private void OnRead(PasswordProtocol.ListRead read)
    {
        if (read.Incarnation != _incarnation) return;
        (_error, _pause) = (null, FirstPause);
        _book.Replace(read.List.Items);
        Tell();
        var (self, incarnation) = (Self, _incarnation);
        _watch = _datastore.Watch(
            Kinds.Secret, read.List.Revision,
            events => self.Tell(new PasswordProtocol.Batch(incarnation, events), ActorRefs.NoSender));
    }

    private void OnFailed(PasswordProtocol.ListFailed failed)
    {
        if (failed.Incarnation != _incarnation) return;
        if (_error != failed.Cause.Message)
            _log.Warning("the Secrets of BGP passwords cannot be listed: {0}; trying again", failed.Cause.Message);
        _error = failed.Cause.Message;
        Timers.StartSingleTimer("list", PasswordProtocol.ListAgain.Instance, _pause);
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
    }

    private void OnBatch(PasswordProtocol.Batch batch)
    {
        if (batch.Incarnation != _incarnation) return;
        if (batch.Events is [WatchEvent.Expired])
        {
            List();
            return;
        }

        var concerned = false;
        foreach (var happened in batch.Events)
        {
            concerned |= happened switch
            {
                WatchEvent.Put(var secret) => _book.Put(secret),
                WatchEvent.Deleted(var last) => _book.Remove(last.Key),
                _ => false,
            };
        }

        if (concerned) Tell();
    }

    private void Tell()
    {
        var (passwords, problems) = _book.Resolve();
        foreach (var problem in problems.Except(_problems)) _log.Warning("{0}", problem);
        foreach (var (reference, password) in passwords)
            if (password is not null && _told.TryGetValue(reference, out var before) && !password.Equals(before))
                _log.Info("the BGP password {0} has changed; its sessions go on with the new one", reference);
        (_problems, _told) = (problems, passwords);
        _peers.Tell(new PeerSetProtocol.SetPasswords(passwords), Self);
    }

    private PasswordProtocol.Description Description() => new(
        [.. _told.Where(entry => entry.Value is not null).Select(entry => entry.Key)],
        _error is null ? [.. _problems] : [$"the datastore does not answer: {_error}", .. _problems]);
}
