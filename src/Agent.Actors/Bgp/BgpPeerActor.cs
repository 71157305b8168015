using System.Diagnostics;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>One peer: carries inputs to the session core and carries out its effects. Decides nothing.</summary>
/// <remarks>
/// There are at most two TCP connections at a time; each has at most one read under way. While
/// <see cref="MostBatches"/> batches of routes wait to be applied by the RIB nothing more is read, which is how TCP
/// holds a fast peer back. A slow one is held back by the RIB, which is told what has left.
/// </remarks>
public sealed partial class BgpPeerActor : UntypedActor, IWithTimers
{
    /// <summary>How many batches may be on their way to the RIB.</summary>
    public const int MostBatches = 8;

    private PeerSpec _spec;
    private readonly IActorRef _rib;
    private readonly IActorRef _peers;
    private readonly IBgpTransport _transport;
    private readonly TimeProvider _time;
    private TcpMd5Key? _password;
    private readonly BgpSession _session;
    private readonly SessionTape? _tape;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<int, (ConnectionId Id, IBgpConnection Connection)> _connections = [];
    private readonly List<ConnectionId> _waitingForCredit = [];
    private readonly SortedDictionary<int, CancellationTokenSource> _dials = [];
    private ConnectionId _established;
    private int _incarnation;
    private int _accepted;
    private int _batches;
    private long _receivedBytes;
    private long _sentBytes;
    private DateTimeOffset _since;

