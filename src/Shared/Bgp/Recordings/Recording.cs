using System.Collections.Immutable;
using Agent.Bgp.Session;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>What happened to one or several sessions, step by step, and what they did about it: plain text that a test
/// replays.</summary>
/// <remarks>
/// <code>
/// # What the recording shows.                        a comment, kept
/// peer A local-as=64512 router-id=10.0.0.1 ...       a session and its settings
/// rib own=10.0.0.1 connected=10.0.0.0/24             optional: the RIB takes part
///
/// # A comment of the step.
/// @0.000 A start                                     an input: seconds, session, what happened
///     dial outgoing-1                                what the session does, in order
///     arm ConnectRetry 30
/// @0.012 A dialed outgoing-1 10.0.0.1
///     ; OPEN AS 64512, hold 240 s, ...               what the bytes of the next line say; ignored
///     send outgoing-1 ffff...
/// </code>
/// The words of inputs stand in <see cref="InputText"/>, those of effects in <see cref="EffectText"/>, those of
/// settings in <see cref="SettingsText"/>. <see cref="RecordingReader"/> reads the text, <see cref="SessionRecorder"/>
/// writes that of a live session, <see cref="Replay"/> repeats the inputs.
/// </remarks>
/// <param name="Head">The comments before the first session, without their <c>#</c>.</param>
/// <param name="Peers">The sessions, in the order of the text.</param>
/// <param name="Rib">How the RIB takes part; null when the sessions stand alone.</param>
/// <param name="Steps">What happened.</param>
public sealed record Recording(
    ImmutableArray<string> Head, ImmutableArray<RecordedPeer> Peers, RecordedRib? Rib,
    ImmutableArray<RecordedStep> Steps)
{
    /// <summary>The text, line by line.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var line in Head) yield return Comment(line);
        foreach (var peer in Peers) yield return SettingsText.Line(peer);
        if (Rib is not null) yield return SettingsText.Line(Rib);
        foreach (var step in Steps)
        {
            if (!step.Comments.IsEmpty) yield return "";
            foreach (var line in step.Comments) yield return Comment(line);
            foreach (var line in InputText.Lines(step.At, step.Peer, step.Input)) yield return line;
            foreach (var line in step.Outputs) yield return Indent + line;
        }
    }

    /// <summary>What stands before each effect.</summary>
    internal const string Indent = "    ";

    private static string Comment(string line) => line.Length == 0 ? "#" : "# " + line;
}

/// <summary>One session of a recording.</summary>
/// <param name="Name">What its steps call it; no blank.</param>
/// <param name="Session">What it negotiates.</param>
/// <param name="Policy">How the RIB treats its routes.</param>
/// <param name="Seed">The seed of the chance that shortens its waiting times; null never shortens any.</param>
public sealed record RecordedPeer(string Name, SessionSettings Session, PeerPolicy Policy, int? Seed)
{
    /// <summary>The peer as the RIB knows it.</summary>
    internal PeerSpec Spec => new() { Name = Name, Type = PeerType.Node, Session = Session, Policy = Policy };
}

/// <summary>What surrounds the RIB of a recording.</summary>
/// <param name="OwnAddresses">The speaker's addresses.</param>
/// <param name="Connected">The networks on its one link.</param>
public sealed record RecordedRib(ImmutableArray<IpAddr> OwnAddresses, ImmutableArray<IpPrefix> Connected);

/// <summary>One input and what came of it.</summary>
/// <param name="Comments">The comments before it, without their <c>#</c>.</param>
/// <param name="At">When, from the recording's beginning.</param>
/// <param name="Peer">Which session; the RIB's inputs name one too.</param>
/// <param name="Input">What happened.</param>
/// <param name="Outputs">What was done about it: <see cref="EffectText"/>, without lines that explain bytes.</param>
public sealed record RecordedStep(
    ImmutableArray<string> Comments, TimeSpan At, string Peer, RecordedInput Input, ImmutableArray<string> Outputs);

/// <summary>What happens in a recording.</summary>
public abstract record RecordedInput
{
    private RecordedInput() { }

    /// <summary>An input of the session.</summary>
    public sealed record Happened(SessionInput Input) : RecordedInput;

    /// <summary>Bytes came.</summary>
    public sealed record Received(ConnectionId Connection, ImmutableArray<byte> Bytes) : RecordedInput;

    /// <summary>This node announces exactly these prefixes.</summary>
    public sealed record Originate(ImmutableArray<IpPrefix> Prefixes) : RecordedInput;

    /// <summary>The stale routes of the session's peer have been kept long enough, but for those of the long-lived
    /// families.</summary>
    public sealed record StaleExpired(ImmutableArray<IpFamily> LongLived) : RecordedInput;

    /// <summary>So have the long-lived stale routes of a family.</summary>
    public sealed record LongLivedExpired(IpFamily Family) : RecordedInput;
}

/// <summary>A text that is no recording; the message says which line and what is expected there.</summary>
public sealed class RecordingException(string message) : FormatException(message);
