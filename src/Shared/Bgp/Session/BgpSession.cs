using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <summary>The session with one peer, without I/O: inputs in, effects out (RFC 4271 §8).</summary>
/// <remarks>
/// RFC 4271 gives each TCP connection a state machine of its own, and here too: a <see cref="Connection"/> lives from
/// our OPEN to its close in <c>OpenSent</c>, <c>OpenConfirm</c> or <c>Established</c>; dialing, which is the session's
/// alone, is in <c>Down</c>, <c>Idle</c>, <c>Connect</c> or <c>Active</c>. Each state is a file under <c>States</c>.
/// There are at most two connections at once:
/// <list type="bullet">
/// <item>Both ends dial at once, and both connections are up when the first OPEN comes: a collision (§6.8), settled
/// there.</item>
/// <item>An OPEN comes while we still dial: the dial is given up, so a collision that can be avoided never
/// arises.</item>
/// <item>The peer connects while we are established, and it supports graceful restart: it may have restarted (RFC 4724
/// §4.2). The new connection replaces the old once it is established itself, not before, so that neither a late loser
/// of a collision nor a stranger's SYN costs a session. Without graceful restart the new connection is refused.</item>
/// </list>
/// A lost connection is sought again after <see cref="SessionTimerKind.ConnectRetry"/>; an error holds the session
/// still for <see cref="SessionTimerKind.IdleHold"/>. A session does not stop by itself: only
/// <see cref="SessionInput.Stop"/> ends it. Neither DelayOpen nor automatic stop is used. News of connections that are
/// gone is heeded only by closing them.
/// </remarks>
public sealed partial class BgpSession
{
    private static readonly TimeSpan DialTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ErrorMemory = TimeSpan.FromSeconds(300);

    private readonly SessionSettings _settings;
    private readonly Backoff _retry;
    private readonly Backoff _errors;
    private readonly Random _random;
    private readonly List<Connection> _connections = new(2);
    private List<SessionEffect>? _effects;
    private Dialing _dialing = Dialing.Off;
    private ConnectionId _dial;
    private int _dials;
    private bool _isRestarting;
    private string _lastError = "";
    private MessageCounts _received;
    private MessageCounts _sent;
    private long _malformedUpdates;
    private int _establishments;
    private int _losses;
    private string _lastLoss = "";

