using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Agent.PostgreSql;
using Agent.Primitives;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Settings;

/// <summary>The one table of settings: the file's keys, the variables, the flags, the help and the document all come
/// from it.</summary>
public static class SettingsTable
{
    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    /// <summary>Every setting, in the order in which a user would look for them.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        new("nodeName", "NODENAME", "the host's name in lower case", "a DNS-1123 name",
            "This node's name; the Node resource carries it.",
            (settings, text) => IsName(text) ? settings with { NodeName = text } : null),
        new("datastore", "AGENT_DATASTORE", "/var/lib/agent/cluster.db", "a file path, or a postgres:// address",
            "The cluster's resources: a SQLite file shared by all agents of this host, or a PostgreSQL database "
            + "shared by those of many.",
            (settings, text) => IsPlace(text) ? settings with { Datastore = text } : null),
        new("clusterName", "AGENT_CLUSTER_NAME", "default", "a DNS-1123 name",
            "The cluster's name; a datastore of another cluster is refused.",
            (settings, text) => IsName(text) ? settings with { ClusterName = text } : null),
        new("journal", "AGENT_JOURNAL", "/var/lib/agent/journal.db", "a file path, or a postgres:// address",
            "This node's journal, never shared between nodes: a SQLite file, or a schema in PostgreSQL "
            + "(journal_NODE where ?schema= names none).",
            (settings, text) => IsPlace(text) ? settings with { Journal = text } : null),
        new("socket", "AGENT_SOCKET", "/var/run/agent/agent.sock", "a file path",
            "The Unix socket on which the CNI plugin and agentctl reach the agent.",
            (settings, text) => IsPath(text) ? settings with { Socket = text } : null),
        new("ip", "IP", "autodetect, or what is stored",
            "an IPv4 address, an address with a prefix length, 'autodetect' or 'none'",
            "This node's BGP address; 'none' leaves the stored one alone.",
            (settings, text) => ApplyIp(settings, text)),
        new("ipAutodetectionMethod", "IP_AUTODETECTION_METHOD", "first-found",
            "first-found, can-reach=ADDRESS, interface=REGEX[,REGEX], skip-interface=REGEX[,REGEX] or cidr=CIDR[,CIDR]",
            "How the address is detected.",
            (settings, text) => IsMethod(text, IpFamily.V4) ? settings with { IpAutodetectionMethod = text } : null),
        new("ip6", "IP6", "none", "an IPv6 address, an address with a prefix length, 'autodetect' or 'none'",
            "This node's IPv6 address for BGP; 'none' leaves the stored one alone.",
            (settings, text) => ApplyIp6(settings, text)),
        new("ip6AutodetectionMethod", "IP6_AUTODETECTION_METHOD", "first-found",
            "first-found, can-reach=ADDRESS, interface=REGEX[,REGEX], skip-interface=REGEX[,REGEX] or cidr=CIDR[,CIDR]",
            "How the IPv6 address is detected.",
            (settings, text) => IsMethod(text, IpFamily.V6) ? settings with { Ip6AutodetectionMethod = text } : null),
        new("asNumber", "AS", "the cluster's (64512)", "1 to 4294967295",
            "This node's own autonomous system.",
            (settings, text) =>
                uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asn) && asn > 0
                ? settings with { AsNumber = asn } : null),
        new("routerId", "CALICO_ROUTER_ID", "the node's IPv4 address", "an IPv4 address, or 'hash'",
            "The BGP Identifier; 'hash' derives it from the node's name.",
            (settings, text) => text == "hash" || (IpAddr.TryParse(text, out var id) && id.IsV4)
                ? settings with { RouterId = text }
                : null),
        new("secretNamespace", "NAMESPACE", "kube-system", "a DNS-1123 name",
            "The namespace of the Secrets with BGP passwords.",
            (settings, text) => IsName(text) ? settings with { SecretNamespace = text } : null),
        new("priorityInLocalPref", "AGENT_PRIORITY_IN_LOCAL_PREF", "false", "true or false",
            "Whether own routes go to peers of the AS with LOCAL_PREF 2147483647 less the normal route priority, as "
            + "with Calico after v3.24, instead of 100; the same on every node.",
            (settings, text) => bool.TryParse(text, out var on) ? settings with { PriorityInLocalPref = on } : null),
        new("routeMetrics", "AGENT_ROUTE_METRICS", "false", "true or false",
            "Whether kernel routes learned by BGP have 2147483647 less their LOCAL_PREF as metric and routes to pods "
            + "the normal route priority, as with Calico after v3.24.",
            (settings, text) => bool.TryParse(text, out var on) ? settings with { RouteMetrics = on } : null),
        new("gracefulShutdownCommunity", "AGENT_BGP_GRACEFUL_SHUTDOWN", "false", "true or false",
            "Whether routes of external BGPPeers with the community GRACEFUL_SHUTDOWN get LOCAL_PREF 0 (RFC 8326).",
            (settings, text) =>
                bool.TryParse(text, out var honours) ? settings with { HonoursGracefulShutdown = honours } : null),
        new("blackholeCommunity", "AGENT_BGP_BLACKHOLE", "false", "true or false",
            "Whether routes of BGPPeers with the community BLACKHOLE drop packets here and stay in the AS (RFC 7999).",
            (settings, text) =>
                bool.TryParse(text, out var honours) ? settings with { HonoursBlackhole = honours } : null),
        new("defaultPool", "CALICO_IPV4POOL_CIDR", "192.168.0.0/16", "an IPv4 network, or 'none'",
            "The pool default-ipv4-ippool that is created when the cluster has no pool at all.",
            (settings, text) => text == "none" ? settings with { DefaultPool = null }
                : IpPrefix.TryParse(text, out var pool) && pool.Family == IpFamily.V4
                    ? settings with { DefaultPool = pool }
                    : null),
        new("defaultPoolBlockSize", "CALICO_IPV4POOL_BLOCK_SIZE", "26", "20 to 32",
            "The block size of that pool.",
            (settings, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && size is >= 20 and <= 32
                ? settings with { DefaultPoolBlockSize = size } : null),
        new("defaultPoolNatOutgoing", "CALICO_IPV4POOL_NAT_OUTGOING", "true", "true or false",
            "Whether pods of that pool are masqueraded when they leave all pools.",
            (settings, text) =>
                bool.TryParse(text, out var nat) ? settings with { DefaultPoolNatOutgoing = nat } : null),
        new("defaultPool6", "CALICO_IPV6POOL_CIDR", "none", "an IPv6 network, or 'none'",
            "The pool default-ipv6-ippool that is created when the cluster has no pool at all.",
            (settings, text) => text == "none" ? settings with { DefaultPool6 = null }
                : IpPrefix.TryParse(text, out var pool) && pool.Family == IpFamily.V6
                    ? settings with { DefaultPool6 = pool }
                    : null),
        new("defaultPool6BlockSize", "CALICO_IPV6POOL_BLOCK_SIZE", "122", "116 to 128",
            "The block size of that pool.",
            (settings, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && size is >= 116 and <= 128
                ? settings with { DefaultPool6BlockSize = size } : null),
        new("defaultPool6NatOutgoing", "CALICO_IPV6POOL_NAT_OUTGOING", "false", "true or false",
            "Whether pods of that pool are masqueraded when they leave all pools.",
            (settings, text) =>
                bool.TryParse(text, out var nat) ? settings with { DefaultPool6NatOutgoing = nat } : null),
        new("coordinator", "AGENT_COORDINATOR", "true", "true or false",
            "Whether this node may be chosen to coordinate.",
            (settings, text) => bool.TryParse(text, out var willing) ? settings with { Coordinator = willing } : null),
        new("coordinators", "AGENT_COORDINATORS", "5", "1 to 15",
            "How many coordinators are chosen among the willing nodes; the same on every node.",
            (settings, text) => Number(text, 1, 15) is { } count ? settings with { Coordinators = count } : null),
        new("remotingPort", "AGENT_REMOTING_PORT", "7946", "1 to 65535",
            "The TCP port on which the agents of other nodes reach this one.",
            (settings, text) => Number(text, 1, 65535) is { } port ? settings with { RemotingPort = port } : null),
        new("remotingAddress", "AGENT_REMOTING_ADDRESS", "the node's BGP address", "an IP address",
            "The address at which the agents of other nodes reach this one.",
            (settings, text) => IPAddress.TryParse(text, out var address)
                ? settings with { RemotingAddress = address } : null),
        new("certificates", "AGENT_CERTIFICATES", "none: other hosts are neither heard nor spoken to",
            "a folder's path",
            "Where tls.crt, tls.key and ca.crt of this node lie, as 'agentctl cluster certs' makes them.",
            (settings, text) => IsPath(text) ? settings with { Certificates = text } : null),
        new("leaseTtl", "AGENT_LEASE_TTL", "3", "1 to 60 (seconds)",
            "After how long a coordinator that does not renew its lease has lost its shards; the same on every node.",
            (settings, text) => Number(text, 1, 60) is { } seconds
                ? settings with { LeaseTimeToLive = TimeSpan.FromSeconds(seconds) } : null),
        new("shardMovesPerMinute", "AGENT_SHARD_MOVES_PER_MINUTE", "10", "0 to 1000",
            "How many shards a coordinator hands to better owners in a minute; those without an owner are taken at "
            + "once.",
            (settings, text) =>
                Number(text, 0, 1000) is { } moves ? settings with { ShardMovesPerMinute = moves } : null),
        new("logLevel", "AGENT_LOG_LEVEL", "info", "debug, info, warning or error",
            "The least severe events that are logged.",
            (settings, text) => Levels.TryGetValue(text, out var level) ? settings with { LogLevel = level } : null),
        new("logFormat", "AGENT_LOG_FORMAT", "json", "json or text",
            "One JSON object a line, or plain text; always on standard error.",
            (settings, text) => text is "json" or "text" ? settings with { LogAsJson = text == "json" } : null),
    ];

    /// <summary>The table as <c>docs/operate/settings.md</c> shows it.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder(
            "| file key | environment | flag | default | allowed | meaning |\n|---|---|---|---|---|---|\n");
        foreach (var setting in All)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| `{setting.Key}` | `{setting.Variable}` | `{setting.Flag}` | {setting.Default} | "
                + $"{setting.Allowed} | {setting.Meaning} |\n");
        }

        return text.ToString();
    }

    private static int? Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least && number <= most ? number : null;

    private static AgentSettings? ApplyIp(AgentSettings settings, string text) => text switch
    {
        "autodetect" => settings with { Ip = null, KeepStoredIp = false, RedetectIp = true },
        "none" => settings with { Ip = null, KeepStoredIp = true, RedetectIp = false },
        _ when IpAddr.TryParse(text, out var address) && address.IsV4 =>
            settings with { Ip = text, KeepStoredIp = false, RedetectIp = false },
        _ when IpPrefix.TryParseInterface(text, out var address, out _) && address.IsV4 =>
            settings with { Ip = text, KeepStoredIp = false, RedetectIp = false },
        _ => null,
    };

    private static AgentSettings? ApplyIp6(AgentSettings settings, string text) => text switch
    {
        "autodetect" => settings with { Ip6 = null, DetectIp6 = true },
        "none" => settings with { Ip6 = null, DetectIp6 = false },
        _ when (IpAddr.TryParse(text, out var address) || IpPrefix.TryParseInterface(text, out address, out _))
            && address.Family == IpFamily.V6 => settings with { Ip6 = text, DetectIp6 = false },
        _ => null,
    };

    private static bool IsMethod(string text, IpFamily family) => text.Split('=', 2) switch
    {
        ["first-found"] => true,
        ["can-reach", var destination] =>
            destination.Length > 0 && (!IpAddr.TryParse(destination, out var address) || address.Family == family),
        ["interface" or "skip-interface", var patterns] => patterns.Split(',').All(IsPattern),
        ["cidr", var networks] =>
            networks.Split(',').All(network => IpPrefix.TryParse(network, out var cidr) && cidr.Family == family),
        _ => false,
    };

    private static bool IsPattern(string text)
    {
        if (text.Length == 0) return false;
        try
        {
            _ = new Regex(text);
            return true;
        }
        catch (RegexParseException)
        {
            return false;
        }
    }

    // What is wrong with an address is said when it is opened, without the password that stands in it.
    private static bool IsPlace(string text) => IsPath(text) || PostgresAddress.IsUrl(text);

    private static bool IsPath(string text) => text.StartsWith('/') && !text.EndsWith('/');

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 253
        && text.Split('.').All(label => label.Length > 0 && label[0] != '-' && label[^1] != '-'
            && label.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));
}
