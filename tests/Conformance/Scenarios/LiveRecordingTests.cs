using Agent.Actors.Bgp;
using Agent.Bgp.Recordings;
using Agent.Conformance.Tests.Support.Brands;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Scenarios;

/// <summary>The recorder: what a live session with BIRD did is what its recording does when it is replayed.</summary>
public sealed class LiveRecordingTests
{
    [Fact]
    public async Task A_session_recorded_live_replays_to_the_same_effects()
    {
        var options = new BrandOptions { GracefulRestart = true, Routes = ["10.10.0.0/24", "10.11.0.0/24"] };
        using var lab = await PairLab.EstablishedAsync("bird", options);
        var begun = await lab.Node.AskAsync<PeerSetProtocol.Recording>(new PeerSetProtocol.RecordPeer(lab.Session, On: true));
        Assert.Equal(new PeerSetProtocol.Recording("memory of to-1"), begun);
        await Eventually.BecomesAsync(
            "the recording holds an established session", () => lab.Node.Recordings.Lines,
            lines => lines.Contains("    state up Established", StringComparer.Ordinal));
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1", "10.11.0.0/24 via 10.0.0.1");
        await lab.Brand.WithdrawAsync("10.11.0.0/24");
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1");
        await lab.Brand.KillAsync();
        await lab.NodeHasAsync("10.10.0.0/24 via 10.0.0.1 stale");

        var ended = await lab.Node.AskAsync<PeerSetProtocol.Recording>(new PeerSetProtocol.RecordPeer(lab.Session, On: false));

        Assert.Equal(begun, ended);
        await Eventually.BecomesAsync("the recording is complete", () => lab.Node.Recordings.IsComplete, complete => complete);
        var recording = RecordingReader.Read(lab.Node.Recordings.Lines);
        Assert.Contains(recording.Steps, step => step.Outputs.Any(line => line.StartsWith("announce 10.11.0.0/24 ", StringComparison.Ordinal)));
        Assert.Contains(recording.Steps, step => step.Outputs.Contains("withdraw 10.11.0.0/24"));
        Assert.Contains(recording.Steps, step => step.Outputs.Any(line => line.StartsWith("down stale ", StringComparison.Ordinal)));
        Assert.Equal("", Replay.Difference(recording, Replay.Run(recording)));
    }

    [Fact]
    public async Task A_session_that_is_not_there_or_not_recorded_is_named()
    {
        using var lab = await PairLab.CreateAsync("bird", new BrandOptions());
        lab.Node.Peer(lab.Brand.Options.Spec());
        await lab.Node.BegunAsync(lab.Session);

        Assert.Equal(
            new PeerSetProtocol.Recording(null, "there is no session nobody"),
            await lab.Node.AskAsync<PeerSetProtocol.Recording>(new PeerSetProtocol.RecordPeer("nobody", On: true)));
        Assert.Equal(
            new PeerSetProtocol.Recording(null, "the session to-1 is not being recorded"),
            await lab.Node.AskAsync<PeerSetProtocol.Recording>(new PeerSetProtocol.RecordPeer("to-1", On: false)));
    }
}
