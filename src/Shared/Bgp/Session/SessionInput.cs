using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>Which end opened a connection.</summary>
public enum ConnectionSide : byte
{
    /// <summary>We dialed.</summary>
    Outgoing,

    /// <summary>The peer dialed.</summary>
    Incoming,
}

/// <summary>Names one TCP connection of a peer, so that news of one that is gone is known as such.</summary>
/// <param name="Side">Which end opened it.</param>
/// <param name="Number">
/// Never used twice within a session and side: the session numbers those that it dials, its owner those that it
/// accepts.
/// </param>
public readonly record struct ConnectionId(ConnectionSide Side, int Number)
{
    /// <summary>As logs show it: <c>outgoing-1</c>.</summary>
    public override string ToString() => $"{(Side == ConnectionSide.Outgoing ? "outgoing" : "incoming")}-{Number}";
}

/// <summary>The timers that a session asks for; each is armed for one shot.</summary>
public enum SessionTimerKind : byte
{
    /// <summary>ConnectRetryTimer: when it fires, the dial under way is given up or the next begins.</summary>
    ConnectRetry,

    /// <summary>IdleHoldTimer: how long the session keeps still after an error.</summary>
    IdleHold,

    /// <summary>When it fires, past errors are forgotten and the next one is held against the peer for the shortest
    /// time again.</summary>
    ErrorForget,

    /// <summary>HoldTimer of one connection.</summary>
    Hold,

    /// <summary>KeepaliveTimer of one connection.</summary>
    Keepalive,

    /// <summary>Part of SendHoldTimer of one connection (RFC 9687): answered not with TimerFired but with
    /// <see cref="SessionInput.OutputMeasured"/>.</summary>
    SendHold,
}

/// <summary>A timer's name: usable as a key.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Connection">Which connection it belongs to; default for the timers of the session as a whole.</param>
public readonly record struct SessionTimer(SessionTimerKind Kind, ConnectionId Connection = default);

/// <summary>All that can happen to a session but received bytes, which go to <see cref="BgpSession.Receive"/> without a
/// record around them.</summary>
public abstract record SessionInput
{
    private SessionInput() { }

    /// <summary>Seek the peer (RFC 4271 Events 1, 4). Nothing for a session that was started.</summary>
    /// <param name="Restarting">We came back from a restart and kept forwarding: OPEN says so (RFC 4724 §4.1) until
    /// <see cref="RestartEnded"/>.</param>
    public sealed record Start(bool Restarting = false) : SessionInput;

    /// <summary>Our own restart is over: End-of-RIBs came or time is up; later OPENs no longer speak of it.</summary>
    public sealed record RestartEnded : SessionInput;

    /// <summary>End the session for good (Event 2): drain, delete, a changed configuration.</summary>
    /// <param name="Cease">What to tell the peer; null is Administrative Shutdown.</param>
    public sealed record Stop(BgpError? Cease = null) : SessionInput;

    /// <summary>Close TCP without a NOTIFICATION, so that the peer keeps our routes while we restart (RFC 4724
    /// §4).</summary>
    public sealed record StopForRestart : SessionInput;

    /// <summary>A dial came through (Events 16, 17).</summary>
    /// <param name="Connection">The one of the <see cref="SessionEffect.Dial"/>.</param>
    /// <param name="LocalAddress">Our end.</param>
    public sealed record DialSucceeded(ConnectionId Connection, IpAddr LocalAddress) : SessionInput;

    /// <summary>A dial failed (Event 18).</summary>
    /// <param name="Connection">The one of the <see cref="SessionEffect.Dial"/>.</param>
    /// <param name="Reason">In words, as <c>node status</c> shows it: <c>Connection refused</c>.</param>
    public sealed record DialFailed(ConnectionId Connection, string Reason) : SessionInput;

    /// <summary>The listener took a connection from the peer's address (Event 17).</summary>
    /// <param name="Connection">A number of its own.</param>
    /// <param name="LocalAddress">Our end.</param>
    public sealed record Accepted(ConnectionId Connection, IpAddr LocalAddress) : SessionInput;

    /// <summary>The connection is gone (Event 18), though we did not close it.</summary>
    /// <param name="Connection">Which.</param>
    /// <param name="Reason">In words; null when the peer closed it in an orderly way.</param>
    public sealed record ConnectionClosed(ConnectionId Connection, string? Reason = null) : SessionInput;

    /// <summary>A timer that was armed has run out (Events 9 to 13).</summary>
    public sealed record TimerFired(SessionTimer Timer) : SessionInput;

    /// <summary>Ask the peer for all its routes again (RFC 2918); nothing unless it can and the session is
    /// established.</summary>
    public sealed record RequestRefresh(IpFamily Family) : SessionInput;

    /// <summary>End the connection and seek the peer again at once: an operator's wish. A session that keeps still
    /// begins again too.</summary>
    /// <param name="Cease">What to tell the peer; null is Administrative Reset.</param>
    public sealed record Reset(BgpError? Cease = null) : SessionInput;

    /// <summary>The peer announced more prefixes than it may (RFC 4271 §6.7).</summary>
    /// <param name="Family">Of which family.</param>
    /// <param name="Limit">What was exceeded.</param>
    public sealed record PrefixLimitExceeded(IpFamily Family, PrefixLimit Limit) : SessionInput;

    /// <summary>How the output of a connection stands, when <see cref="SessionTimerKind.SendHold"/> has run
    /// out.</summary>
    /// <param name="Connection">Which.</param>
    /// <param name="SentBytes">What TCP has taken since the connection was opened.</param>
    /// <param name="QueuedBytes">What waits to be taken.</param>
    public sealed record OutputMeasured(ConnectionId Connection, long SentBytes, long QueuedBytes) : SessionInput;
}
