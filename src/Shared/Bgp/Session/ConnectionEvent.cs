using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <summary>What happens to a connection: decoded messages, its timers, its end.</summary>
internal abstract record ConnectionEvent
{
    private ConnectionEvent() { }

    /// <summary>Event 19.</summary>
    public sealed record OpenReceived(OpenMessage Open) : ConnectionEvent;

    /// <summary>Event 26.</summary>
    public sealed record KeepAliveReceived : ConnectionEvent
    {
        public static KeepAliveReceived Instance { get; } = new();
    }

    /// <summary>Event 27 outside Established; there UPDATEs go to the decoder at once.</summary>
    public sealed record UpdateReceived : ConnectionEvent
    {
        public static UpdateReceived Instance { get; } = new();
    }

    /// <summary>Events 24 and 25.</summary>
    public sealed record NotificationReceived(BgpError Error) : ConnectionEvent;

    /// <summary>RFC 2918.</summary>
    public sealed record RouteRefreshReceived(RouteRefreshMessage Message) : ConnectionEvent;

    /// <summary>Events 21, 22 and 28: what came breaks the protocol.</summary>
    public sealed record Violation(BgpError Error) : ConnectionEvent;

    /// <summary>Event 29 (RFC 9687).</summary>
    public sealed record SendHoldExpired : ConnectionEvent;

    /// <summary>Event 10.</summary>
    public sealed record HoldExpired : ConnectionEvent;

    /// <summary>Event 11.</summary>
    public sealed record KeepaliveDue : ConnectionEvent;

    /// <summary>Event 18.</summary>
    public sealed record Closed(string Reason) : ConnectionEvent;
}
