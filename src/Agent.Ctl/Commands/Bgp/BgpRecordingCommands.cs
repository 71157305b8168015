using System.CommandLine;
using System.Text.Json;
using Agent.Bgp.Recordings;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary><c>bgp record</c> and <c>bgp replay</c>: what a live session hears and does as a file, and the same again
/// without the peer.</summary>
internal static class BgpRecordingCommands
{
    private static readonly Option<string?> Format = Documents.Flag();

    internal static Command Record(Surroundings surroundings)
    {
        var peer = BgpCommand.PeerArgument(surroundings);
        var onOff = new Argument<string>("on|off") { Description = "'on' begins a recording, 'off' completes it." };
        onOff.CompletionSources.Add("on", "off");
        var command = new Command(
            "record",
            """
            Writes all that happens to a session to a file: messages, timers, connections, and what the agent does about them.

            'on' resets the session (Cease / Administrative Reset) and begins it anew, so that the file holds it from its first input on and
            'bgp replay' can repeat it. 'off' leaves the session alone. A recording ends, too, when the peer's configuration resets the session,
            and at 256 MiB. The file is on the agent's host and readable by its owner alone; it holds all that the peer said, never the password.

            Examples:
              agentctl bgp record 10.0.0.2 on
              agentctl bgp record Mesh_10_0_0_2 off
              agentctl bgp record 10.0.0.2 off -o json
            """)
        { peer, onOff, Format };
        command.SetAction((parsed, cancellation) =>
            RecordAsync(parsed, surroundings, parsed.GetValue(peer)!, parsed.GetValue(onOff)!, cancellation));
        return command;
    }

    private static async Task<int> RecordAsync(
        ParseResult parsed, Surroundings surroundings, string peer, string word, CancellationToken cancellation)
    {
        if (word is not ("on" or "off")) throw new CommandFailedException($"unknown word '{word}': use on or off");
        var format = Documents.Format(parsed, Format);
        var reply = await AgentQuestion.AskAsync<IpcReply.BgpRecording>(
            parsed, surroundings, new IpcRequest.BgpRecord(peer, word == "on"), cancellation);
        if (!Documents.Write(surroundings.Output, format, reply))
            surroundings.Output.WriteLine(reply.On
                ? $"{reply.Peer} is reset and recorded to {reply.Path}"
                : $"{reply.Peer} is no longer recorded; the recording is {reply.Path}");
        return 0;
    }

    internal static Command Replay(Surroundings surroundings)
    {
        var file = new Argument<string>("file") { Description = "The recording; - for standard input." };
        var command = new Command(
            "replay",
            """
            Repeats what a recording's sessions heard against new sessions and a new RIB, and shows each step where they do something else
            than was recorded: '-' what was recorded, '+' what is done now. Needs no agent and touches no network.

            Exit code: 0 the same was done, 1 something else was, or the file is no recording.

            Examples:
              agentctl bgp replay /run/agent/recordings/Mesh_10_0_0_2-20260101T120000Z.steps
              agentctl bgp replay session.steps -o json
            """)
        { file, Format };
        command.SetAction(parsed => Replay(parsed, surroundings, parsed.GetValue(file)!));
        return command;
    }

    private static int Replay(ParseResult parsed, Surroundings surroundings, string file)
    {
        var format = Documents.Format(parsed, Format);
        var report = Agent.Bgp.Recordings.Replay.Check(Read(surroundings, file));
        var exitCode = report.Differences.Count == 0 ? 0 : 1;
        var json = JsonSerializer.SerializeToElement(report, DocumentJson.Default.ReplayReport);
        if (Documents.Write(surroundings.Output, format, json)) return exitCode;
        foreach (var difference in report.Differences) surroundings.Output.WriteLine(difference);
        surroundings.Output.WriteLine(exitCode == 0
            ? $"{report.Steps} steps, each as recorded; at the end the RIB knows {report.Prefixes} prefixes."
            : $"{report.Differences.Count} of {report.Steps} steps differ.");
        return exitCode;
    }

    private static Recording Read(Surroundings surroundings, string file)
    {
        try
        {
            return RecordingReader.Read(
                file == "-" ? surroundings.Input.ReadToEnd().Split('\n') : File.ReadLines(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{file} cannot be read: {error.Message}");
        }
        catch (RecordingException error)
        {
            throw new CommandFailedException($"{file} is no recording: {error.Message}");
        }
    }
}
