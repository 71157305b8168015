namespace Agent.Bgp.Session;

/// <content>Connect: a dial is under way (RFC 4271 §8.2.2 Connect).</content>
public sealed partial class BgpSession
{
    /// <summary>Begins to seek the peer: a dial, or for a passive peer to wait.</summary>
    private void Seek()
    {
        if (_settings.Passive)
        {
            _dialing = Dialing.Waiting;
            return;
        }

        _dialing = Dialing.UnderWay;
        _dial = new ConnectionId(ConnectionSide.Outgoing, ++_dials);
        Add(new SessionEffect.Dial(_dial));
        Add(new SessionEffect.Arm(new(SessionTimerKind.ConnectRetry), DialTime));
    }

    /// <summary>Events 16 and 17: OPEN follows at once, since DelayOpen is not used.</summary>
    private void OnDialSucceeded(SessionInput.DialSucceeded dialed)
    {
        if (!IsDialing(dialed.Connection))
        {
            // A dial that was given up came through all the same.
            if (Find(dialed.Connection) is null) Add(new SessionEffect.Close(dialed.Connection));
            return;
        }

        Add(new SessionEffect.Disarm(new(SessionTimerKind.ConnectRetry)));
        _dialing = Dialing.Resting;
        Open(dialed.Connection, dialed.LocalAddress);
    }

    /// <summary>Event 18 in Connect.</summary>
    private void OnDialFailed(SessionInput.DialFailed failed)
    {
        if (IsDialing(failed.Connection)) FailDial(failed.Reason);
    }

    private void FailDial(string reason)
    {
        Add(new SessionEffect.Disarm(new(SessionTimerKind.ConnectRetry)));
        _lastError = $"Socket: {reason}";
        if (_connections.Count > 0) _dialing = Dialing.Resting;
        else Retry();
    }

    /// <summary>Ends a dial under way, or the wait for the next.</summary>
    private void GiveUpDialing()
    {
        if (_dialing == Dialing.UnderWay) Add(new SessionEffect.Close(_dial));
        if (_dialing is not (Dialing.UnderWay or Dialing.Waiting)) return;
        if (!_settings.Passive) Add(new SessionEffect.Disarm(new(SessionTimerKind.ConnectRetry)));
        _dialing = Dialing.Resting;
    }
}