    /// <summary>A session that has not been started.</summary>
    /// <param name="settings">What it negotiates; a change of these takes a new session.</param>
    /// <param name="random">Shortens waiting times by chance.</param>
    public BgpSession(SessionSettings settings, Random random)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _random = random;
        _retry = new Backoff(random);
        _errors = new Backoff(random);
        Status = StatusNow();
    }

    /// <summary>What the session is doing about a connection of its own.</summary>
    private enum Dialing
    {
        /// <summary>Stopped.</summary>
        Off,

        /// <summary>IdleHoldTimer runs.</summary>
        Held,

        /// <summary>The dial named <see cref="_dial"/> is under way; ConnectRetryTimer limits it.</summary>
        UnderWay,

        /// <summary>ConnectRetryTimer runs, or for a passive peer nothing does.</summary>
        Waiting,

        /// <summary>There is a connection, so no more is sought.</summary>
        Resting,
    }

    /// <summary>What <c>node status</c> shows; <see cref="PeerNews.StateChanged"/> tells each change.</summary>
    public SessionStatus Status { get; private set; }

    /// <summary>What was agreed with the peer; null unless established.</summary>
    public SessionTerms? Terms => EstablishedConnection()?.Terms;

    /// <summary>The OPEN that we sent; null unless established.</summary>
    public OpenMessage? LocalOpen => EstablishedConnection()?.LocalOpen;

    /// <summary>The OPEN that the peer sent; null unless established.</summary>
    public OpenMessage? PeerOpen => EstablishedConnection()?.PeerOpen;

    /// <summary>What the session has seen since it was made.</summary>
    public SessionCounters Counters =>
        new(_received, _sent, _malformedUpdates, _establishments, _losses, _lastLoss);

    /// <summary>Takes one input and says what is to be done about it.</summary>
    public IReadOnlyList<SessionEffect> Step(SessionInput input)
    {
        switch (input)
        {
            case SessionInput.Start start: Start(start.Restarting); break;
            case SessionInput.RestartEnded: _isRestarting = false; break;
            case SessionInput.Stop stop:
                Stop(stop.Cease ?? BgpErrors.Cease(CeaseSubcode.AdministrativeShutdown));
                break;
            case SessionInput.StopForRestart: StopForRestart(); break;
            case SessionInput.Reset reset:
                Reset(reset.Cease ?? BgpErrors.Cease(CeaseSubcode.AdministrativeReset));
                break;
            case SessionInput.PrefixLimitExceeded(var family, var limit): OnPrefixLimit(family, limit); break;
            case SessionInput.OutputMeasured measured: OnOutputMeasured(measured); break;
            case SessionInput.DialSucceeded dialed: OnDialSucceeded(dialed); break;
            case SessionInput.DialFailed failed: OnDialFailed(failed); break;
            case SessionInput.Accepted accepted: OnAccepted(accepted); break;
            case SessionInput.ConnectionClosed(var id, var reason):
                OnConnection(id, new ConnectionEvent.Closed(reason ?? "Connection closed"));
                break;
            case SessionInput.TimerFired(var timer): OnTimer(timer); break;
            case SessionInput.RequestRefresh(var family): RequestRefresh(family); break;
            default: throw new System.Diagnostics.UnreachableException($"no way to take {input}");
        }

        return Finish();
    }

    /// <summary>Takes bytes from a connection; they are copied. All their UPDATEs come back as one
    /// <see cref="PeerNews.Updates"/>.</summary>
    /// <remarks>A <see cref="PeerNews.Malformed"/> tells the worst of what was passed over in them.</remarks>
    public IReadOnlyList<SessionEffect> Receive(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        if (Find(connection) is { } found) Read(found, bytes);
        return Finish();
    }

    /// <summary>Counts what went to the peer without the session seeing it: the RIB writes UPDATEs and the marks of a
    /// refresh.</summary>
    public void CountSent(ReadOnlySpan<byte> messages) => _sent = _sent
        .Plus(BgpMessageType.Update, MessageCodec.Count(messages, BgpMessageType.Update))
        .Plus(BgpMessageType.RouteRefresh, MessageCodec.Count(messages, BgpMessageType.RouteRefresh));

    private void Read(Connection connection, ReadOnlySpan<byte> bytes)
    {
        connection.Framer.Append(bytes);
        UpdateBatch? batch = null;
        UpdateComplaint? worst = null;
        var heard = false;
        while (_connections.Contains(connection))
        {
            if (!connection.Framer.TryRead(out var frame, out var error))
            {
                if (error is null) break;
                Report(ref batch);
                OnConnection(connection, new ConnectionEvent.Violation(error));
                break;
            }

            _received = _received.Plus(frame.Type);
            if (connection.Phase != SessionPhase.Established)
            {
                OnConnection(connection, Decode(connection, frame));
                continue;
            }

            heard = true;
            switch (frame.Type)
            {
                case BgpMessageType.Update:
                    batch ??= new UpdateBatch();
                    error = Update(connection, frame.Body, batch, ref worst);
                    if (error is null) break;
                    Report(ref batch);
                    OnConnection(connection, new ConnectionEvent.Violation(error));
                    break;

                // Event 26 restarts HoldTimer, which heard does once
                case BgpMessageType.KeepAlive: break;

                default:
                    Report(ref batch);
                    OnConnection(connection, Decode(connection, frame));
                    break;
            }
        }

        Report(ref batch);
        if (worst is not null) Report(new PeerNews.Malformed(worst));
        if (heard && _connections.Contains(connection)) Add(connection.ArmHold);
    }

    private static ConnectionEvent Decode(Connection connection, in Frame frame)
    {
        switch (frame.Type)
        {
            case BgpMessageType.Open:
                return OpenCodec.TryDecode(frame.Body, out var open, out var error)
                    ? new ConnectionEvent.OpenReceived(open)
                    : new ConnectionEvent.Violation(error);

            case BgpMessageType.Notification when NotificationCodec.TryDecode(frame.Body, out var told)
                && told is not null:
                return new ConnectionEvent.NotificationReceived(told);

            case BgpMessageType.RouteRefresh:
                return RouteRefreshCodec.TryDecode(frame.Body, out var refresh)
                    ? new ConnectionEvent.RouteRefreshReceived(refresh)
                    : new ConnectionEvent.Violation(RouteRefreshCodec.LengthError(frame.Body,
                        connection.Terms is { EnhancedRefresh: true }));

            case BgpMessageType.KeepAlive: return ConnectionEvent.KeepAliveReceived.Instance;
            case BgpMessageType.Update: return ConnectionEvent.UpdateReceived.Instance;
            default:
                throw new System.Diagnostics.UnreachableException(
                    $"the framer let {frame.Type} of {frame.Body.Length} bytes pass");
        }
    }

    private void OnConnection(ConnectionId id, ConnectionEvent happened)
    {
        if (Find(id) is { } connection) OnConnection(connection, happened);
        else if (happened is ConnectionEvent.Closed closed && IsDialing(id)) FailDial(closed.Reason);
    }

    private void OnConnection(Connection connection, ConnectionEvent happened)
    {
        switch (connection.Phase)
        {
            case SessionPhase.OpenSent: InOpenSent(connection, happened); break;
            case SessionPhase.OpenConfirm: InOpenConfirm(connection, happened); break;
            default: InEstablished(connection, happened); break;
        }
    }

    private void OnTimer(SessionTimer timer)
    {
        switch (timer.Kind)
        {
            case SessionTimerKind.ConnectRetry: OnConnectRetry(); break;
            case SessionTimerKind.IdleHold: OnIdleHold(); break;
            case SessionTimerKind.ErrorForget: _errors.Reset(); break;
            case SessionTimerKind.Hold: OnConnection(timer.Connection, new ConnectionEvent.HoldExpired()); break;
            case SessionTimerKind.Keepalive: OnConnection(timer.Connection, new ConnectionEvent.KeepaliveDue()); break;
            default: throw new System.Diagnostics.UnreachableException($"no such timer: {timer}");
        }
    }

    private Connection? Find(ConnectionId id)
    {
        foreach (var connection in _connections)
            if (connection.Id == id) return connection;
        return null;
    }

    private Connection? EstablishedConnection() => _connections.Find(each => each.Phase == SessionPhase.Established);

    private bool IsDialing(ConnectionId id) => _dialing == Dialing.UnderWay && _dial == id;

    private void Add(SessionEffect? effect)
    {
        if (effect is not null) (_effects ??= []).Add(effect);
    }

    private void Send(ConnectionId connection, BgpMessage message)
    {
        _sent = _sent.Plus(message.Type);
        Add(new SessionEffect.Send(connection, message));
    }

    private void Report(PeerNews news) => Add(new SessionEffect.Report(news));

    private void Report(ref UpdateBatch? batch)
    {
        if (batch is null) return;
        if (batch.IsEmpty) batch.Dispose();
        else Report(new PeerNews.Updates(batch));
        batch = null;
    }

    private IReadOnlyList<SessionEffect> Finish()
    {
        var now = StatusNow();
        if (now != Status)
        {
            Status = now;
            Report(new PeerNews.StateChanged(now));
        }

        IReadOnlyList<SessionEffect> effects = _effects ?? (IReadOnlyList<SessionEffect>)[];
        _effects = null;
        return effects;
    }

    private SessionStatus StatusNow()
    {
        var phase = _dialing switch
        {
            Dialing.Off => SessionPhase.Down,
            Dialing.Held => SessionPhase.Idle,
            Dialing.UnderWay => SessionPhase.Connect,
            _ => _settings.Passive ? SessionPhase.Passive : SessionPhase.Active,
        };
        foreach (var connection in _connections)
            if (connection.Phase > phase) phase = connection.Phase;
        return Status is { } before && before.Phase == phase && before.LastError == _lastError
            ? before
            : new SessionStatus(phase, _lastError);
    }
}
