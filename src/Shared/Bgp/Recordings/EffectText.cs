using System.Globalization;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;

namespace Agent.Bgp.Recordings;

/// <summary>What a session and the RIB do, as text: <c>send outgoing-1 ffff...</c>, <c>up outgoing-1</c>, <c>announce
/// 10.1.0.0/24 ...</c>.</summary>
/// <remarks>
/// Bytes have a line <c>; ...</c> before them that explains them. Of a read's routes each has a line of its own, behind
/// <c>updates</c>.
/// </remarks>
public static class EffectText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The lines of one effect.</summary>
    public static IEnumerable<string> Lines(SessionEffect effect) => effect switch
    {
        SessionEffect.Dial(var id) => [$"dial {id}"],
        SessionEffect.Close(var id) => [$"close {id}"],
        SessionEffect.Send(var id, var message) => Sent($"send {id}", Bytes(message)),
        SessionEffect.Arm(var timer, var due) =>
            [string.Create(Culture, $"arm {Write(timer)} {due.TotalSeconds:0.###}")],
        SessionEffect.Disarm(var timer) => [$"disarm {Write(timer)}"],
        SessionEffect.Report(var news) => Lines(news),
        _ => throw new System.Diagnostics.UnreachableException($"no words for {effect}"),
    };

    /// <summary>Bytes that leave, explained.</summary>
    internal static IEnumerable<string> Sent(string how, ReadOnlyMemory<byte> bytes)
    {
        foreach (var line in MessageText.Describe(bytes.Span)) yield return "; " + line;
        yield return $"{how} {Convert.ToHexStringLower(bytes.Span)}";
    }

    /// <summary>A timer's name: <c>Hold outgoing-1</c>, <c>ConnectRetry</c>.</summary>
    internal static string Write(SessionTimer timer) =>
        timer.Connection == default ? $"{timer.Kind}" : $"{timer.Kind} {timer.Connection}";

    private static IEnumerable<string> Lines(PeerNews news) => news switch
    {
        PeerNews.Up(var id, var terms) => [$"up {id} {Terms(terms)}"],
        PeerNews.Down(_, var reason, var keepStale, _) => [$"down {(keepStale ? "stale" : "gone")} {reason}"],
        PeerNews.Updates(var batch) => RouteText.Lines(batch),
        PeerNews.Malformed(var complaint) =>
            [$"malformed {complaint.Treatment} {BgpErrors.Describe(complaint.Error)}"],
        PeerNews.RefreshRequested(var family) => [$"refresh-requested {SettingsText.Text(family)}"],
        PeerNews.RefreshBegun(var family) => [$"refresh-begun {SettingsText.Text(family)}"],
        PeerNews.RefreshEnded(var family) => [$"refresh-ended {SettingsText.Text(family)}"],
        PeerNews.StateChanged(var status) => [$"state {status.State} {status.Info}"],
        _ => throw new System.Diagnostics.UnreachableException($"no words for {news}"),
    };

    private static string Terms(SessionTerms terms)
    {
        var words = new List<string>
        {
            string.Join(',', terms.Families.Select(SettingsText.Text)),
            string.Create(Culture, $"hold={terms.HoldTime.TotalSeconds:0.###}"),
            string.Create(Culture, $"keepalive={terms.KeepaliveInterval.TotalSeconds:0.###}"),
        };
        if (terms.FourByteAs) words.Add("as4");
        if (terms.RouteRefresh) words.Add("refresh");
        if (terms.Restart is { } restart)
        {
            words.Add(string.Create(Culture, $"restart={restart.RestartTime.TotalSeconds:0.###}"));
            if (restart.IsRestarting) words.Add("restarting");
            words.AddRange(restart.ForwardingPreserved.Select(family => $"preserved-{SettingsText.Text(family)}"));
            if (restart.AfterNotification) words.Add("after-notification");
            words.AddRange(restart.LongLived.Select(each => string.Create(
                Culture, $"llgr-{SettingsText.Text(each.Family)}={each.StaleTime.TotalSeconds:0.###}")));
        }

        if (terms.EnhancedRefresh) words.Add("enhanced-refresh");
        words.AddRange(terms.AddPathReceive.Select(family => $"add-path-receive-{SettingsText.Text(family)}"));
        words.AddRange(terms.AddPathSend.Select(family => $"add-path-send-{SettingsText.Text(family)}"));
        if (terms.ExtendedMessages) words.Add("extended-messages");
        if (terms.ExtendedNextHop) words.Add("extended-next-hop");
        if (terms.LongLivedRestart) words.Add("llgr");
        if (terms.Role is { } role) words.Add($"role={role}");

        return string.Join(' ', words);
    }

    private static byte[] Bytes(BgpMessage message)
    {
        Span<byte> buffer = stackalloc byte[MessageCodec.MaxMessageSize];
        return buffer[..MessageCodec.Write(buffer, message)].ToArray();
    }
}
