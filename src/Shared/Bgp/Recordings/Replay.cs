using System.Globalization;
using System.Text;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>Repeats a recording's inputs against new sessions, and a new RIB where it has one, and tells what they did
/// this time.</summary>
public sealed class Replay
{
    private readonly Recording _recording;
    private readonly SortedDictionary<string, BgpSession> _sessions = new(StringComparer.Ordinal);
    private readonly Rib.Rib? _rib;
    private readonly bool _isRibHeard;

    private Replay(Recording recording, RecordedRib? around)
    {
        _recording = recording;
        _isRibHeard = recording.Rib is not null;
        foreach (var peer in recording.Peers)
            _sessions[peer.Name] = new BgpSession(peer.Session, peer.Seed is { } seed ? new Random(seed) : new Even());
        if (around is null) return;
        _rib = new Rib.Rib();
        _rib.SetPolicy(new RibPolicy
        {
            Pools =
            [
                new PolicyPool(IpPrefix.Parse("0.0.0.0/0")), new PolicyPool(IpPrefix.Parse("::/0")),
            ],
        });
        _rib.SetConnected(new ConnectedState
        {
            OwnAddresses = around.OwnAddresses,
            Networks = [.. around.Connected.Select(network => new ConnectedNetwork(network, Link: 1))],
        });
    }

    /// <summary>The recording as it is now: the same inputs, with what came of them this time.</summary>
    public static Recording Run(Recording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        var replay = new Replay(recording, recording.Rib);
        return recording with { Steps = [.. recording.Steps.Select(replay.Step)] };
    }

    /// <summary>Repeats the inputs and compares. The RIB takes part in any case: of a recording that does not say what
    /// it does, it is fed with every next hop reachable, and not compared.</summary>
    public static ReplayReport Check(Recording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        var replay = new Replay(recording, recording.Rib ?? new RecordedRib(
            [], [IpPrefix.Parse("0.0.0.0/0"), IpPrefix.Parse("::/0")]));
        var differences = recording.Steps.Select(step => Difference(step, replay.Step(step)))
            .OfType<string>().ToArray();
        return new ReplayReport(recording.Steps.Length, differences, replay._rib?.PrefixCount ?? 0);
    }

    /// <summary>Where two runs of a recording part, for people to read; empty when they agree.</summary>
    public static string Difference(Recording expected, Recording actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        foreach (var (step, now) in expected.Steps.Zip(actual.Steps))
            if (Difference(step, now) is { } difference) return difference;
        return expected.Steps.Length == actual.Steps.Length
            ? ""
            : $"{expected.Steps.Length} steps were expected, there are {actual.Steps.Length}";
    }

    private static string? Difference(RecordedStep step, RecordedStep now)
    {
        var (before, after) = (Essence(step), Essence(now));
        if (before.SequenceEqual(after, StringComparer.Ordinal)) return null;
        var text = new StringBuilder();
        foreach (var comment in step.Comments) text.AppendLine(CultureInfo.InvariantCulture, $"# {comment}");
        foreach (var line in InputText.Lines(step.At, step.Peer, step.Input)) text.AppendLine(line);
        foreach (var line in step.Outputs.Except(now.Outputs, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {line}");
        foreach (var line in now.Outputs)
        {
            var mark = step.Outputs.Contains(line, StringComparer.Ordinal) ? ' ' : '+';
            text.AppendLine(CultureInfo.InvariantCulture, $"  {mark} {line}");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Essence(RecordedStep step) =>
        step.Outputs.Where(line => !line.StartsWith(';'));

    private RecordedStep Step(RecordedStep step)
    {
        var lines = new List<string>();
        var session = _sessions[step.Peer];
        switch (step.Input)
        {
            case RecordedInput.Happened(var input): CarryOut(step.Peer, session.Step(input), lines); break;
            case RecordedInput.Received(var id, var bytes):
                CarryOut(step.Peer, session.Receive(id, bytes.AsSpan()), lines);
                break;
            case RecordedInput.Originate(var prefixes):
                _rib?.SetOriginated(prefixes.Select(prefix => new LocalRoute(prefix, LocalRouteKind.Block)));
                break;
            case RecordedInput.StaleExpired(var longLived): _rib?.StaleExpired(step.Peer, longLived.AsSpan()); break;
            case RecordedInput.LongLivedExpired(var family): _rib?.LongLivedExpired(step.Peer, family); break;
            default: throw new System.Diagnostics.UnreachableException($"no way to replay {step.Input}");
        }

        if (_rib is not null) Settle(_rib, _isRibHeard ? lines : []);
        return step with { Outputs = [.. lines] };
    }

    private void CarryOut(string name, IReadOnlyList<SessionEffect> effects, List<string> lines)
    {
        foreach (var effect in effects)
        {
            lines.AddRange(EffectText.Lines(effect));
            if (effect is SessionEffect.Report(var news)) Tell(name, news);
        }
    }

    private void Tell(string name, PeerNews news)
    {
        switch (news)
        {
            case PeerNews.Updates(var batch):
                _rib?.Apply(name, batch);
                batch.Dispose();
                break;
            case PeerNews.Up(_, var terms):
                _rib?.PeerUp(_recording.Peers.First(peer => peer.Name == name).Spec, PeerTerms.Of(terms));
                break;
            case PeerNews.Down down: _rib?.PeerDown(name, down.KeepStale); break;
            case PeerNews.RefreshRequested(var family): _rib?.RefreshRequested(name, family); break;
            case PeerNews.RefreshBegun(var family): _rib?.RefreshBegun(name, family); break;
            case PeerNews.RefreshEnded(var family): _rib?.RefreshEnded(name, family); break;
        }
    }

    private static void Settle(Rib.Rib rib, List<string> lines)
    {
        while (rib.HasWork || rib.HasOutput)
        {
            rib.Work();
            foreach (var output in rib.TakeOutput())
            {
                foreach (var buffer in output.Buffers)
                    foreach (var message in Messages(buffer))
                        lines.AddRange(EffectText.Sent($"tell {output.Peer}", message));
                rib.Sent(output.Peer, output.Bytes);
            }
        }

        var changes = new RibChange[16];
        while (rib.TakeRouteChanges(changes) is var count and > 0)
            foreach (var change in changes.AsSpan(0, count)) lines.Add(RouteText.Write(change));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(buffer.Span[16..]);
            yield return buffer[..length];
            buffer = buffer[length..];
        }
    }

    /// <summary>Chance that never shortens a waiting time.</summary>
    private sealed class Even() : Random(0)
    {
        public override double NextDouble() => 0;
    }
}

/// <summary>What came of repeating a recording.</summary>
/// <param name="Steps">How many inputs it has.</param>
/// <param name="Differences">The steps that something else came of, each for people to read.</param>
/// <param name="Prefixes">How many prefixes the RIB knows in the end.</param>
public sealed record ReplayReport(int Steps, IReadOnlyList<string> Differences, int Prefixes);
