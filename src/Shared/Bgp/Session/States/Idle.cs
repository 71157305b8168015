namespace Agent.Bgp.Session;

/// <content>Down and Idle: the session is stopped, or keeps still after an error (RFC 4271 §8.2.2 Idle, §8.1.1
/// IdleHoldTimer).</content>
public sealed partial class BgpSession
{
    /// <summary>Events 1, 3 to 7: the first dial begins at once.</summary>
    private void Start(bool restarting)
    {
        if (_dialing != Dialing.Off) return;
        _isRestarting = restarting;
        Seek();
    }

    /// <summary>Events 2 and 8: from any state.</summary>
    private void Stop(BgpError cease)
    {
        foreach (var connection in _connections.ToArray()) End(connection, cease, "");
        Rest();
    }

    /// <summary>An operator's wish: as after <see cref="Stop"/> and <see cref="Start"/>.</summary>
    private void Reset(BgpError cease)
    {
        if (_dialing == Dialing.Off) return;
        Stop(cease);
        Seek();
    }

    /// <summary>The connections vanish as if the host had; nobody is told, since routes stay where they are.</summary>
    private void StopForRestart()
    {
        foreach (var connection in _connections.ToArray()) CloseQuietly(connection);
        Rest();
    }

    private void Rest()
    {
        GiveUpDialing();
        if (_dialing == Dialing.Held) Add(new SessionEffect.Disarm(new(SessionTimerKind.IdleHold)));
        Add(new SessionEffect.Disarm(new(SessionTimerKind.ErrorForget)));
        _dialing = Dialing.Off;
        _lastError = "";
        _retry.Reset();
        _errors.Reset();
    }

    /// <summary>Keeps still for a time that grows with each error, so that a broken peer does not keep both ends
    /// busy.</summary>
    private void Hold()
    {
        GiveUpDialing();
        _dialing = Dialing.Held;
        Add(new SessionEffect.Arm(new(SessionTimerKind.IdleHold), _errors.Next()));
        Add(new SessionEffect.Arm(new(SessionTimerKind.ErrorForget), ErrorMemory));
    }

    /// <summary>Event 13.</summary>
    private void OnIdleHold()
    {
        if (_dialing == Dialing.Held) Seek();
    }
}
