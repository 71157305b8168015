namespace Agent.Bgp.Session;

/// <summary>Which of two connections with one peer survives (RFC 4271 §6.8, RFC 6286 §2.3).</summary>
/// <remarks>
/// The speaker whose connection is to win decides: at the first OPEN it keeps its own if that is up, else it gives up
/// the dial and keeps the peer's. The other follows: it drops its own once OPEN comes on the peer's, and the peer's
/// once KEEPALIVE comes on its own. So no interleaving costs both connections.
/// </remarks>
internal static class Collision
{
    /// <summary>The side that is kept: the connection that the speaker with the higher BGP Identifier opened, at a tie
    /// that with the higher AS.</summary>
    public static ConnectionSide Winner(SessionSettings settings, SessionTerms peer)
    {
        var isOurs = settings.RouterId != peer.PeerRouterId
            ? settings.RouterId > peer.PeerRouterId
            : settings.LocalAs > peer.PeerAs;
        return isOurs ? ConnectionSide.Outgoing : ConnectionSide.Incoming;
    }
}
