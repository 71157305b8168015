namespace Agent.Bgp.Policy;

/// <summary>Communities that every speaker knows, each as <c>high &lt;&lt; 16 | low</c>.</summary>
internal static class WellKnownCommunity
{
    /// <summary>Not beyond the AS (RFC 1997).</summary>
    public const uint NoExport = 0xFFFFFF01;

    /// <summary>To nobody (RFC 1997).</summary>
    public const uint NoAdvertise = 0xFFFFFF02;

    /// <summary>Not beyond the member AS of a confederation, for us the AS (RFC 1997).</summary>
    public const uint NoExportSubconfed = 0xFFFFFF03;

    /// <summary>GRACEFUL_SHUTDOWN: about to go (RFC 8326).</summary>
    public const uint GracefulShutdown = 0xFFFF0000;

    /// <summary>BLACKHOLE: packets are to be dropped (RFC 7999).</summary>
    public const uint Blackhole = 0xFFFF029A;

    /// <summary>LLGR_STALE: kept beyond its peer's restart time (RFC 9494 §4.3).</summary>
    public const uint LongLivedStale = 0xFFFF0006;

    /// <summary>NO_LLGR: not to be kept that long (RFC 9494 §4.3).</summary>
    public const uint NotLongLived = 0xFFFF0007;
}