    /// <summary>The actor of this peer.</summary>
    public BgpPeerActor(PeerSpec spec, IActorRef rib, IActorRef peers, IBgpTransport transport, TimeProvider time,
        Random random, TcpMd5Key? password, SessionTape? tape)
    {
        (_spec, _rib, _peers, _transport, _time, _password, _tape, _since) =
            (spec, rib, peers, transport, time, password, tape, time.GetUtcNow());
        _session = new BgpSession(spec.Session, random);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of the actor of a peer.</summary>
    /// <param name="spec">The peer.</param>
    /// <param name="rib">Who takes its routes.</param>
    /// <param name="peers">Who is told its state.</param>
    /// <param name="transport">How it is reached.</param>
    /// <param name="time">Tells since when the session is as it is.</param>
    /// <param name="random">Spreads its retries.</param>
    /// <param name="password">What the specification's PasswordRef stands for; null is none.</param>
    /// <param name="tape">Records the session; null does not.</param>
    public static Props For(
        PeerSpec spec, IActorRef rib, IActorRef peers, IBgpTransport transport, TimeProvider time, Random random,
        TcpMd5Key? password = null, SessionTape? tape = null) =>
        Props.Create(() => new BgpPeerActor(spec, rib, peers, transport, time, random, password, tape));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PeerProtocol.Received received: OnReceived(received); break;
            case PeerProtocol.Transmit transmit: OnTransmit(transmit); break;
            case PeerProtocol.Credit: OnCredit(); break;
            case PeerProtocol.Fired(var timer): OnFired(timer); break;
            case PeerProtocol.Drained(var id): OnDrained(id); break;
            case PeerProtocol.SetPassword(var password): OnPassword(password); break;
            case PeerProtocol.Reset(var cease): Step(new SessionInput.Reset(cease)); break;
            case PeerProtocol.RequestRefresh(var family): RequestRefresh(family); break;
            case PeerProtocol.PrefixLimitExceeded exceeded:
                if (exceeded.Incarnation == _incarnation)
                    Step(new SessionInput.PrefixLimitExceeded(exceeded.Family, exceeded.Limit));
                break;
            case PeerProtocol.Start start: Step(new SessionInput.Start(start.Restarting)); break;
            case PeerProtocol.RestartEnded: Step(new SessionInput.RestartEnded()); break;
            case PeerProtocol.Dialed dialed: OnDialed(dialed); break;
            case PeerProtocol.DialFailed failed:
                if (EndDial(failed.Id)) Step(new SessionInput.DialFailed(failed.Id, failed.Reason));
                break;
            case PeerProtocol.Accepted accepted: OnAccepted(accepted.Connection); break;
            case PeerProtocol.ReceiveFailed failed:
                Drop(failed.Id);
                Step(new SessionInput.ConnectionClosed(failed.Id, failed.Reason));
                break;
            case PeerProtocol.SetPolicy(var policy): _spec = _spec with { Policy = policy }; break;
            case PeerProtocol.Stop stop:
                Step(new SessionInput.Stop(stop.Cease));
                Context.Stop(Self);
                break;
            case PeerProtocol.StopForRestart:
                Step(new SessionInput.StopForRestart());
                Context.Stop(Self);
                break;
            case PeerProtocol.EndRecording: _tape?.Dispose(); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var dial in _dials.Values) dial.Cancel();
        foreach (var (_, connection) in _connections.Values) connection.CloseGracefully();
        _tape?.Dispose();
    }

    private void Step(SessionInput input)
    {
        _tape?.Write(input);
        CarryOut(_session.Step(input));
    }

    private void CarryOut(IReadOnlyList<SessionEffect> effects)
    {
        _tape?.Write(effects);
        foreach (var effect in effects) CarryOut(effect);
    }

    private void CarryOut(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Dial(var id): Dial(id); break;
            case SessionEffect.Send(var id, var message): Send(id, message); break;
            case SessionEffect.Close(var id): Close(id); break;
            case SessionEffect.Arm(var timer, var due):
                Timers.StartSingleTimer(timer, new PeerProtocol.Fired(timer), due);
                break;
            case SessionEffect.Disarm(var timer): Timers.Cancel(timer); break;
            case SessionEffect.Report(var news): Report(news); break;
            default: throw new UnreachableException($"no way to carry out {effect}");
        }
    }

    private void Report(PeerNews news)
    {
        switch (news)
        {
            case PeerNews.Updates(var batch):
                _batches++;
                _rib.Tell(new RibProtocol.Updates(_spec.Name, _incarnation, batch), Self);
                break;
            case PeerNews.Up(var id, var terms):
                _established = id;
                _incarnation++;
                (_underWay, _isDraining, _isHeldBack) = (0, false, false);
                _since = _time.GetUtcNow();
                _log.Info("session with {0} ({1}, AS {2}) is established", _spec.Name, _spec.Session.PeerAddress,
                    terms.PeerAs);
                _rib.Tell(new RibProtocol.PeerUp(_spec, PeerTerms.Of(terms), _incarnation), Self);
                break;
            case PeerNews.Down(_, var reason, var keepStale, var restart):
                (_established, _isHeldBack) = (default, false);
                _since = _time.GetUtcNow();
                _log.Warning("session with {0} is down: {1}", _spec.Name, reason);
                _rib.Tell(new RibProtocol.PeerDown(_spec.Name, _incarnation, keepStale ? restart?.RestartTime : null,
                    keepStale && restart is not null ? restart.LongLived : []), Self);
                break;
            case PeerNews.RefreshRequested(var family):
                _batches++;
                _rib.Tell(new RibProtocol.RefreshRequested(_spec.Name, _incarnation, family), Self);
                break;
            case PeerNews.RefreshBegun(var family):
                _batches++;
                _rib.Tell(new RibProtocol.RefreshBegun(_spec.Name, _incarnation, family), Self);
                break;
            case PeerNews.RefreshEnded(var family):
                _batches++;
                _rib.Tell(new RibProtocol.RefreshEnded(_spec.Name, _incarnation, family), Self);
                break;
            case PeerNews.Malformed(var complaint):
                _log.Warning("{0} sent a malformed UPDATE ({1}): {2}", _spec.Name, complaint.Treatment,
                    complaint.Describe());
                break;
            case PeerNews.StateChanged(var status):
                _peers.Tell(new PeerSetProtocol.StatusChanged(_spec.Name, status), Self);
                break;
            default: throw new UnreachableException($"no way to report {news}");
        }
    }

    private void Dial(ConnectionId id)
    {
        var dial = new CancellationTokenSource();
        _dials.Add(id.Number, dial);
        _transport.DialAsync(_spec.Session, _password, dial.Token).PipeTo(
            Self,
            success: connection => new PeerProtocol.Dialed(id, connection),
            failure: cause => new PeerProtocol.DialFailed(id,
                cause is BgpTransportException ? cause.Message : $"{cause.GetType().Name}: {cause.Message}"));
    }

    private void OnDialed(PeerProtocol.Dialed dialed)
    {
        if (!EndDial(dialed.Id))
        {
            // The session gave this dial up while it was under way.
            dialed.Connection.Dispose();
            return;
        }

        Take(dialed.Id, dialed.Connection);
        Step(new SessionInput.DialSucceeded(dialed.Id, dialed.Connection.LocalAddress));
    }

    private void OnAccepted(IBgpConnection connection)
    {
        var id = new ConnectionId(ConnectionSide.Incoming, ++_accepted);
        Take(id, connection);
        Step(new SessionInput.Accepted(id, connection.LocalAddress));
    }

    private void Take(ConnectionId id, IBgpConnection connection)
    {
        _connections[KeyOf(id)] = (id, connection);
        Read(id, connection);
    }

    private void Read(ConnectionId id, IBgpConnection connection) => connection.ReceiveAsync().PipeTo(
        Self,
        success: bytes => new PeerProtocol.Received(id, bytes),
        failure: cause => new PeerProtocol.ReceiveFailed(id, cause.Message));

    private void OnReceived(PeerProtocol.Received received)
    {
        using var bytes = received.Bytes;
        if (!_connections.TryGetValue(KeyOf(received.Id), out var found)) return;
        if (bytes.IsEnd)
        {
            Drop(received.Id);
            Step(new SessionInput.ConnectionClosed(received.Id));
            return;
        }

        _receivedBytes += bytes.Bytes.Length;
        _tape?.Write(received.Id, bytes.Bytes.Span);
        CarryOut(_session.Receive(received.Id, bytes.Bytes.Span));
        if (!_connections.ContainsKey(KeyOf(received.Id))) return;
        if (_batches < MostBatches) Read(received.Id, found.Connection);
        else _waitingForCredit.Add(received.Id);
    }

    private void OnCredit()
    {
        _batches--;
        if (_batches >= MostBatches) return;
        foreach (var id in _waitingForCredit)
            if (_connections.TryGetValue(KeyOf(id), out var found)) Read(id, found.Connection);
        _waitingForCredit.Clear();
    }

    private void OnPassword(TcpMd5Key password)
    {
        _password = password;
        if (_session.Terms is null)
        {
            Step(new SessionInput.Reset());
            return;
        }

        foreach (var (id, connection) in _connections.Values.ToArray())
        {
            try
            {
                connection.SetPassword(password);
            }
            catch (BgpTransportException error)
            {
                Drop(id);
                Step(new SessionInput.ConnectionClosed(id, error.Message));
            }
        }
    }

    private void OnFired(SessionTimer timer)
    {
        if (timer.Kind != SessionTimerKind.SendHold) Step(new SessionInput.TimerFired(timer));
        else if (_connections.TryGetValue(KeyOf(timer.Connection), out var found))
            Step(new SessionInput.OutputMeasured(
                timer.Connection, found.Connection.SentBytes, found.Connection.QueuedBytes));
    }

    private void RequestRefresh(IpFamily? family)
    {
        foreach (var each in _session.Terms?.Families ?? [])
            if (family is null || family == each) Step(new SessionInput.RequestRefresh(each));
        Sender.Tell(new PeerProtocol.RefreshSent(_session.Terms switch
        {
            null => "the session is not established",
            { RouteRefresh: false } => "the peer does not know route refresh (RFC 2918); 'clear' has it tell its "
                + "routes again",
            _ => null,
        }), Self);
    }

    private void Send(ConnectionId id, BgpMessage message)
    {
        if (!_connections.TryGetValue(KeyOf(id), out var found)) return;
        Span<byte> buffer = stackalloc byte[MessageCodec.MaxMessageSize];
        found.Connection.Send(buffer[..MessageCodec.Write(buffer, message)].ToArray());
    }

    private void Close(ConnectionId id)
    {
        if (_connections.Remove(KeyOf(id), out var found))
        {
            _sentBytes += found.Connection.SentBytes;
            found.Connection.CloseGracefully();
        }
        else if (id.Side == ConnectionSide.Outgoing) EndDial(id);
    }

    /// <summary>Ends a dial that came through, failed or is given up; false when it had been given up before.</summary>
    private bool EndDial(ConnectionId id)
    {
        if (!_dials.Remove(id.Number, out var dial)) return false;
        dial.Cancel();
        dial.Dispose();
        return true;
    }

    private void Drop(ConnectionId id)
    {
        if (!_connections.Remove(KeyOf(id), out var found)) return;
        _sentBytes += found.Connection.SentBytes;
        found.Connection.Dispose();
    }

    private static int KeyOf(ConnectionId id) => id.Number * 2 + (int)id.Side;

    private PeerProtocol.Description Description() => new()
    {
        Peer = _spec.Name,
        Spec = _spec,
        Phase = _session.Status.Phase.ToString(),
        LastError = _session.Status.LastError,
        Since = _since,
        Terms = _session.Terms,
        Offered = _session.LocalOpen?.Capabilities ?? [],
        Received = _session.PeerOpen?.Capabilities ?? [],
        Counters = _session.Counters,
        ReceivedBytes = _receivedBytes,
        SentBytes = _sentBytes + _connections.Values.Sum(found => found.Connection.SentBytes),
        QueuedBytes = _connections.Values.Sum(found => found.Connection.QueuedBytes),
        IsBlocked = _isHeldBack,
        Connections =
        [
            .. _connections.Values.Select(found =>
                $"{found.Id} {found.Connection.LocalAddress} - {found.Connection.RemoteAddress}"),
        ],
    };
}
