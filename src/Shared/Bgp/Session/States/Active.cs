using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <content>Active: no connection, waiting for the time to dial again or for the peer (RFC 4271 §8.2.2
/// Active).</content>
public sealed partial class BgpSession
{
    /// <summary>Waits for the next dial; the wait doubles until a session is established.</summary>
    private void Retry()
    {
        _dialing = Dialing.Waiting;
        if (!_settings.Passive) Add(new SessionEffect.Arm(new(SessionTimerKind.ConnectRetry), _retry.Next()));
    }

    /// <summary>Event 9: in Connect the dial took too long, in Active it is time for the next.</summary>
    private void OnConnectRetry()
    {
        if (_dialing == Dialing.UnderWay)
        {
            Add(new SessionEffect.Close(_dial));
            _lastError = "Socket: Connection timed out";
            if (_connections.Count > 0) _dialing = Dialing.Resting;
            else Retry();
        }
        else if (_dialing == Dialing.Waiting)
        {
            Seek();
        }
    }

    /// <summary>Event 17 for a connection that the peer opened.</summary>
    private void OnAccepted(SessionInput.Accepted accepted)
    {
        switch (_dialing)
        {
            case Dialing.Off:
                Refuse(accepted.Connection, CeaseSubcode.ConnectionRejected);
                return;

            case Dialing.Held:
                // Idle refuses connections; without a NOTIFICATION, so that the peer does not count it as an error.
                Add(new SessionEffect.Close(accepted.Connection));
                return;
        }

        if (Terms is { Restart: null })
        {
            Refuse(accepted.Connection, CeaseSubcode.ConnectionCollisionResolution);
            return;
        }

        // The peer has one connection to dial with: an earlier one of its is dead, whatever TCP says.
        var earlier = _connections.Find(each =>
            each.Id.Side == ConnectionSide.Incoming && each.Phase != SessionPhase.Established);
        if (earlier is not null) Lose(earlier);
        if (_dialing == Dialing.Waiting) GiveUpDialing();
        Open(accepted.Connection, accepted.LocalAddress);
    }

    private void Refuse(ConnectionId connection, CeaseSubcode subcode)
    {
        Send(connection, new BgpMessage.Notification(BgpErrors.Cease(subcode)));
        Add(new SessionEffect.Close(connection));
    }
}
