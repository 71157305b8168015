using System.Globalization;
using Agent.Bgp;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>What Calico's BGPPeer has no field for: the annotation <c>agent/session</c> of a BGPPeer, words
/// <c>key=value</c> with spaces between.</summary>
/// <remarks>A word that cannot be read is passed over with a warning, so that the session comes up without
/// it.</remarks>
internal static class SessionAnnotation
{
    /// <summary>The annotation.</summary>
    public const string Name = "agent/session";

    private static readonly Word[] Words =
    [
        new("add-path", "none, receive, send or both", Mode((o, v) => o with { AddPath = v })),
        new("multi-protocol", "on or off", Switch((o, v) => o with { MultiProtocol = v })),
        new("refresh", "on or off", Switch((o, v) => o with { RouteRefresh = v })),
        new("enhanced-refresh", "on or off", Switch((o, v) => o with { EnhancedRouteRefresh = v })),
        new("four-octet-as", "on or off", Switch((o, v) => o with { FourOctetAs = v })),
        new("restart-after-notification", "on or off", Switch((o, v) => o with { RestartAfterNotification = v })),
        new("long-lived-restart", "on or off", Switch((o, v) => o with { LongLivedRestart = v })),
        new("long-lived-stale-time", "a time below 4660h, as 24h", Time(
            (s, v) => s with { Offer = s.Offer with { LongLivedStaleTime = v } }, longestSeconds: (1 << 24) - 1)),
        new("extended-messages", "on or off", Switch((o, v) => o with { ExtendedMessages = v })),
        new("extended-next-hop", "on or off", Switch((o, v) => o with { ExtendedNextHop = v })),
        new("host-name", "a name of at most 64 bytes", Text((o, v) => o with { HostName = v })),
        new("role", "provider, route-server, route-server-client, customer or peer", Role()),
        new("require-role", "on or off", Switch((o, v) => o with { RequiresRole = v })),
        new("send-hold-time", "a time, as 8m; 0s is for ever", Time(
            (s, v) => s with { SendHoldTime = v }, longestSeconds: int.MaxValue)),
        new("output-queue", "bytes, at least 65536", Bytes()),
        new("mrai", "a time of at most 1h, as 5s; 0s is off", Interval()),
        new("prefix-limit", "MOST, MOST/PERCENT or MOST/PERCENT/TIME, as 1000/75/5m", Limit()),
    ];

    /// <summary>The specification with what the annotation asks for.</summary>
    /// <param name="spec">The specification that follows from the fields.</param>
    /// <param name="text">The annotation; null for none.</param>
    /// <param name="peer">The BGPPeer's name.</param>
    /// <param name="problems">Takes what cannot be read.</param>
    public static PeerSpec Apply(PeerSpec spec, string? text, string peer, SortedSet<string> problems)
    {
        foreach (var word in (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 ? (word, "") : (word[..at], word[(at + 1)..]);
            if (Array.Find(Words, each => each.Key == key) is not { } known)
            {
                var keys = string.Join(", ", Words.Select(each => each.Key));
                problems.Add($"BGPPeer({peer}): annotation {Name}: '{key}' is none of {keys}; it is passed over");
            }
            else if (known.Apply(spec, value) is { } applied)
            {
                spec = applied;
            }
            else
            {
                problems.Add(
                    $"BGPPeer({peer}): annotation {Name}: {key} is {known.Values}, not '{value}'; it is passed over");
            }
        }

        return spec;
    }

    private static PeerSpec With(PeerSpec spec, CapabilityOffer offer) =>
        spec with { Session = spec.Session with { Offer = offer } };

    private static Func<PeerSpec, string, PeerSpec?> Switch(Func<CapabilityOffer, bool, CapabilityOffer> set) =>
        (spec, value) => value is "on" or "off" ? With(spec, set(spec.Session.Offer, value == "on")) : null;

    private static Func<PeerSpec, string, PeerSpec?> Mode(Func<CapabilityOffer, AddPathMode, CapabilityOffer> set) =>
        (spec, value) => value switch
        {
            "none" => With(spec, set(spec.Session.Offer, AddPathMode.None)),
            "receive" => With(spec, set(spec.Session.Offer, AddPathMode.Receive)),
            "send" => With(spec, set(spec.Session.Offer, AddPathMode.Send)),
            "both" => With(spec, set(spec.Session.Offer, AddPathMode.Both)),
            _ => null,
        };

    private static Func<PeerSpec, string, PeerSpec?> Text(Func<CapabilityOffer, string, CapabilityOffer> set) =>
        (spec, value) => value.Length is > 0 and <= 64 ? With(spec, set(spec.Session.Offer, value)) : null;

    private static Func<PeerSpec, string, PeerSpec?> Time(
        Func<SessionSettings, TimeSpan, SessionSettings> set, int longestSeconds) =>
        (spec, value) => GoDuration.TryParse(value, out var time) && time >= TimeSpan.Zero
            && time.TotalSeconds <= longestSeconds
                ? spec with { Session = set(spec.Session, time) }
                : null;

    private static Func<PeerSpec, string, PeerSpec?> Role() => (spec, value) =>
    {
        BgpRole? role = value switch
        {
            "provider" => BgpRole.Provider,
            "route-server" => BgpRole.RouteServer,
            "route-server-client" => BgpRole.RouteServerClient,
            "customer" => BgpRole.Customer,
            "peer" => BgpRole.Peer,
            _ => null,
        };
        return role is null ? null : With(spec, spec.Session.Offer with { Role = role });
    };

    private static Func<PeerSpec, string, PeerSpec?> Bytes() => (spec, value) =>
        TryNumber(value, out var bytes) && bytes >= 65_536
            ? spec with { Session = spec.Session with { OutputQueueLimit = bytes } }
            : null;

    private static Func<PeerSpec, string, PeerSpec?> Interval() => (spec, value) =>
        GoDuration.TryParse(value, out var time) && time >= TimeSpan.Zero && time <= TimeSpan.FromHours(1)
            ? spec with { Policy = spec.Policy with { AdvertisementInterval = time } }
            : null;

    private static Func<PeerSpec, string, PeerSpec?> Limit() => (spec, value) =>
    {
        var parts = value.Split('/');
        var limit = new PrefixLimit(0);
        if (parts.Length > 3 || !TryNumber(parts[0], out var most) || most < 1) return null;
        limit = limit with { Most = most };
        if (parts.Length > 1)
        {
            if (!TryNumber(parts[1], out var percent) || percent is < 1 or > 100) return null;
            limit = limit with { WarningPercent = percent };
        }

        if (parts.Length > 2)
        {
            if (!GoDuration.TryParse(parts[2], out var rest) || rest <= TimeSpan.Zero) return null;
            limit = limit with { RestartAfter = rest };
        }

        return spec with { Policy = spec.Policy with { PrefixLimit = limit } };
    };

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private sealed record Word(string Key, string Values, Func<PeerSpec, string, PeerSpec?> Apply);
}
