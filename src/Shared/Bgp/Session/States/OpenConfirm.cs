using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <content>OpenConfirm: the OPENs agree and we await the peer's KEEPALIVE (RFC 4271 §8.2.2 OpenConfirm).</content>
public sealed partial class BgpSession
{
    private void InOpenConfirm(Connection connection, ConnectionEvent happened)
    {
        switch (happened)
        {
            case ConnectionEvent.KeepAliveReceived:                              // Event 26
                Establish(connection);
                break;

            case ConnectionEvent.KeepaliveDue:                                   // Event 11
                SendKeepalive(connection);
                break;

            // armed once the session is established
            case ConnectionEvent.SendHoldExpired: break;

            case ConnectionEvent.HoldExpired:                                    // Event 10
                Abort(connection, BgpErrors.HoldTimerExpired);
                break;

            case ConnectionEvent.Violation(var broken):                          // Events 21, 22
                Abort(connection, broken);
                break;

            case ConnectionEvent.NotificationReceived(var told):                 // Events 24, 25
                Obey(connection, told);
                break;

            case ConnectionEvent.Closed(var reason):                             // Event 18
                Lapse(connection, reason);
                break;

            default:
                Abort(connection, BgpErrors.Fsm(FsmSubcode.UnexpectedInOpenConfirm));
                break;
        }
    }

    private void Establish(Connection connection)
    {
        // Another that is established is the one from before the peer's restart (RFC 4724 §4.2); another that is not,
        // has lost.
        var other = _connections.Find(each => each != connection);
        if (other is { Phase: SessionPhase.Established }) Forget(other, null, "Peer restarted", keepStale: true);
        else if (other is not null) Lose(other);

        connection.Establish();
        _lastError = "";
        _retry.Reset();
        _establishments++;
        Add(connection.ArmHold);
        Add(connection.ArmSendHold);
        if (connection.Terms is { } terms) Report(new PeerNews.Up(connection.Id, terms));
    }

    private void SendKeepalive(Connection connection)
    {
        Send(connection.Id, BgpMessage.KeepAlive.Instance);
        if (connection is { IsKeptAlive: true, Terms: { } terms })
            Add(new SessionEffect.Arm(new(SessionTimerKind.Keepalive, connection.Id),
                Backoff.Jitter(terms.KeepaliveInterval, _random)));
    }
}
