using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>One TCP connection with the peer, from our OPEN on: RFC 4271's FSM from OpenSent to Established.</summary>
internal sealed class Connection(ConnectionId id, IpAddr localAddress, OpenMessage open)
{
    private const int MeasuresPerSendHoldTime = 4;
    private static readonly TimeSpan BeforeOpen = TimeSpan.FromSeconds(240);

    private int _stalledMeasures;
    private long _sentBytes;

    /// <summary>Its name.</summary>
    public ConnectionId Id { get; } = id;

    /// <summary>Our end.</summary>
    public IpAddr LocalAddress { get; } = localAddress;

    /// <summary>Our OPEN.</summary>
    public OpenMessage LocalOpen { get; } = open;

    /// <summary>The peer's OPEN; set from OpenConfirm on.</summary>
    public OpenMessage? PeerOpen { get; private set; }

    /// <summary>OpenSent, OpenConfirm or Established.</summary>
    public SessionPhase Phase { get; private set; } = SessionPhase.OpenSent;

    /// <summary>Whether another connection was given up for this one (RFC 4271 §6.8).</summary>
    public bool HasPrevailed { get; set; }

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

    /// <summary>True when KEEPALIVEs are sent.</summary>
    public bool IsKeptAlive => Terms is { HoldTime.Ticks: > 0 };

    /// <summary>Starts the next part of the send hold timer; null when there is none.</summary>
    public SessionEffect? ArmSendHold => Terms is { SendHoldTime: { Ticks: > 0 } time }
        ? new SessionEffect.Arm(new(SessionTimerKind.SendHold, Id), time / MeasuresPerSendHoldTime)
        : null;

    /// <summary>The peer's OPEN was accepted.</summary>
    public void Agree(OpenMessage peer, SessionTerms terms)
    {
        PeerOpen = peer;
        Terms = terms;
        Phase = SessionPhase.OpenConfirm;
        Decoder = new UpdateDecoder(
            new UpdateContext(terms.FourByteAs, terms.IsInternal, terms.Families, terms.AddPathReceive,
                terms.ExtendedNextHop));

        // RFC 8654 §4: who offers extended messages must take them, whatever the peer offers.
        Framer.TakesExtendedMessages = LocalOpen.Find<Capability.ExtendedMessage>() is not null;
        ArmHold = IsKeptAlive ? new SessionEffect.Arm(new(SessionTimerKind.Hold, Id), terms.HoldTime) : null;
    }

    /// <summary>The peer's KEEPALIVE came.</summary>
    public void Establish() => Phase = SessionPhase.Established;

    /// <summary>True when by this measure nothing has left for the whole send hold time, though something
    /// waits.</summary>
    public bool HasStalled(long sentBytes, long queuedBytes)
    {
        var moves = queuedBytes == 0 || sentBytes != _sentBytes;
        (_stalledMeasures, _sentBytes) = (moves ? 0 : _stalledMeasures + 1, sentBytes);
        return _stalledMeasures >= MeasuresPerSendHoldTime;
    }
}
