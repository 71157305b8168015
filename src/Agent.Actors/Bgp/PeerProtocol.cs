using System.Collections.Immutable;
using Agent.Bgp;
using Agent.Bgp.Session;

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

    /// <summary>Close TCP without a NOTIFICATION, so that the peer keeps our routes, and stop.</summary>
    public sealed record StopForRestart
    {
        /// <summary>The message.</summary>
        public static StopForRestart Instance { get; } = new();
    }

    /// <summary>Ask the peer for its routes of all families again (RFC 2918). Answered with
    /// <see cref="RefreshSent"/>.</summary>
    public sealed record RequestRefresh
    {
        /// <summary>The message.</summary>
        public static RequestRefresh Instance { get; } = new();
    }

    /// <summary>The answer to <see cref="RequestRefresh"/>.</summary>
    /// <param name="Refusal">Why nothing was sent; null when the peer was asked.</param>
    public sealed record RefreshSent(string? Refusal);

    /// <summary>The listener took a connection from the peer's address.</summary>
    public sealed record Accepted(IBgpConnection Connection);

    /// <summary>From the RIB: bytes for the peer.</summary>
    /// <param name="Incarnation">The session that they are for; those for an earlier one are dropped.</param>
    /// <param name="Buffers">Whole messages, in order, shared with other peers.</param>
    public sealed record Transmit(int Incarnation, IReadOnlyList<ReadOnlyMemory<byte>> Buffers);

    /// <summary>From the RIB: a batch was applied, so another may be read.</summary>
    public sealed record Credit
    {
        /// <summary>The message.</summary>
        public static Credit Instance { get; } = new();
    }

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Peer">The session's name.</param>
    /// <param name="Phase">The FSM's state.</param>
    /// <param name="LastError">Why it is not established; empty for no error.</param>
    /// <param name="Terms">What was negotiated, while established.</param>
    /// <param name="ReceivedBytes">Bytes received since the actor's start.</param>
    /// <param name="QueuedBytes">Bytes that wait for the peer to read.</param>
    /// <param name="Connections">The TCP connections, at most two.</param>
    public sealed record Description(
        string Peer, string Phase, string LastError, SessionTerms? Terms, long ReceivedBytes, long QueuedBytes,
        ImmutableArray<string> Connections);

    internal sealed record Dialed(ConnectionId Id, IBgpConnection Connection);

    internal sealed record DialFailed(ConnectionId Id, string Reason);

    internal sealed record Received(ConnectionId Id, ReceivedBytes Bytes);

    internal sealed record ReceiveFailed(ConnectionId Id, string Reason);

    internal sealed record Fired(SessionTimer Timer);
}
