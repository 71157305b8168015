using System.Globalization;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules of BGPPeer (spec calico-bgp 1.2).</summary>
internal static class BgpPeerRules
{
    /// <summary>The restart time has 12 bits (RFC 4724 §3).</summary>
    private static readonly TimeSpan LongestRestart = TimeSpan.FromSeconds(4095);

    public static void Check(BgpPeer peer, ValidationScope scope, Findings findings)
    {
        LocalEnd(peer, findings);
        RemoteEnd(peer, findings);
        findings.OneOf("spec.sourceAddress", peer.SourceAddress, "UseNodeIP", "None");
        findings.OneOf("spec.reversePeering", peer.ReversePeering, "Auto", "Manual");
        if (peer is { KeepOriginalNextHop: true, NextHopMode: { } mode })
            findings.Error("spec.nextHopMode", mode.ToString(),
                "keepOriginalNextHop and nextHopMode cannot both be set");
        if (peer.NumAllowedLocalASNumbers is { } allowed and < 0)
            findings.Error("spec.numAllowedLocalASNumbers", allowed.ToString(CultureInfo.InvariantCulture),
                "must not be negative");
        RestartTime("spec.maxRestartTime", peer.MaxRestartTime, findings);
        if (peer.KeepaliveTime is { } keepalive && GoDuration.RoundToSeconds(keepalive) < TimeSpan.FromSeconds(1))
            findings.Error("spec.keepaliveTime", GoDuration.Format(keepalive), "must be at least one second");
        Secret("spec.password", peer.Password, findings);
        if (scope.FilterNames is { } known && peer.Filters.Where(name => !known.Contains(name)).ToArray() is
            { Length: > 0 } missing)
            findings.Error("spec.filters", string.Join(", ", missing), "BGPFilter(s) not found");
    }

    /// <summary>Refuses a restart time that does not fit into a capability.</summary>
    public static void RestartTime(string field, TimeSpan? time, Findings findings)
    {
        if (time is { } given && (given < TimeSpan.Zero || given > LongestRestart))
            findings.Error(field, GoDuration.Format(given), "must be between 0s and 4095s (RFC 4724)");
    }

    /// <summary>Refuses a password that names no key of a Secret.</summary>
    public static void Secret(string field, BgpPassword? password, Findings findings)
    {
        if (password is null) return;
        if (string.IsNullOrEmpty(password.SecretKeyRef?.Name))
            findings.Error($"{field}.secretKeyRef.name", "", "must be specified");
        if (string.IsNullOrEmpty(password.SecretKeyRef?.Key))
            findings.Error($"{field}.secretKeyRef.key", "", "must be specified");
    }

    private static void LocalEnd(BgpPeer peer, Findings findings)
    {
        if (!string.IsNullOrEmpty(peer.Node) && !string.IsNullOrEmpty(peer.NodeSelector))
            findings.Error("spec.node", peer.Node, "node and nodeSelector cannot both be set");
        if (peer.Node is { Length: > 253 } node) findings.Error("spec.node", node, "at most 253 characters");
        findings.Selector("spec.nodeSelector", peer.NodeSelector);
    }

    private static void RemoteEnd(BgpPeer peer, Findings findings)
    {
        var byAddress = !string.IsNullOrEmpty(peer.PeerIP);
        var bySelector = !string.IsNullOrEmpty(peer.PeerSelector);
        var byWorkload = !string.IsNullOrEmpty(peer.LocalWorkloadSelector);
        if (byAddress && bySelector)
            findings.Error("spec.peerIP", peer.PeerIP, "peerIP and peerSelector cannot both be set");
        if (byAddress && byWorkload)
            findings.Error("spec.peerIP", peer.PeerIP, "peerIP and localWorkloadSelector cannot both be set");
        if (bySelector && byWorkload)
            findings.Error("spec.peerSelector", peer.PeerSelector,
                "peerSelector and localWorkloadSelector cannot both be set");
        if (!byAddress && !bySelector && !byWorkload)
            findings.Error("spec.peerIP", "", "one of peerIP, peerSelector and localWorkloadSelector must be set");
        if (bySelector && peer.AsNumber != 0)
            findings.Error("spec.asNumber", peer.AsNumber.ToString(CultureInfo.InvariantCulture),
                "asNumber must not be set together with peerSelector");
        if (byWorkload && peer.AsNumber == 0)
            findings.Error("spec.asNumber", "0", "asNumber must be set together with localWorkloadSelector");
        findings.Selector("spec.peerSelector", peer.PeerSelector);
        findings.Selector("spec.localWorkloadSelector", peer.LocalWorkloadSelector);

        IpAddr remote = default;
        if (byAddress && (peer.PeerIP!.Length > 64 || !BgpPeer.TryParsePeerIP(peer.PeerIP, out remote, out _)))
            findings.Error("spec.peerIP", peer.PeerIP,
                "must be an IP address, ipv4:port or [ipv6]:port, the port 1 to 65535");
        if (byAddress && peer.AsNumber == 0)
            findings.Warn($"BGPPeer({peer.Name}): no session is made without spec.asNumber");
        if (string.IsNullOrEmpty(peer.ReachableBy)) return;
        if (!byAddress) findings.Error("spec.reachableBy", peer.ReachableBy, "reachableBy requires peerIP");
        if (!IpAddr.TryParse(peer.ReachableBy, out var gateway))
            findings.Error("spec.reachableBy", peer.ReachableBy, "must be an IP address");
        else if (!remote.IsDefault && remote.Family != gateway.Family)
            findings.Error("spec.reachableBy", peer.ReachableBy, "must be of the same family as peerIP");
    }
}
