using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>One TCP connection with the peer, from our OPEN on: RFC 4271's FSM from OpenSent to Established.</summary>
internal sealed class Connection(ConnectionId id, IpAddr localAddress)
{
    private static readonly TimeSpan BeforeOpen = TimeSpan.FromSeconds(240);

    /// <summary>Its name.</summary>
    public ConnectionId Id { get; } = id;

    /// <summary>Our end.</summary>
    public IpAddr LocalAddress { get; } = localAddress;

    /// <summary>OpenSent, OpenConfirm or Established.</summary>
    public SessionPhase Phase { get; private set; } = SessionPhase.OpenSent;

    /// <summary>Cuts received bytes into messages.</summary>
    public Framer Framer { get; } = new();

    /// <summary>What was agreed; set from OpenConfirm on.</summary>
    public SessionTerms? Terms { get; private set; }

    /// <summary>Reads UPDATEs as agreed; set from OpenConfirm on.</summary>
    public UpdateDecoder? Decoder { get; private set; }

    /// <summary>Starts the hold timer: 240 s until the OPENs agree (RFC 4271 §8.2.2), then as agreed; null for a hold
    /// time of zero.</summary>
    public SessionEffect? ArmHold { get; private set; } =
        new SessionEffect.Arm(new(SessionTimerKind.Hold, id), BeforeOpen);

    /// <summary>Starts the keepalive timer; null when there is none.</summary>
    public SessionEffect? ArmKeepalive { get; private set; }

    /// <summary>The peer's OPEN was accepted.</summary>
    public void Agree(SessionTerms terms)
    {
        Terms = terms;
        Phase = SessionPhase.OpenConfirm;
        Decoder = new UpdateDecoder(new UpdateContext(terms.FourByteAs, terms.IsInternal, terms.Families.AsSpan()));
        var isTimed = terms.HoldTime > TimeSpan.Zero;
        ArmHold = isTimed ? new SessionEffect.Arm(new(SessionTimerKind.Hold, Id), terms.HoldTime) : null;
        ArmKeepalive = isTimed
            ? new SessionEffect.Arm(new(SessionTimerKind.Keepalive, Id), terms.KeepaliveInterval)
            : null;
    }

    /// <summary>The peer's KEEPALIVE came.</summary>
    public void Establish() => Phase = SessionPhase.Established;
}

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

    /// <summary>Event 10.</summary>
    public sealed record HoldExpired : ConnectionEvent;

    /// <summary>Event 11.</summary>
    public sealed record KeepaliveDue : ConnectionEvent;

    /// <summary>Event 18.</summary>
    public sealed record Closed(string Reason) : ConnectionEvent;
}
