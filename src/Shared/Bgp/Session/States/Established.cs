using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <content>Established: routes are exchanged (RFC 4271 §8.2.2 Established).</content>
public sealed partial class BgpSession
{
    private void InEstablished(Connection connection, ConnectionEvent happened)
    {
        switch (happened)
        {
            case ConnectionEvent.RouteRefreshReceived(var message):
                OnRefresh(connection, message);
                break;

            case ConnectionEvent.KeepaliveDue:                                   // Event 11
                SendKeepalive(connection);
                break;

            case ConnectionEvent.HoldExpired:                                    // Event 10
                Abort(connection, BgpErrors.HoldTimerExpired);
                break;

            case ConnectionEvent.SendHoldExpired:                                // Event 29
                Abort(connection, BgpErrors.SendHoldTimerExpired);
                break;

            case ConnectionEvent.Violation(var broken):                          // Events 22, 28
                Abort(connection, broken);
                break;

            case ConnectionEvent.NotificationReceived(var told):                 // Events 24, 25
                Obey(connection, told);
                break;

            case ConnectionEvent.Closed(var reason):                             // Event 18
                Lapse(connection, reason);
                break;

            default:
                Abort(connection, BgpErrors.Fsm(FsmSubcode.UnexpectedInEstablished));
                break;
        }
    }

    /// <summary>Event 27, without a record: appends the routes, or says why the session must end.</summary>
    private BgpError? Update(Connection connection, ReadOnlySpan<byte> body, UpdateBatch batch,
        ref UpdateComplaint? worst)
    {
        var decoder = connection.Decoder
            ?? throw new InvalidOperationException($"{connection.Id} is established without terms");
        if (!decoder.TryDecode(body, batch, out var error)) return error;
        if (decoder.Complaint is { } complaint)
        {
            _malformedUpdates++;
            worst = UpdateComplaint.Worse(worst, complaint);
        }

        return null;
    }

    /// <summary>RFC 2918 §4 and RFC 7313 §4; families that are not carried and unknown subtypes are passed
    /// over.</summary>
    private void OnRefresh(Connection connection, RouteRefreshMessage message)
    {
        if (message.Family is not { } family || connection.Terms is not { } terms || !terms.Families.Contains(family))
            return;
        switch (message.Subtype)
        {
            case RefreshSubtype.Request: Report(new PeerNews.RefreshRequested(family)); break;
            case RefreshSubtype.Begin when terms.EnhancedRefresh: Report(new PeerNews.RefreshBegun(family)); break;
            case RefreshSubtype.End when terms.EnhancedRefresh: Report(new PeerNews.RefreshEnded(family)); break;
        }
    }

    /// <summary>Part of SendHoldTimer has passed: looks whether anything left meanwhile (RFC 9687).</summary>
    private void OnOutputMeasured(SessionInput.OutputMeasured measured)
    {
        if (Find(measured.Connection) is not { Phase: SessionPhase.Established } connection) return;
        if (connection.HasStalled(measured.SentBytes, measured.QueuedBytes))
            OnConnection(connection, new ConnectionEvent.SendHoldExpired());
        else Add(connection.ArmSendHold);
    }

    /// <summary>Event 2 by itself (RFC 4271 §6.7): the session rests as long as the limit says, or until an operator
    /// resets it.</summary>
    private void OnPrefixLimit(IpFamily family, PrefixLimit limit)
    {
        if (EstablishedConnection() is not { } connection) return;
        End(connection, BgpErrors.MaximumPrefixes(family, limit.Most), "BGP Error: ");
        foreach (var other in _connections.ToArray()) Lose(other);
        GiveUpDialing();
        _dialing = Dialing.Held;
        _lastError = _lastLoss;
        if (limit.RestartAfter is { } time) Add(new SessionEffect.Arm(new(SessionTimerKind.IdleHold), time));
    }

    private void RequestRefresh(IpFamily family)
    {
        var connection = EstablishedConnection();
        if (connection?.Terms is { RouteRefresh: true } terms && terms.Families.Contains(family))
            Send(connection.Id, new BgpMessage.RouteRefresh(family));
    }
}
