using System.Collections.Immutable;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>What the actor of one BGP peer hears and says.</summary>
public static class PeerProtocol
{
    /// <summary>Seek the peer.</summary>
    /// <param name="Restarting">True when the node kept forwarding over a restart of the agent (RFC 4724 §4.1).</param>
    public sealed record Start(bool Restarting);

    /// <summary>The node's own restart is over; later OPENs do not speak of it.</summary>
    public sealed record RestartEnded
    {
        /// <summary>The message.</summary>
        public static RestartEnded Instance { get; } = new();
    }

    /// <summary>The peer's policy has changed; the next session's routes are treated so (the present one's by the RIB,
    /// which was told).</summary>
    public sealed record SetPolicy(PeerPolicy Policy);

    /// <summary>End the session with this Cease and stop.</summary>
    public sealed record Stop(BgpError Cease);

    /// <summary>The peer's password has changed: an established session goes on with it, another is sought
    /// anew.</summary>
    public sealed record SetPassword(TcpMd5Key Password);

    /// <summary>End the connection with this Cease and seek the peer again at once.</summary>
    public sealed record Reset(BgpError Cease);

    /// <summary>Ask the peer for all its routes again, if it can (RFC 2918). Answered with
    /// <see cref="RefreshSent"/>.</summary>
    /// <param name="Family">Of this family; null is of each that the session carries.</param>
    public sealed record RequestRefresh(IpFamily? Family = null);

    /// <summary>From the RIB: the peer announced more prefixes than its <see cref="PeerPolicy.PrefixLimit"/>.</summary>
    /// <param name="Incarnation">The session that did; one that is gone is not ended again.</param>
    /// <param name="Family">Of which family.</param>
    /// <param name="Limit">What was exceeded.</param>
    public sealed record PrefixLimitExceeded(int Incarnation, IpFamily Family, PrefixLimit Limit);

    /// <summary>Close TCP without a NOTIFICATION, so that the peer keeps our routes, and stop.</summary>
    public sealed record StopForRestart
    {
        /// <summary>The message.</summary>
        public static StopForRestart Instance { get; } = new();
    }

    /// <summary>The answer to <see cref="RequestRefresh"/>.</summary>
    /// <param name="Refusal">Why nothing was sent; null when the peer was asked.</param>
    public sealed record RefreshSent(string? Refusal);

    /// <summary>The listener took a connection from the peer's address.</summary>
    public sealed record Accepted(IBgpConnection Connection);

    /// <summary>From the RIB: bytes for the peer.</summary>
    /// <param name="Incarnation">The session that they are for; those for an earlier one are dropped.</param>
    /// <param name="Buffers">Whole messages, in order, shared with other peers.</param>
    public sealed record Transmit(int Incarnation, IReadOnlyList<ReadOnlyMemory<byte>> Buffers)
    {
        /// <summary>There is more, which waits in the table until half of what is under way has left.</summary>
        public bool IsHeldBack { get; init; }
    }

    /// <summary>From the RIB: a batch was applied, so another may be read.</summary>
    public sealed record Credit
    {
        /// <summary>The message.</summary>
        public static Credit Instance { get; } = new();
    }

    /// <summary>Completes the recording of the session, if there is one.</summary>
    public sealed record EndRecording
    {
        /// <summary>The message.</summary>
        public static EndRecording Instance { get; } = new();
    }

    /// <summary>The answer to <c>Describe</c>.</summary>
    public sealed record Description
    {
        /// <summary>The session's name.</summary>
        public required string Peer { get; init; }

        /// <summary>What the peer is meant to be.</summary>
        public required PeerSpec Spec { get; init; }

        /// <summary>The FSM's state.</summary>
        public required string Phase { get; init; }

        /// <summary>Why it is not established; empty for no error.</summary>
        public required string LastError { get; init; }

        /// <summary>Since when the session has been established, or has not.</summary>
        public required DateTimeOffset Since { get; init; }

        /// <summary>What was negotiated, while established.</summary>
        public SessionTerms? Terms { get; init; }

        /// <summary>The capabilities that we offered, while established.</summary>
        public ImmutableArray<Capability> Offered { get; init; } = [];

        /// <summary>The capabilities that the peer offered, while established.</summary>
        public ImmutableArray<Capability> Received { get; init; } = [];

        /// <summary>Messages by type, and how often the session came and went, since the actor's start.</summary>
        public required SessionCounters Counters { get; init; }

        /// <summary>Bytes received since the actor's start.</summary>
        public required long ReceivedBytes { get; init; }

        /// <summary>Bytes that TCP has taken since the actor's start.</summary>
        public required long SentBytes { get; init; }

        /// <summary>Bytes that wait for the peer to read.</summary>
        public required long QueuedBytes { get; init; }

        /// <summary>True while the RIB holds back what more there is, since as much waits as may.</summary>
        public required bool IsBlocked { get; init; }

        /// <summary>The TCP connections, at most two.</summary>
        public required ImmutableArray<string> Connections { get; init; }
    }

    internal sealed record Dialed(ConnectionId Id, IBgpConnection Connection);

    internal sealed record DialFailed(ConnectionId Id, string Reason);

    internal sealed record Received(ConnectionId Id, ReceivedBytes Bytes);

    internal sealed record ReceiveFailed(ConnectionId Id, string Reason);

    internal sealed record Drained(ConnectionId Id);

    internal sealed record Fired(SessionTimer Timer);
}
