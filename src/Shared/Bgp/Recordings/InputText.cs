using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp.Session;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>Inputs as text: <c>@0.012 A dialed outgoing-1 10.0.0.1</c>.</summary>
/// <remarks>
/// <code>
/// start | start restarting | restart-ended | stop [CODE/SUBCODE [HEX]] | stop-for-restart
/// dialed CONNECTION ADDRESS | dial-failed CONNECTION REASON | accepted CONNECTION ADDRESS | closed CONNECTION [REASON]
/// timer KIND [CONNECTION] | refresh FAMILY | received CONNECTION HEX | reset [CODE/SUBCODE [HEX]]
/// prefix-limit FAMILY LIMIT | output CONNECTION SENT QUEUED
/// originate PREFIX ... | stale-expired [FAMILY ...] | long-lived-expired FAMILY       with a RIB
/// </code>
/// </remarks>
public static class InputText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The lines of a step without its comments and effects: bytes are explained first.</summary>
    public static IEnumerable<string> Lines(TimeSpan at, string peer, RecordedInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input is RecordedInput.Received(_, var bytes))
            foreach (var line in MessageText.Describe(bytes.AsSpan())) yield return "; " + line;
        yield return string.Create(Culture, $"@{at.TotalSeconds:0.000} {peer} {Write(input)}");
    }

    /// <summary>The words of an input.</summary>
    internal static string Write(RecordedInput input) => input switch
    {
        RecordedInput.Received(var id, var bytes) => $"received {id} {Convert.ToHexStringLower(bytes.AsSpan())}",
        RecordedInput.Originate(var prefixes) => Join("originate", string.Join(' ', prefixes)),
        RecordedInput.StaleExpired(var kept) =>
            Join("stale-expired", string.Join(' ', kept.Select(SettingsText.Text))),
        RecordedInput.LongLivedExpired(var family) => $"long-lived-expired {SettingsText.Text(family)}",
        RecordedInput.Happened(var happened) => Write(happened),
        _ => throw new System.Diagnostics.UnreachableException($"no words for {input}"),
    };

    private static string Write(SessionInput input) => input switch
    {
        SessionInput.Start start => start.Restarting ? "start restarting" : "start",
        SessionInput.RestartEnded => "restart-ended",
        SessionInput.Stop(var cease) => Join("stop", Write(cease)),
        SessionInput.Reset(var cease) => Join("reset", Write(cease)),
        SessionInput.PrefixLimitExceeded(var family, var limit) =>
            $"prefix-limit {SettingsText.Text(family)} {SettingsText.LimitText(limit)}",
        SessionInput.OutputMeasured(var id, var sent, var queued) =>
            string.Create(Culture, $"output {id} {sent} {queued}"),
        SessionInput.StopForRestart => "stop-for-restart",
        SessionInput.DialSucceeded(var id, var address) => $"dialed {id} {address}",
        SessionInput.DialFailed(var id, var reason) => $"dial-failed {id} {reason}",
        SessionInput.Accepted(var id, var address) => $"accepted {id} {address}",
        SessionInput.ConnectionClosed(var id, var reason) => Join($"closed {id}", reason),
        SessionInput.TimerFired(var timer) => $"timer {EffectText.Write(timer)}",
        SessionInput.RequestRefresh(var family) => $"refresh {SettingsText.Text(family)}",
        _ => throw new System.Diagnostics.UnreachableException($"no words for {input}"),
    };

    private static string? Write(BgpError? told) => told is null ? null : Join(
        string.Create(Culture, $"{(byte)told.Code}/{told.Subcode}"), Convert.ToHexStringLower(told.Data.AsSpan()));

    /// <summary>Reads the words of an input.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    internal static RecordedInput Read(string verb, ReadOnlySpan<string> words) => (verb, words.Length) switch
    {
        ("received", > 0) => new RecordedInput.Received(Connection(words[0]), Hex(words[1..])),
        ("originate", _) => new RecordedInput.Originate([.. words.ToArray().Select(IpPrefix.Parse)]),
        ("stale-expired", _) => new RecordedInput.StaleExpired([.. words.ToArray().Select(SettingsText.Family)]),
        ("long-lived-expired", 1) => new RecordedInput.LongLivedExpired(SettingsText.Family(words[0])),
        _ => new RecordedInput.Happened(ReadSession(verb, words)),
    };

    private static SessionInput ReadSession(string verb, ReadOnlySpan<string> words) => (verb, words.Length) switch
    {
        ("start", 0) => new SessionInput.Start(),
        ("start", 1) when words[0] == "restarting" => new SessionInput.Start(Restarting: true),
        ("restart-ended", 0) => new SessionInput.RestartEnded(),
        ("stop", 0) => new SessionInput.Stop(),
        ("stop", > 0) => new SessionInput.Stop(Error(words[0], Hex(words[1..]))),
        ("reset", 0) => new SessionInput.Reset(),
        ("reset", > 0) => new SessionInput.Reset(Error(words[0], Hex(words[1..]))),
        ("prefix-limit", 2) =>
            new SessionInput.PrefixLimitExceeded(SettingsText.Family(words[0]), SettingsText.Limit(words[1])),
        ("output", 3) => new SessionInput.OutputMeasured(
            Connection(words[0]), long.Parse(words[1], Culture), long.Parse(words[2], Culture)),
        ("stop-for-restart", 0) => new SessionInput.StopForRestart(),
        ("dialed", 2) => new SessionInput.DialSucceeded(Connection(words[0]), IpAddr.Parse(words[1])),
        ("dial-failed", > 1) => new SessionInput.DialFailed(Connection(words[0]), Join(words[1..])),
        ("accepted", 2) => new SessionInput.Accepted(Connection(words[0]), IpAddr.Parse(words[1])),
        ("closed", 1) => new SessionInput.ConnectionClosed(Connection(words[0])),
        ("closed", > 1) => new SessionInput.ConnectionClosed(Connection(words[0]), Join(words[1..])),
        ("timer", 1) => new SessionInput.TimerFired(new SessionTimer(Enum.Parse<SessionTimerKind>(words[0]))),
        ("timer", 2) => new SessionInput.TimerFired(
            new SessionTimer(Enum.Parse<SessionTimerKind>(words[0]), Connection(words[1]))),
        ("refresh", 1) => new SessionInput.RequestRefresh(SettingsText.Family(words[0])),
        _ => throw new FormatException($"'{verb}' with {words.Length} words behind it is no input"),
    };

    private static ConnectionId Connection(string text)
    {
        var side = text.StartsWith("outgoing-", StringComparison.Ordinal) ? ConnectionSide.Outgoing
            : text.StartsWith("incoming-", StringComparison.Ordinal) ? ConnectionSide.Incoming
            : throw new FormatException($"'{text}' is no connection: outgoing-1, incoming-1, ...");
        return new ConnectionId(side, int.Parse(text["outgoing-".Length..], NumberStyles.None, Culture));
    }

    private static BgpError Error(string text, ImmutableArray<byte> data)
    {
        var at = text.IndexOf('/', StringComparison.Ordinal);
        if (at < 0) throw new FormatException($"'{text}' is no error: CODE/SUBCODE");
        return new BgpError((BgpErrorCode)byte.Parse(text[..at], Culture), byte.Parse(text[(at + 1)..], Culture), data);
    }

    private static ImmutableArray<byte> Hex(ReadOnlySpan<string> words) =>
        [.. Convert.FromHexString(string.Concat(words.ToArray()))];

    private static string Join(ReadOnlySpan<string> words) => string.Join(' ', words.ToArray());

    private static string Join(string words, string? more) => string.IsNullOrEmpty(more) ? words : $"{words} {more}";
}
