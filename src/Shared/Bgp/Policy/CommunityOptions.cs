using Agent.Bgp.Wire.Attributes;

namespace Agent.Bgp.Policy;

/// <summary>What a peer's communities do where its policy honours them: GRACEFUL_SHUTDOWN (RFC 8326) and BLACKHOLE (RFC
/// 7999).</summary>
internal static class CommunityOptions
{
    private static readonly AttributeEdits ShutDown =
        new() { LocalPrefEdit = LocalPrefEdit.Set, LocalPref = 0 };

    private static readonly AttributeEdits Dropped =
        new() { LocalPrefEdit = LocalPrefEdit.Default, LocalPref = 100, Communities = [WellKnownCommunity.NoExport] };

    private static readonly AttributeEdits Both =
        new() { LocalPrefEdit = LocalPrefEdit.Set, LocalPref = 0, Communities = [WellKnownCommunity.NoExport] };

    /// <summary>True when a peer's communities have to be looked at at all.</summary>
    public static bool AreHonoured(PeerPolicy policy) => policy.HonoursGracefulShutdown || policy.HonoursBlackhole;

    /// <summary>The changes to what a peer announced; null where there are none.</summary>
    public static AttributeEdits? EditsOf(AttributeSet attributes, SessionSettings session, PeerPolicy policy)
    {
        var communities = attributes.Communities;
        var isShutDown = policy.HonoursGracefulShutdown && !session.IsInternal
            && communities.Contains(WellKnownCommunity.GracefulShutdown);
        var isDropped = policy.HonoursBlackhole && communities.Contains(WellKnownCommunity.Blackhole);
        return (isShutDown, isDropped) switch
        {
            (true, true) => Both,
            (true, false) => ShutDown,
            (false, true) => Dropped,
            _ => null,
        };
    }
}
