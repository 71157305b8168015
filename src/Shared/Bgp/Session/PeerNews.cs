using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>What a session has to tell: to the RIB about routes, to <c>node status</c> about itself.</summary>
public abstract record PeerNews
{
    private PeerNews() { }

    /// <summary>The session is established on this connection: UPDATEs may be written to it, beginning with all routes
    /// and End-of-RIB.</summary>
    public sealed record Up(ConnectionId Connection, SessionTerms Terms) : PeerNews;

    /// <summary>All routes of one read; who handles them disposes of the batch.</summary>
    public sealed record Updates(UpdateBatch Batch) : PeerNews;

    /// <summary>UPDATEs of one read were malformed, though not so that the session had to end (RFC 7606): the worst, to
    /// be logged.</summary>
    public sealed record Malformed(UpdateComplaint Complaint) : PeerNews;

    /// <summary>The peer asks for all our routes of a family again.</summary>
    public sealed record RefreshRequested(IpFamily Family) : PeerNews;

    /// <summary>The peer begins to tell all its routes of a family again (BoRR, RFC 7313 §4).</summary>
    public sealed record RefreshBegun(IpFamily Family) : PeerNews;

    /// <summary>The peer has told all its routes of a family again: what it did not announce since
    /// <see cref="RefreshBegun"/> is gone (EoRR).</summary>
    public sealed record RefreshEnded(IpFamily Family) : PeerNews;

    /// <summary>The session was established and is no more.</summary>
    /// <param name="Error">What the NOTIFICATION said that ended it, ours or the peer's; null when the connection was
    /// lost.</param>
    /// <param name="Reason">The same in words.</param>
    /// <param name="KeepStale">
    /// Graceful restart applies: keep the peer's routes of its <see cref="PeerRestart.Families"/> as stale until its
    /// End-of-RIB, or <see cref="PeerRestart.RestartTime"/> without a new session (RFC 4724 §4.2); from then on those
    /// of <see cref="PeerRestart.LongLived"/> as long-lived ones (RFC 9494 §4.2). Else withdraw them all.
    /// </param>
    /// <param name="Restart">What the peer had said about its restarts; null when it does not support them.</param>
    public sealed record Down(BgpError? Error, string Reason, bool KeepStale, PeerRestart? Restart) : PeerNews;

    /// <summary>What <c>node status</c> shows has changed.</summary>
    public sealed record StateChanged(SessionStatus Status) : PeerNews;
}
