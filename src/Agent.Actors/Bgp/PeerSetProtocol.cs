using System.Collections.Immutable;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>What the set of a node's peers hears and says.</summary>
public static class PeerSetProtocol
{
    /// <summary>From the planner: all peers that this node should have.</summary>
    /// <remarks>Compared by value.</remarks>
    public sealed record SetPeers(ImmutableArray<PeerSpec> Peers)
    {
        /// <inheritdoc/>
        public bool Equals(SetPeers? other) => other is not null && Peers.AsSpan().SequenceEqual(other.Peers.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Peers.Length;
    }

    /// <summary>From the passwords: what each reference in use stands for; null for one whose Secret or key is
    /// missing.</summary>
    /// <remarks>A peer whose reference is not among them waits: nobody knows yet.</remarks>
    public sealed record SetPasswords(ImmutableSortedDictionary<string, TcpMd5Key?> ByRef);

    /// <summary>From the planner: where to listen.</summary>
    /// <param name="Address">One address; null is every address, of both families.</param>
    /// <param name="Port">The TCP port.</param>
    public sealed record SetListen(IpAddr? Address, ushort Port)
    {
        /// <summary>A second address, of the other family; null where there is none.</summary>
        public IpAddr? Second { get; init; }
    }

    /// <summary>From the planner: how much BGP logs; null leaves it to the agent's own setting.</summary>
    public sealed record SetLogSeverity(LogSeverity? Severity);

    /// <summary>From the route programmer, once: the kernel is known.</summary>
    /// <param name="RoutesKept">True when routes of an earlier run are still in the kernel: this start is a
    /// restart.</param>
    public sealed record KernelReady(bool RoutesKept);

    /// <summary>From the RIB: every expected peer has told its routes.</summary>
    public sealed record RestartComplete
    {
        /// <summary>The message.</summary>
        public static RestartComplete Instance { get; } = new();
    }

    /// <summary>From a peer: what <c>node status</c> shows has changed.</summary>
    public sealed record StatusChanged(string Peer, SessionStatus Status);

    /// <summary>Close every session without a NOTIFICATION and take no more; answered with
    /// <see cref="Stopped"/>.</summary>
    public sealed record StopForRestart
    {
        /// <summary>The message.</summary>
        public static StopForRestart Instance { get; } = new();
    }

    /// <summary>End every session with Cease / Administrative Shutdown and take no more; answered with
    /// <see cref="Stopped"/>.</summary>
    /// <param name="Text">What to tell the peers' operators, at most 255 bytes (RFC 9003); empty for nothing.</param>
    public sealed record Drain(string Text = "");

    /// <summary>End a peer's session with Cease / Administrative Reset (RFC 4486) and begin it anew. Answered with
    /// <see cref="Done"/> or <see cref="NoSuchPeer"/>.</summary>
    /// <param name="Peer">The session's name.</param>
    /// <param name="Text">What to tell the peer's operator, at most 255 bytes (RFC 9003); empty for nothing.</param>
    public sealed record Clear(string Peer, string Text = "");

    /// <summary>A question or a command for the actor of a peer, which answers it; or
    /// <see cref="NoSuchPeer"/>.</summary>
    public sealed record ToPeer(string Peer, object Message);

    /// <summary>No peer of that name runs: there is none, or it waits for its password or for its old session's
    /// end.</summary>
    public sealed record NoSuchPeer(string Peer);

    /// <summary>Every session is closed.</summary>
    public sealed record Stopped
    {
        /// <summary>The message.</summary>
        public static Stopped Instance { get; } = new();
    }

    /// <summary>An operator's wish: write all that happens to a session to a file, or stop doing so. Answered with
    /// <see cref="Recording"/>.</summary>
    /// <remarks>
    /// A recording can be replayed since it holds a session from its first input on (<c>Agent.Bgp.Recordings</c>). So
    /// its begin ends the session with Cease / Administrative Reset and starts it anew; its end leaves it alone. A
    /// recording ends, too, when the peer's configuration resets the session.
    /// </remarks>
    /// <param name="Peer">The session's name.</param>
    /// <param name="On">True begins a recording, false ends it.</param>
    public sealed record RecordPeer(string Peer, bool On);

    /// <summary>The answer to <see cref="RecordPeer"/>.</summary>
    /// <param name="Location">Where the recording is; null when none was begun or there was none to end.</param>
    /// <param name="Problem">Why not; empty when all is well.</param>
    public sealed record Recording(string? Location, string Problem = "");

    /// <summary>A question: the state of every peer. Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        /// <summary>The question.</summary>
        public static GetStatus Instance { get; } = new();
    }

    /// <summary>The state of every peer: mesh, global, node specific, each by address.</summary>
    public sealed record Status(ImmutableArray<PeerStatus> Peers);

    /// <summary>One row of <c>node status</c>.</summary>
    /// <param name="Name">The session's name.</param>
    /// <param name="Type">What kind of peer it is.</param>
    /// <param name="Address">The peer's address.</param>
    /// <param name="State"><c>up</c>, <c>start</c> or <c>down</c>.</param>
    /// <param name="Since">When <paramref name="State"/> last changed.</param>
    /// <param name="Text">The FSM's state and the last error.</param>
    /// <param name="Spec">What is desired of it.</param>
    /// <param name="Recording">Where the session is recorded; null when it is not.</param>
    public sealed record PeerStatus(string Name, PeerType Type, IpAddr Address, string State, DateTimeOffset Since,
        string Text, PeerSpec Spec, string? Recording = null);

    internal sealed record StartAgain
    {
        public static StartAgain Instance { get; } = new();
    }

    internal sealed record RecordingBegun(string Peer, ISessionRecording File, IActorRef Asker);

    internal sealed record RecordingRefused(string Problem, IActorRef Asker);

    internal sealed record TellRefused(PeerSetActor.Refusal Refusal);

    internal sealed record ConnectionEnded(IActorRef Peer);

    internal sealed record ListenAgain
    {
        public static ListenAgain Instance { get; } = new();
    }
}
