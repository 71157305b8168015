using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <summary>What a session wants done, in order.</summary>
public abstract record SessionEffect
{
    private SessionEffect() { }

    /// <summary>Open a TCP connection to the peer; the answer is DialSucceeded or DialFailed with the same
    /// name.</summary>
    public sealed record Dial(ConnectionId Connection) : SessionEffect;

    /// <summary>Close the connection, or give up its dial, once what was sent has left. Nothing for one that is already
    /// gone.</summary>
    public sealed record Close(ConnectionId Connection) : SessionEffect;

    /// <summary>Send a message (<see cref="MessageCodec.Write"/>).</summary>
    public sealed record Send(ConnectionId Connection, BgpMessage Message) : SessionEffect;

    /// <summary>Start the timer, or start it again.</summary>
    public sealed record Arm(SessionTimer Timer, TimeSpan Due) : SessionEffect;

    /// <summary>Stop the timer; nothing when it does not run.</summary>
    public sealed record Disarm(SessionTimer Timer) : SessionEffect;

    /// <summary>Tell those who follow the peer.</summary>
    public sealed record Report(PeerNews News) : SessionEffect;
}
