using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <content>OpenSent: our OPEN is out and we await the peer's (RFC 4271 §8.2.2 OpenSent).</content>
public sealed partial class BgpSession
{
    private void Open(ConnectionId id, IpAddr localAddress)
    {
        var connection = new Connection(id, localAddress, Negotiation.Offer(_settings, _isRestarting));
        _connections.Add(connection);
        Send(id, new BgpMessage.Open(connection.LocalOpen));
        Add(connection.ArmHold);
    }

    private void InOpenSent(Connection connection, ConnectionEvent happened)
    {
        switch (happened)
        {
            case ConnectionEvent.OpenReceived(var open):                         // Events 19, 21, 23
                if (!Negotiation.TryAgree(_settings, open, connection.LocalAddress, out var terms, out var error))
                    Abort(connection, error);
                else if (SurvivesCollision(connection, terms)) Confirm(connection, open, terms);
                break;

            case ConnectionEvent.Violation(var broken):                          // Events 21, 22
                Abort(connection, broken);
                break;

            case ConnectionEvent.HoldExpired:                                    // Event 10
                Abort(connection, BgpErrors.HoldTimerExpired);
                break;

            case ConnectionEvent.NotificationReceived(var told):                 // Events 24, 25
                Obey(connection, told);
                break;

            case ConnectionEvent.Closed(var reason):                             // Event 18
                Lapse(connection, reason);
                break;

            // not yet armed: one of an earlier state
            case ConnectionEvent.KeepaliveDue or ConnectionEvent.SendHoldExpired: break;

            default:
                Abort(connection, BgpErrors.Fsm(FsmSubcode.UnexpectedInOpenSent));
                break;
        }
    }

    private void Confirm(Connection connection, OpenMessage open, SessionTerms terms)
    {
        connection.Agree(open, terms);
        GiveUpDialing();
        SendKeepalive(connection);
        Add(connection.ArmHold ?? new SessionEffect.Disarm(new(SessionTimerKind.Hold, connection.Id)));
    }

    /// <summary>Event 23: settles a collision with the other connection; one that is established does not take part,
    /// see the type's remarks.</summary>
    private bool SurvivesCollision(Connection connection, SessionTerms terms)
    {
        var other = _connections.Find(each => each != connection && each.Phase != SessionPhase.Established);
        if (other is null) return true;
        var winner = Collision.Winner(_settings, terms);
        if (connection.Id.Side == winner)
        {
            Lose(other);
            return true;
        }

        // The peer's connection is to win, but it has not sent OPEN there: it may have given up that dial for this
        // connection. Its next message tells: OPEN there, or KEEPALIVE here.
        if (winner == ConnectionSide.Incoming) return true;

        // A peer that had the winner would not dial again: it went down since, and TCP has not noticed.
        if (other.HasPrevailed)
        {
            Lose(other);
            return true;
        }

        other.HasPrevailed = true;
        Lose(connection);
        return false;
    }
}
