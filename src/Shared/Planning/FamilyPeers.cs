using System.Collections.Immutable;
using System.Globalization;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>The work of <see cref="PeerPlan"/> for one node and one address family.</summary>
internal sealed class FamilyPeers(
    ClusterSnapshot snapshot, ClusterNode node, IpAddr local, uint routerId, PlanOptions options,
    SortedSet<string> problems)
{
    private readonly uint _nodeAs = PeerPlan.AsOf(snapshot, node);

    /// <summary>A remote end: port 0 where none was named; the node, where the end is known to be one.</summary>
    private readonly record struct Remote(IpAddr Address, ushort Port, uint As, uint? ClusterId);

    private IpFamily Family => local.Family;

    public IEnumerable<PeerSpec> Plan()
    {
        var peers = new SortedDictionary<(IpAddr, ushort), PeerSpec>();
        foreach (var peer in Peerings(problemsToo: true))
            if (peer.IsGlobal) Add(peers, peer, Remotes(peer), PeerType.Global, reversed: false);
        foreach (var peer in Peerings())
            if (!peer.IsGlobal && IsLocalEnd(peer, node))
                Add(peers, peer, Remotes(peer), PeerType.Node, reversed: false);
        foreach (var peer in Peerings())
            if (peer.ReversePeering != "Manual" && IsRemoteEnd(peer))
                Add(peers, peer, LocalEnds(peer), PeerType.Node, reversed: true);
        AddMesh(peers);
        return peers.Values;
    }

    /// <summary>One passive peer for each local pod that a peering selects, by the pod's first address of the family
    /// (spec 2.8).</summary>
    public IEnumerable<(PeerSpec Peer, LocalWorkload Workload)> PlanWorkloads(ImmutableArray<LocalWorkload> workloads)
    {
        var taken = new HashSet<IpAddr>();
        foreach (var peer in snapshot.BgpPeers.Values)
        {
            if (string.IsNullOrEmpty(peer.LocalWorkloadSelector) || Unusable(peer) is not null
                || !IsLocalEnd(peer, node)) continue;
            var selector = Selector.Parse(peer.LocalWorkloadSelector);
            foreach (var workload in workloads)
            {
                var address = workload.Addresses.FirstOrDefault(each => each.Family == Family);
                if (address.IsDefault || !selector.Matches(workload.Labels) || !taken.Add(address)) continue;
                var spec = Explicit(peer, new Remote(address, 0, peer.AsNumber, null), PeerType.Workload, false);
                yield return (spec with
                {
                    Session = spec.Session with { Passive = true, LocalAddress = null, PasswordRef = null },
                    Policy = spec.Policy with { AllowedLocalAs = 0 },
                }, workload);
            }
        }
    }

    private IEnumerable<BgpPeer> Peerings(bool problemsToo = false)
    {
        foreach (var (name, peer) in snapshot.BgpPeers)
        {
            var problem = Unusable(peer);
            if (problem is null && string.IsNullOrEmpty(peer.LocalWorkloadSelector)) yield return peer;
            else if (problem is not null && problemsToo) problems.Add($"BGPPeer({name}): {problem}; it is left out");
        }
    }

    private static string? Unusable(BgpPeer peer)
    {
        if (!Selector.TryParse(peer.NodeSelector, out _, out var error)) return $"nodeSelector: {error}";
        if (!string.IsNullOrEmpty(peer.LocalWorkloadSelector))
        {
            return !Selector.TryParse(peer.LocalWorkloadSelector, out _, out error) ? $"localWorkloadSelector: {error}"
                : peer.AsNumber == 0 ? "it has no asNumber"
                : null;
        }

        if (!Selector.TryParse(peer.PeerSelector, out _, out error)) return $"peerSelector: {error}";
        if (!string.IsNullOrEmpty(peer.PeerSelector)) return null;
        if (!BgpPeer.TryParsePeerIP(peer.PeerIP, out var address, out _))
            return $"peerIP '{peer.PeerIP}' is not an address with or without a port";
        if (peer.AsNumber == 0) return "it has no asNumber";
        return string.IsNullOrEmpty(peer.ReachableBy)
            || (IpAddr.TryParse(peer.ReachableBy, out var gateway) && gateway.Family == address.Family)
            ? null
            : $"reachableBy '{peer.ReachableBy}' is not an address of the peer's family";
    }

    /// <summary>Whether a node is a local end of a peering.</summary>
    public static bool IsLocalEnd(BgpPeer peer, ClusterNode candidate) =>
        !string.IsNullOrEmpty(peer.Node) ? peer.Node == candidate.Name
        : string.IsNullOrEmpty(peer.NodeSelector) || Selector.Parse(peer.NodeSelector).Matches(candidate.Labels);

    /// <summary>Whether this node is what a peering points at, so that the other end will dial us (spec 2.6).</summary>
    private bool IsRemoteEnd(BgpPeer peer)
    {
        if (!string.IsNullOrEmpty(peer.PeerSelector)) return Selector.Parse(peer.PeerSelector).Matches(node.Labels);
        return BgpPeer.TryParsePeerIP(peer.PeerIP, out var address, out var port)
            && address == local && peer.AsNumber == _nodeAs
            && (port == 0 || PeerPlan.ListenPortOf(snapshot, node.Name) is not { } listens || listens == port);
    }

    private IEnumerable<Remote> Remotes(BgpPeer peer)
    {
        if (!string.IsNullOrEmpty(peer.PeerSelector))
        {
            var selector = Selector.Parse(peer.PeerSelector);
            return NodesWhere(candidate => selector.Matches(candidate.Labels));
        }

        if (!BgpPeer.TryParsePeerIP(peer.PeerIP, out var address, out var port) || address.Family != Family) return [];
        if (port == 0)
        {
            var owner = snapshot.Nodes.Values.FirstOrDefault(candidate =>
                candidate.AddressOf(Family)?.Address == address
                && PeerPlan.AsOf(snapshot, candidate) == peer.AsNumber);
            if (owner is not null) port = PeerPlan.ListenPortOf(snapshot, owner.Name) ?? 0;
        }

        // The peer's cluster id is unknown by address alone, even where it is a node's (spec 2.7).
        return [new Remote(address, port, peer.AsNumber, null)];
    }

    private IEnumerable<Remote> LocalEnds(BgpPeer peer) => NodesWhere(candidate => IsLocalEnd(peer, candidate));

    private IEnumerable<Remote> NodesWhere(Func<ClusterNode, bool> condition) =>
        from candidate in snapshot.Nodes.Values
        where candidate.AddressOf(Family) is not null && condition(candidate)
        select new Remote(
            candidate.AddressOf(Family)!.Value.Address, PeerPlan.ListenPortOf(snapshot, candidate.Name) ?? 0,
            PeerPlan.AsOf(snapshot, candidate), candidate.ClusterId);

    private void Add(
        SortedDictionary<(IpAddr, ushort), PeerSpec> peers, BgpPeer peer, IEnumerable<Remote> remotes, PeerType type,
        bool reversed)
    {
        foreach (var remote in remotes)
            if (remote.Address != local)
                peers.TryAdd((remote.Address, remote.Port), Explicit(peer, remote, type, reversed));
    }

    private PeerSpec Explicit(BgpPeer peer, Remote remote, PeerType type, bool reversed)
    {
        // Calico applies these two to peerIP peers alone, and to no reversed one (spec 1.2, 2.5).
        var byAddress = !reversed && string.IsNullOrEmpty(peer.PeerSelector);
        var localAs = byAddress ? peer.LocalASNumber ?? _nodeAs : _nodeAs;
        var spec = new PeerSpec
        {
            Name = Name(type == PeerType.Workload ? "Local_Workload" : type.ToString(), remote),
            Type = type,
            Session = Session(remote, localAs) with
            {
                LocalAddress = peer.SourceAddress == "None" ? null : local,
                KeepaliveTime = peer.KeepaliveTime is { } keepalive ? GoDuration.RoundToSeconds(keepalive) : null,
                RestartTime = RestartTime(peer.MaxRestartTime, $"BGPPeer({peer.Name}): maxRestartTime"),
                TtlSecurity = peer.TtlSecurity is > 0 ? peer.TtlSecurity : null,
                PasswordRef = PasswordRef(peer.Password),
            },
            Policy = new PeerPolicy
            {
                NextHopMode = peer.NextHopMode switch
                {
                    PeerNextHopMode.Self => NextHopMode.Self,
                    PeerNextHopMode.Keep => NextHopMode.Keep,
                    null when peer.KeepOriginalNextHop && remote.As != localAs => NextHopMode.Keep,
                    _ => NextHopMode.Auto,
                },
                ClientClusterId = node.ClusterId is { } own && remote.As == localAs && remote.ClusterId != own
                    ? own
                    : null,
                AllowedLocalAs = byAddress ? peer.NumAllowedLocalASNumbers ?? 0 : 0,
                Filters = Filters(peer),
                HonoursGracefulShutdown = options.HonoursGracefulShutdown,
                HonoursBlackhole = options.HonoursBlackhole,
            },
        };
        var asked = peer.Metadata.Annotations.GetValueOrDefault(SessionAnnotation.Name);
        return SessionAnnotation.Apply(spec, asked, peer.Name, problems);
    }

    /// <summary>The filters that a peering names, those that exist (spec 1.2).</summary>
    private FilterList Filters(BgpPeer peer)
    {
        if (peer.Filters.IsEmpty) return FilterList.None;
        foreach (var missing in peer.Filters.Where(name => !snapshot.BgpFilters.ContainsKey(name)))
            problems.Add($"BGPPeer({peer.Name}): there is no BGPFilter '{missing}'; it is passed over");
        return new FilterList([.. peer.Filters.Where(snapshot.BgpFilters.ContainsKey)
            .Select(name => snapshot.BgpFilters[name])]);
    }

    /// <summary>The full mesh (spec 2.2): reflectors stand outside it on both sides.</summary>
    private void AddMesh(SortedDictionary<(IpAddr, ushort), PeerSpec> peers)
    {
        var settings = snapshot.DefaultBgp;
        if (settings.NodeToNodeMeshEnabled == false || node.ClusterId is not null) return;
        var restartTime =
            RestartTime(settings.NodeMeshMaxRestartTime, "BGPConfiguration(default): nodeMeshMaxRestartTime");
        var taken = peers.Keys.Select(key => key.Item1).ToHashSet();
        foreach (var other in snapshot.Nodes.Values)
        {
            if (other.AddressOf(Family) is not { Address: var address } || address == local
                || other.ClusterId is not null) continue;
            if (taken.Contains(address))
            {
                problems.Add($"the mesh session with {address} gives way to the BGPPeer for the same address");
                continue;
            }

            // Calico falls back to the local node's AS here, not to the cluster's (spec 2.1).
            var remote = new Remote(address, PeerPlan.ListenPortOf(snapshot, other.Name) ?? 0,
                other.AsNumber ?? _nodeAs, null);
            peers.TryAdd((address, remote.Port), new PeerSpec
            {
                Name = Name("Mesh", remote with { Port = 0 }),
                Type = PeerType.Mesh,
                Session = Session(remote, _nodeAs) with
                {
                    RestartTime = restartTime,
                    PasswordRef = PasswordRef(settings.NodeMeshPassword)
                },
            });
        }
    }

    private SessionSettings Session(Remote remote, uint localAs) => new()
    {
        LocalAs = localAs,
        RouterId = routerId,
        PeerAs = remote.As,
        PeerAddress = remote.Address,
        PeerPort = remote.Port == 0 ? (ushort)179 : remote.Port,
        LocalAddress = local,
        Families = [Family],
    };

    private TimeSpan RestartTime(TimeSpan? wished, string field)
    {
        var longest = TimeSpan.FromSeconds(4095);
        if (wished is not { } time) return TimeSpan.FromSeconds(120);
        time = GoDuration.RoundToSeconds(time);
        if (time >= TimeSpan.Zero && time <= longest) return time;
        problems.Add($"{field} is outside 0s to 4095s; the nearest is used");
        return time < TimeSpan.Zero ? TimeSpan.Zero : longest;
    }

    private string? PasswordRef(BgpPassword? password) =>
        password?.SecretKeyRef is { } reference ? $"{options.SecretNamespace}/{reference.Name}/{reference.Key}" : null;

    private static string Name(string prefix, Remote remote)
    {
        var name = $"{prefix}_{remote.Address.ToString().Replace('.', '_').Replace(':', '_')}";
        return remote.Port == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}_port_{remote.Port}");
    }
}
