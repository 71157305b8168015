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
            // RFC 2918 §4; other families and subtypes are passed over
            case ConnectionEvent.RouteRefreshReceived(var message):
                if (message.Requested is { } family && connection.Terms is { } terms && terms.Families.Contains(family))
                    Report(new PeerNews.RefreshRequested(family));
                break;

            case ConnectionEvent.KeepaliveDue:                                   // Event 11
                SendKeepalive(connection);
                break;

            case ConnectionEvent.HoldExpired:                                    // Event 10
                Abort(connection, BgpErrors.HoldTimerExpired);
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
    private static BgpError? Update(Connection connection, ReadOnlySpan<byte> body, UpdateBatch batch,
        ref UpdateComplaint? worst)
    {
        var decoder = connection.Decoder
            ?? throw new InvalidOperationException($"{connection.Id} is established without terms");
        if (!decoder.TryDecode(body, batch, out var error)) return error;
        if (decoder.Complaint is { } complaint) worst = UpdateComplaint.Worse(worst, complaint);
        return null;
    }

    private void RequestRefresh(IpFamily family)
    {
        var connection = EstablishedConnection();
        if (connection?.Terms is { RouteRefresh: true } terms && terms.Families.Contains(family))
            Add(new SessionEffect.Send(connection.Id, new BgpMessage.RouteRefresh(family)));
    }
}
