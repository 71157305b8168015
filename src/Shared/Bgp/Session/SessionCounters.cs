using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <summary>How many messages of each type went one way, since the session was made.</summary>
public readonly record struct MessageCounts(
    long Open, long Update, long Notification, long KeepAlive, long RouteRefresh)
{
    /// <summary>All of them.</summary>
    public long Total => Open + Update + Notification + KeepAlive + RouteRefresh;

    internal MessageCounts Plus(BgpMessageType type, long count = 1) => type switch
    {
        BgpMessageType.Open => this with { Open = Open + count },
        BgpMessageType.Update => this with { Update = Update + count },
        BgpMessageType.Notification => this with { Notification = Notification + count },
        BgpMessageType.KeepAlive => this with { KeepAlive = KeepAlive + count },
        _ => this with { RouteRefresh = RouteRefresh + count },
    };
}

/// <summary>What a session has seen since it was made: for people, nothing depends on it.</summary>
/// <param name="Received">Messages from the peer.</param>
/// <param name="Sent">Messages to the peer.</param>
/// <param name="MalformedUpdates">UPDATEs that RFC 7606 let the session outlive.</param>
/// <param name="Established">How often the session was established.</param>
/// <param name="Lost">How often it was established and ended.</param>
/// <param name="LastLoss">Why it ended last; empty when it never did.</param>
public sealed record SessionCounters(
    MessageCounts Received, MessageCounts Sent, long MalformedUpdates, int Established, int Lost, string LastLoss)
{
    /// <summary>Nothing yet.</summary>
    public static SessionCounters None { get; } = new(default, default, 0, 0, 0, "");
}
