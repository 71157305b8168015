using System.Net;
using Agent.Primitives;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Settings;

/// <summary>How the agent of one node is set up. What the cluster agrees on stands in resources, not here.</summary>
public sealed record AgentSettings
{
    /// <summary>The name of this node in the cluster.</summary>
    public string NodeName { get; init; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>The cluster's resources: a SQLite file or a <c>postgres://</c> address.</summary>
    public string Datastore { get; init; } = "/var/lib/agent/cluster.db";

    /// <summary>The cluster's name, which the datastore remembers.</summary>
    public string ClusterName { get; init; } = "default";

    /// <summary>This node's journal: a SQLite file or a <c>postgres://</c> address.</summary>
    public string Journal { get; init; } = "/var/lib/agent/journal.db";

    /// <summary>The Unix socket of the local API.</summary>
    public string Socket { get; init; } = "/var/run/agent/agent.sock";

    /// <summary>This node's BGP address with its prefix length; null to detect it (or to keep what is
    /// stored).</summary>
    public string? Ip { get; init; }

    /// <summary>True to leave the stored address alone.</summary>
    public bool KeepStoredIp { get; init; }

    /// <summary>True to detect the address at every start, whatever is stored.</summary>
    public bool RedetectIp { get; init; }

    /// <summary>How the address is detected.</summary>
    public string IpAutodetectionMethod { get; init; } = "first-found";

    /// <summary>This node's IPv6 address for BGP, with or without its prefix length; null to leave what is stored
    /// alone, or to detect it.</summary>
    public string? Ip6 { get; init; }

    /// <summary>True to detect the IPv6 address at every start.</summary>
    public bool DetectIp6 { get; init; }

    /// <summary>How the IPv6 address is detected.</summary>
    public string Ip6AutodetectionMethod { get; init; } = "first-found";

    /// <summary>This node's own AS; null takes the cluster's.</summary>
    public uint? AsNumber { get; init; }

    /// <summary>The BGP Identifier: null takes the node's address, <c>hash</c> derives it from the name.</summary>
    public string? RouterId { get; init; }

    /// <summary>The namespace of the Secrets with BGP passwords.</summary>
    public string SecretNamespace { get; init; } = "kube-system";

    /// <summary>Own routes carry their priority in LOCAL_PREF, as with newer Calico.</summary>
    public bool PriorityInLocalPref { get; init; }

    /// <summary>Kernel routes carry their priority as metric, as with newer Calico.</summary>
    public bool RouteMetrics { get; init; }

    /// <summary>Whether GRACEFUL_SHUTDOWN of BGPPeers is honoured (RFC 8326).</summary>
    public bool HonoursGracefulShutdown { get; init; }

    /// <summary>Whether BLACKHOLE of BGPPeers is honoured (RFC 7999).</summary>
    public bool HonoursBlackhole { get; init; }

    /// <summary>The default IPv4 pool that the first agent of a cluster creates; null creates none.</summary>
    public IpPrefix? DefaultPool { get; init; } = IpPrefix.Parse("192.168.0.0/16");

    /// <summary>Block size of the default pool.</summary>
    public int DefaultPoolBlockSize { get; init; } = 26;

    /// <summary>Whether pods of the default pool are masqueraded when they leave all pools.</summary>
    public bool DefaultPoolNatOutgoing { get; init; } = true;

    /// <summary>The default IPv6 pool that the first agent of a cluster creates; null creates none.</summary>
    public IpPrefix? DefaultPool6 { get; init; }

    /// <summary>Block size of the default IPv6 pool.</summary>
    public int DefaultPool6BlockSize { get; init; } = 122;

    /// <summary>Whether pods of the default IPv6 pool are masqueraded when they leave all pools.</summary>
    public bool DefaultPool6NatOutgoing { get; init; }
    /// <summary>Whether this node may be chosen to coordinate.</summary>
    public bool Coordinator { get; init; } = true;

    /// <summary>How many coordinators the cluster should have; the same on every node.</summary>
    public int Coordinators { get; init; } = 5;

    /// <summary>The port for other agents.</summary>
    public int RemotingPort { get; init; } = 7946;

    /// <summary>The address at which other agents reach this one; null takes the node's.</summary>
    public IPAddress? RemotingAddress { get; init; }

    /// <summary>The folder with <c>tls.crt</c>, <c>tls.key</c> and <c>ca.crt</c>; null speaks to nobody but this
    /// host.</summary>
    public string? Certificates { get; init; }

    /// <summary>How long a coordinator's lease holds without renewal; the same on every node.</summary>
    public TimeSpan LeaseTimeToLive { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many shards a coordinator hands to better owners in a minute.</summary>
    public int ShardMovesPerMinute { get; init; } = 10;

    /// <summary>The least severe events that are logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>True for one JSON object a line, false for plain text.</summary>
    public bool LogAsJson { get; init; } = true;
}
