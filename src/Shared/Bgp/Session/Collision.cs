namespace Agent.Bgp.Session;

/// <summary>Which of two connections with one peer survives (RFC 4271 §6.8, RFC 6286 §2.3).</summary>
internal static class Collision
{
    /// <summary>The side that is kept: the connection that the speaker with the higher BGP Identifier opened, at a tie that with the higher AS.</summary>
    public static ConnectionSide Winner(SessionSettings settings, SessionTerms peer)
    {
        var isOurs = settings.RouterId != peer.PeerRouterId
            ? settings.RouterId > peer.PeerRouterId
            : settings.LocalAs > peer.PeerAs;
        return isOurs ? ConnectionSide.Outgoing : ConnectionSide.Incoming;
    }
}
