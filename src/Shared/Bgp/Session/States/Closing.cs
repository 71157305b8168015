using Agent.Bgp.Wire;

namespace Agent.Bgp.Session;

/// <content>The ways in which a connection ends, from any of its states, and what the session does next.</content>
public sealed partial class BgpSession
{
    /// <summary>We found an error: say so, close, and keep still for a while.</summary>
    private void Abort(Connection connection, BgpError error)
    {
        Send(connection.Id, new BgpMessage.Notification(error));
        var reason = $"BGP Error: {BgpErrors.Describe(error)}";
        Forget(connection, error, reason, IsRestart(connection, error));
        Continue(reason, isError: true);
    }

    /// <summary>We end the connection on purpose. Towards a peer for which a NOTIFICATION is a restart, an end that is
    /// meant to last is a Hard Reset, so that routes go (RFC 8538 §3.1).</summary>
    private void End(Connection connection, BgpError cease, string prefix)
    {
        var isBrief = cease is
        {
            Code: BgpErrorCode.Cease,
            Subcode: (byte)CeaseSubcode.AdministrativeReset or (byte)CeaseSubcode.OtherConfigurationChange,
        };
        var told = !isBrief && IsRestart(connection, cease) ? BgpErrors.HardReset(cease) : cease;
        Send(connection.Id, new BgpMessage.Notification(told));
        Forget(connection, told, prefix + BgpErrors.Describe(cease), IsRestart(connection, told));
    }

    /// <summary>The peer found an error, or ended the session.</summary>
    private void Obey(Connection connection, BgpError told)
    {
        // Losing a collision and a reset are no errors, and a peer that is not ready for us yet soon will be.
        var isError = BgpErrors.Inside(told) is not
        {
            Code: BgpErrorCode.Cease,
            Subcode: (byte)CeaseSubcode.ConnectionCollisionResolution or (byte)CeaseSubcode.ConnectionRejected
                or (byte)CeaseSubcode.AdministrativeReset or (byte)CeaseSubcode.OtherConfigurationChange,
        };
        var reason = $"Received: {BgpErrors.Describe(told)}";
        Forget(connection, told, reason, IsRestart(connection, told));
        Continue(reason, isError);
    }

    /// <summary>RFC 4724 §4.2 keeps no routes after a NOTIFICATION; RFC 8538 §4 does, where both ends say so, unless it
    /// is a Hard Reset.</summary>
    private static bool IsRestart(Connection connection, BgpError error) =>
        connection.Terms?.Restart is { AfterNotification: true } && !BgpErrors.IsHardReset(error);

    /// <summary>The connection was lost without a word: if the peer supports graceful restart, it may be
    /// restarting.</summary>
    private void Lapse(Connection connection, string reason)
    {
        var text = $"Socket: {reason}";
        Forget(connection, null, text, keepStale: true);
        Continue(text, isError: false);
    }

    /// <summary>The connection gives way to another one: neither end counts that as an error.</summary>
    private void Lose(Connection connection)
    {
        Send(connection.Id,
            new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.ConnectionCollisionResolution)));
        CloseQuietly(connection);
    }

    /// <summary>Closes the connection and, if it was established, tells of it; <paramref name="keepStale"/> is true
    /// where the peer may be restarting.</summary>
    private void Forget(Connection connection, BgpError? error, string reason, bool keepStale)
    {
        CloseQuietly(connection);
        if (connection.Phase == SessionPhase.Established)
        {
            _losses++;
            _lastLoss = reason;
            var restart = connection.Terms?.Restart;
            Report(new PeerNews.Down(error, reason, keepStale && restart is { Families.IsEmpty: false }, restart));
        }
    }

    private void CloseQuietly(Connection connection)
    {
        _connections.Remove(connection);
        Add(new SessionEffect.Close(connection.Id));
        Add(new SessionEffect.Disarm(new(SessionTimerKind.Hold, connection.Id)));
        if (connection.IsKeptAlive) Add(new SessionEffect.Disarm(new(SessionTimerKind.Keepalive, connection.Id)));
        if (connection is { Phase: SessionPhase.Established, ArmSendHold: not null })
            Add(new SessionEffect.Disarm(new(SessionTimerKind.SendHold, connection.Id)));
    }

    /// <summary>Goes on with the connection that is left, or seeks a new one.</summary>
    private void Continue(string reason, bool isError)
    {
        if (_connections.Count > 0) return;
        _lastError = reason;
        if (isError) Hold();
        else if (_dialing == Dialing.Resting) Retry();
    }
}
