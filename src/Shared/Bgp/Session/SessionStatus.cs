namespace Agent.Bgp.Session;

/// <summary>The state of a session in the words of <c>node status</c> (spec calico-bgp 6.1).</summary>
public enum SessionPhase
{
    /// <summary>Stopped.</summary>
    Down,

    /// <summary>Keeping still after an error.</summary>
    Idle,

    /// <summary>A dial is under way.</summary>
    Connect,

    /// <summary>Waiting for the next dial, or for the peer's.</summary>
    Active,

    /// <summary>Never dials, and waits for the peer.</summary>
    Passive,

    /// <summary>OPEN was sent, the peer's has not come.</summary>
    OpenSent,

    /// <summary>OPENs agree, the peer's KEEPALIVE has not come.</summary>
    OpenConfirm,

    /// <summary>Routes are exchanged.</summary>
    Established,
}

/// <summary>What <c>node status</c> shows of a session; SINCE is for the session's owner to add, who has a
/// clock.</summary>
/// <param name="Phase">The state; with two connections that of the one further on.</param>
/// <param name="LastError">
/// Why the session is not established, with the prefix <c>Socket: </c>, <c>Received: </c> or <c>BGP Error: </c>; empty
/// for no error.
/// </param>
public sealed record SessionStatus(SessionPhase Phase, string LastError)
{
    /// <summary>Column STATE: <c>up</c>, <c>start</c> or <c>down</c>.</summary>
    public string State => Phase switch
    {
        SessionPhase.Established => "up",
        SessionPhase.Down => "down",
        _ => "start",
    };

    /// <summary>Column INFO: <c>Established</c>, <c>Active Socket: Connection refused</c>.</summary>
    public string Info => LastError.Length == 0 ? $"{Phase}" : $"{Phase} {LastError}";
}
