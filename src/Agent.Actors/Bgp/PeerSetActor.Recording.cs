using Agent.Bgp.Wire;

namespace Agent.Actors.Bgp;

/// <content>Recordings: a session that is to be recorded is stopped, and its next actor gets the tape.</content>
public sealed partial class PeerSetActor
{
    private readonly ISessionRecordings? _recordings;
    private readonly SortedDictionary<string, ISessionRecording> _toRecord = new(StringComparer.Ordinal);

    private void Record(string name, bool on)
    {
        if (!_running.TryGetValue(name, out var peer))
            Sender.Tell(new PeerSetProtocol.Recording(null, $"there is no session {name}"), Self);
        else if (!on)
        {
            var problem = peer.Recording is null ? $"the session {name} is not being recorded" : "";
            Sender.Tell(new PeerSetProtocol.Recording(peer.Recording, problem), Self);
            peer.Recording = null;
            peer.Ref.Tell(PeerProtocol.EndRecording.Instance, Self);
        }
        else if (_recordings is null)
            Sender.Tell(new PeerSetProtocol.Recording(null, "this node has nowhere to record to"), Self);
        else
        {
            var asker = Sender;
            _recordings.BeginAsync(name).PipeTo(
                Self,
                success: file => new PeerSetProtocol.RecordingBegun(name, file, asker),
                failure: cause => new PeerSetProtocol.RecordingRefused(cause.Message, asker));
        }
    }

    private void OnRecordingBegun(PeerSetProtocol.RecordingBegun begun)
    {
        if (_stopping || !_running.TryGetValue(begun.Peer, out var peer))
        {
            begun.File.Dispose();
            begun.Asker.Tell(new PeerSetProtocol.Recording(null, $"the session {begun.Peer} has ended"), Self);
            return;
        }

        if (_toRecord.Remove(begun.Peer, out var earlier)) earlier.Dispose();
        _toRecord.Add(begun.Peer, begun.File);
        _log.Info("the session {0} is recorded to {1}, from its begin on: it is reset", begun.Peer,
            begun.File.Location);
        if (!peer.Stopping) Stop(peer, CeaseSubcode.AdministrativeReset);
        begun.Asker.Tell(new PeerSetProtocol.Recording(begun.File.Location), Self);
    }
}
