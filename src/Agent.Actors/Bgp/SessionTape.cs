using Agent.Bgp;
using Agent.Bgp.Recordings;
using Agent.Bgp.Session;

namespace Agent.Actors.Bgp;

/// <summary>The recorder of one actor's session, from its first input until it is disposed.</summary>
public sealed class SessionTape : IDisposable
{
    private readonly ISessionRecording _recording;
    private readonly SessionRecorder _recorder;
    private readonly TimeProvider _time;
    private readonly long _begin;
    private bool _ended;

    /// <summary>A recorder that has heard nothing yet.</summary>
    /// <param name="recording">Where to; disposed of with the tape.</param>
    /// <param name="spec">The session.</param>
    /// <param name="seed">The seed of the session's chance.</param>
    /// <param name="time">The clock that steps are stamped by.</param>
    public SessionTape(ISessionRecording recording, PeerSpec spec, int seed, TimeProvider time)
    {
        (_recording, _time, _begin) = (recording, time, time.GetTimestamp());
        var peer = new RecordedPeer(spec.Name, spec.Session with { PasswordRef = null }, spec.Policy, seed);
        _recorder = new SessionRecorder(peer, recording.Append);
    }

    private TimeSpan Now => _time.GetElapsedTime(_begin);

    /// <summary>The session is about to take an input.</summary>
    public void Write(SessionInput input)
    {
        if (!_ended) _recorder.Write(Now, input);
    }

    /// <summary>The session is about to take bytes.</summary>
    public void Write(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        if (!_ended) _recorder.Write(Now, connection, bytes);
    }

    /// <summary>What the session does about the input before; not yet carried out.</summary>
    public void Write(IReadOnlyList<SessionEffect> effects)
    {
        if (!_ended) _recorder.Write(effects);
    }

    /// <summary>Completes the recording; the session goes on.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        _recording.Dispose();
    }
}
