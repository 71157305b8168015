using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>The settings of a recording's sessions as <c>key=value</c>; those that have their default are left
/// out.</summary>
public static class SettingsText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;
    private static readonly SessionSettings Blank = new()
    {
        LocalAs = 0,
        RouterId = 0,
        PeerAs = 0,
        PeerAddress = default,
    };

    private static readonly Setting[] All =
    [
        new("local-as", peer => Text(peer.Session.LocalAs), Session((s, v) => s with { LocalAs = Number(v) })),
        new("router-id", peer => Text(IpAddr.FromV4(peer.Session.RouterId)),
            Session((s, v) => s with { RouterId = Address(v).V4Value })),
        new("peer-as", peer => Text(peer.Session.PeerAs), Session((s, v) => s with { PeerAs = Number(v) })),
        new("peer-address", peer => Text(peer.Session.PeerAddress),
            Session((s, v) => s with { PeerAddress = Address(v) })),
        new("peer-port", peer => Text(peer.Session.PeerPort),
            Session((s, v) => s with { PeerPort = ushort.Parse(v, Culture) })),
        new("local-address", peer => Text(peer.Session.LocalAddress),
            Session((s, v) => s with { LocalAddress = Address(v) })),
        new("other-next-hop", peer => Text(peer.Session.OtherNextHop),
            Session((s, v) => s with { OtherNextHop = Address(v) })),
        new("passive", peer => Text(peer.Session.Passive), Session((s, v) => s with { Passive = bool.Parse(v) })),
        new("hold", peer => Text(peer.Session.HoldTime), Session((s, v) => s with { HoldTime = Seconds(v) })),
        new("keepalive", peer => Text(peer.Session.KeepaliveTime),
            Session((s, v) => s with { KeepaliveTime = Seconds(v) })),
        new("restart", peer => Text(peer.Session.RestartTime), Session((s, v) => s with { RestartTime = Seconds(v) })),
        new("families", peer => string.Join(',', peer.Session.Families.Select(Text)),
            Session((s, v) => s with { Families = [.. v.Split(',').Select(Family)] })),
        new("ttl-security", peer => Text(peer.Session.TtlSecurity),
            Session((s, v) => s with { TtlSecurity = byte.Parse(v, Culture) })),
        new("send-hold", peer => Text(peer.Session.SendHoldTime),
            Session((s, v) => s with { SendHoldTime = Seconds(v) })),
        new("output-queue", peer => Text(peer.Session.OutputQueueLimit),
            Session((s, v) => s with { OutputQueueLimit = int.Parse(v, Culture) })),
        new("offer-mp", peer => Text(peer.Session.Offer.MultiProtocol),
            Offer((o, v) => o with { MultiProtocol = bool.Parse(v) })),
        new("offer-refresh", peer => Text(peer.Session.Offer.RouteRefresh),
            Offer((o, v) => o with { RouteRefresh = bool.Parse(v) })),
        new("offer-enhanced-refresh", peer => Text(peer.Session.Offer.EnhancedRouteRefresh),
            Offer((o, v) => o with { EnhancedRouteRefresh = bool.Parse(v) })),
        new("offer-as4", peer => Text(peer.Session.Offer.FourOctetAs),
            Offer((o, v) => o with { FourOctetAs = bool.Parse(v) })),
        new("offer-add-path", peer => Text(peer.Session.Offer.AddPath),
            Offer((o, v) => o with { AddPath = Enum.Parse<AddPathMode>(v, ignoreCase: true) })),
        new("offer-restart-after-notification", peer => Text(peer.Session.Offer.RestartAfterNotification),
            Offer((o, v) => o with { RestartAfterNotification = bool.Parse(v) })),
        new("offer-llgr", peer => Text(peer.Session.Offer.LongLivedRestart),
            Offer((o, v) => o with { LongLivedRestart = bool.Parse(v) })),
        new("llgr-time", peer => Text(peer.Session.Offer.LongLivedStaleTime),
            Offer((o, v) => o with { LongLivedStaleTime = Seconds(v) })),
        new("offer-extended-messages", peer => Text(peer.Session.Offer.ExtendedMessages),
            Offer((o, v) => o with { ExtendedMessages = bool.Parse(v) })),
        new("offer-extended-next-hop", peer => Text(peer.Session.Offer.ExtendedNextHop),
            Offer((o, v) => o with { ExtendedNextHop = bool.Parse(v) })),
        new("host-name", peer => Text(peer.Session.Offer.HostName), Offer((o, v) => o with { HostName = v })),
        new("domain-name", peer => Text(peer.Session.Offer.DomainName), Offer((o, v) => o with { DomainName = v })),
        new("role", peer => Text(peer.Session.Offer.Role),
            Offer((o, v) => o with { Role = Enum.Parse<BgpRole>(v, ignoreCase: true) })),
        new("requires-role", peer => Text(peer.Session.Offer.RequiresRole),
            Offer((o, v) => o with { RequiresRole = bool.Parse(v) })),
        new("next-hop", peer => Text(peer.Policy.NextHopMode),
            Policy((p, v) => p with { NextHopMode = Enum.Parse<NextHopMode>(v, ignoreCase: true) })),
        new("client-cluster", peer => peer.Policy.ClientClusterId is { } id ? Text(IpAddr.FromV4(id)) : "",
            Policy((p, v) => p with { ClientClusterId = Address(v).V4Value })),
        new("mrai", peer => Text(peer.Policy.AdvertisementInterval),
            Policy((p, v) => p with { AdvertisementInterval = Seconds(v) })),
        new("allowed-local-as", peer => Text(peer.Policy.AllowedLocalAs),
            Policy((p, v) => p with { AllowedLocalAs = int.Parse(v, Culture) })),
        new("graceful-shutdown", peer => Text(peer.Policy.HonoursGracefulShutdown),
            Policy((p, v) => p with { HonoursGracefulShutdown = bool.Parse(v) })),
        new("blackhole", peer => Text(peer.Policy.HonoursBlackhole),
            Policy((p, v) => p with { HonoursBlackhole = bool.Parse(v) })),
        new("prefix-limit", peer => Text(peer.Policy.PrefixLimit),
            Policy((p, v) => p with { PrefixLimit = Limit(v) })),
        new("seed", peer => Text(peer.Seed), (peer, v) => peer with { Seed = int.Parse(v, Culture) }),
    ];

    /// <summary>The line of a session: <c>peer A local-as=64512 router-id=10.0.0.1 ...</c>.</summary>
    public static string Line(RecordedPeer peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var usual = new RecordedPeer("", Blank, new PeerPolicy(), null);
        var settings = All.Select(setting => (setting.Key, Value: setting.Read(peer), Usual: setting.Read(usual)))
            .Where(each => each.Value != each.Usual && each.Value.Length > 0)
            .Select(each => $" {each.Key}={each.Value}");
        return $"peer {peer.Name}{string.Concat(settings)}";
    }

    /// <summary>The line of the RIB: <c>rib own=10.0.0.1 connected=10.0.0.0/24</c>.</summary>
    public static string Line(RecordedRib rib)
    {
        ArgumentNullException.ThrowIfNull(rib);
        return $"rib own={string.Join(',', rib.OwnAddresses)} connected={string.Join(',', rib.Connected)}";
    }

    /// <summary>Reads a session; false with what is wrong.</summary>
    internal static bool TryReadPeer(ReadOnlySpan<string> words, [NotNullWhen(true)] out RecordedPeer? peer,
        out string complaint)
    {
        peer = null;
        complaint = "a session is 'peer NAME key=value ...'";
        if (words.IsEmpty) return false;
        var read = new RecordedPeer(words[0], Blank, new PeerPolicy(), null);
        foreach (var word in words[1..])
        {
            var (key, value) = Split(word);
            complaint = $"'{key}' is no setting; there are {string.Join(", ", All.Select(each => each.Key))}";
            if (Array.Find(All, each => each.Key == key) is not { } setting) return false;
            try
            {
                read = setting.Write(read, value);
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException
                or InvalidOperationException)
            {
                complaint = $"'{value}' is no value of {key}: {error.Message}";
                return false;
            }
        }

        complaint = "a session needs local-as, router-id, peer-as and peer-address";
        if (read.Session is { LocalAs: 0 } or { RouterId: 0 } or { PeerAs: 0 }) return false;
        if (read.Session.PeerAddress.IsDefault) return false;
        peer = read;
        return true;
    }

    /// <summary>Reads the RIB's line; false with what is wrong.</summary>
    internal static bool TryReadRib(ReadOnlySpan<string> words, [NotNullWhen(true)] out RecordedRib? rib,
        out string complaint)
    {
        complaint = "the RIB is 'rib own=ADDRESS,... connected=PREFIX,...'";
        rib = new RecordedRib([], []);
        foreach (var word in words)
        {
            var (key, value) = Split(word);
            var values = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (key == "own" && Array.TrueForAll(values, each => IpAddr.TryParse(each, out _)))
                rib = rib with { OwnAddresses = [.. values.Select(IpAddr.Parse)] };
            else if (key == "connected" && Array.TrueForAll(values, each => IpPrefix.TryParse(each, out _)))
                rib = rib with { Connected = [.. values.Select(IpPrefix.Parse)] };
            else return false;
        }

        return true;
    }

    /// <summary>A family: <c>ipv4</c> or <c>ipv6</c>.</summary>
    internal static string Text(IpFamily family) => family == IpFamily.V4 ? "ipv4" : "ipv6";

    /// <summary>Reads a family.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    internal static IpFamily Family(string text) => text switch
    {
        "ipv4" => IpFamily.V4,
        "ipv6" => IpFamily.V6,
        _ => throw new FormatException("a family is ipv4 or ipv6"),
    };

    private static (string Key, string Value) Split(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? (word[..at], word[(at + 1)..]) : (word, "");

    private static string Text(object? value) => value switch
    {
        null => "",
        PrefixLimit limit => LimitText(limit),
        Enum name => name.ToString().ToLowerInvariant(),
        TimeSpan time => time.TotalSeconds.ToString(Culture),
        IFormattable number => number.ToString(null, Culture).ToLowerInvariant(),
        bool flag => flag ? "true" : "false",
        _ => value.ToString() ?? "",
    };

    private static Func<RecordedPeer, string, RecordedPeer> Session(Func<SessionSettings, string, SessionSettings> set)
        => (peer, value) => peer with { Session = set(peer.Session, value) };

    private static Func<RecordedPeer, string, RecordedPeer> Policy(Func<PeerPolicy, string, PeerPolicy> set) =>
        (peer, value) => peer with { Policy = set(peer.Policy, value) };

    private static Func<RecordedPeer, string, RecordedPeer> Offer(Func<CapabilityOffer, string, CapabilityOffer> set) =>
        Session((session, value) => session with { Offer = set(session.Offer, value) });

    /// <summary>A limit: <c>MOST</c>, <c>MOST/PERCENT</c> or <c>MOST/PERCENT/SECONDS</c>.</summary>
    internal static PrefixLimit Limit(string text) => text.Split('/') switch
    {
        [var most] => new PrefixLimit(int.Parse(most, Culture)),
        [var most, var warning] => new PrefixLimit(int.Parse(most, Culture), int.Parse(warning, Culture)),
        [var most, var warning, var rest] =>
            new PrefixLimit(int.Parse(most, Culture), int.Parse(warning, Culture), Seconds(rest)),
        _ => throw new FormatException("a limit is MOST/PERCENT/SECONDS"),
    };

    /// <summary>The words of a limit.</summary>
    internal static string LimitText(PrefixLimit limit) => limit.RestartAfter is { } rest
        ? string.Create(Culture, $"{limit.Most}/{limit.WarningPercent}/{rest.TotalSeconds}")
        : string.Create(Culture, $"{limit.Most}/{limit.WarningPercent}");

    private static uint Number(string text) => uint.Parse(text, NumberStyles.None, Culture);

    private static IpAddr Address(string text) => IpAddr.Parse(text);

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, Culture));

    private sealed record Setting(
        string Key, Func<RecordedPeer, string> Read, Func<RecordedPeer, string, RecordedPeer> Write);
}
