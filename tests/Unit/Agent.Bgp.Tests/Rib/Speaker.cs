using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>One node's RIB with everything around it: peers that say things by name, a kernel, and each peer's view of what it was told.</summary>
internal sealed class Speaker
{
    public const uint As = 64512;

    private readonly Dictionary<string, Listener> _listeners = [];

    public Speaker(string address = "10.0.0.1")
    {
        Address = IpAddr.Parse(address);
        Rib.SetConnected(OnLink(2));
    }

    public Agent.Bgp.Rib.Rib Rib { get; } = new();

    public IpAddr Address { get; }

    /// <summary>What the kernel was told, as text by prefix.</summary>
    public SortedDictionary<IpPrefix, string> Kernel { get; } = [];

    public IEnumerable<string> KernelText => Kernel.Select(entry => $"{entry.Key} {entry.Value}");

    /// <summary>Peers that do not read: nothing may be sent to them.</summary>
    public HashSet<string> Blocked { get; } = [];

    /// <summary>Peers to whom nothing leaves by itself, with the bytes that are on their way to them.</summary>
    public Dictionary<string, long> Slow { get; } = [];

    /// <summary>Peers of whom the last output said that they are held back.</summary>
    public SortedSet<string> HeldBack { get; } = [];

    /// <summary>Takes raw output instead of the built-in listeners; the network sets it.</summary>
    public Action<PeerOutput>? Wire { get; set; }

    public ConnectedState OnLink(int link, params ForeignRoute[] routes) => new()
    {
        Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), link)],
        OwnAddresses = [Address],
        Foreign = [.. routes],
    };

    public PeerSpec Spec(string name, string address, uint peerAs = As, uint localAs = As, PeerPolicy? policy = null) => new()
    {
        Name = name,
        Type = PeerType.Node,
        Session = new SessionSettings
        {
            LocalAs = localAs,
            PeerAs = peerAs,
            RouterId = Address.V4Value,
            PeerAddress = IpAddr.Parse(address),
        },
        Policy = policy ?? new PeerPolicy(),
    };

    public PeerTerms Terms(string peerAddress, bool gracefulRestart = true, bool restarting = false, bool preserved = true, bool addPath = false) => new()
    {
        PeerRouterId = IpAddr.Parse(peerAddress).V4Value,
        Families = [new FamilyTerms(new UpdateFormat(IpFamily.V4, addPath, true), Address, preserved)],
        GracefulRestart = gracefulRestart,
        PeerRestarting = restarting,
    };

    public void Up(
        string name, string address, uint peerAs = As, uint localAs = As, PeerPolicy? policy = null, PeerTerms? terms = null,
        int? limit = null)
    {
        terms ??= Terms(address);
        Blocked.Remove(name);
        HeldBack.Remove(name);
        if (Slow.ContainsKey(name)) Slow[name] = 0;
        _listeners[name] = new Listener(peerAs == localAs, [.. terms.Families.Select(each => each.Format.Family)], terms.Families[0].Format.AddPath);
        var spec = Spec(name, address, peerAs, localAs, policy);
        Rib.PeerUp(limit is { } bytes ? spec with { Session = spec.Session with { OutputQueueLimit = bytes } } : spec, terms);
    }

    public void Announce(string peer, PathAttributes attributes, params string[] prefixes)
    {
        foreach (var prefix in prefixes) AnnouncePath(peer, attributes, prefix, 0);
    }

    public void AnnouncePath(string peer, PathAttributes attributes, string prefix, uint pathId)
    {
        using var batch = new UpdateBatch();
        var index = batch.Add(attributes);
        var parsed = IpPrefix.Parse(prefix);
        batch.Add(new RouteOperation(RouteOperationKind.Announce, parsed.Family, index, new Nlri(parsed, pathId)));
        Assert.True(Rib.Apply(peer, batch));
    }

    public void Withdraw(string peer, params string[] prefixes)
    {
        foreach (var prefix in prefixes) WithdrawPath(peer, prefix, 0);
    }

    public void WithdrawPath(string peer, string prefix, uint pathId)
    {
        using var batch = new UpdateBatch();
        var parsed = IpPrefix.Parse(prefix);
        batch.Add(new RouteOperation(RouteOperationKind.Withdraw, parsed.Family, -1, new Nlri(parsed, pathId)));
        Assert.True(Rib.Apply(peer, batch));
    }

    public void EndOfRib(string peer)
    {
        using var batch = new UpdateBatch();
        batch.Add(new RouteOperation(RouteOperationKind.EndOfRib, IpFamily.V4, -1, default));
        Assert.True(Rib.Apply(peer, batch));
    }

    public void Block(string peer)
    {
        Rib.Pause(peer);
        Blocked.Add(peer);
    }

    public void Ready(string peer)
    {
        Rib.Resume(peer);
        Blocked.Remove(peer);
    }

    /// <summary>Decides, programs, announces, until nothing is left to do.</summary>
    public void Settle(int dumpBudget = int.MaxValue)
    {
        var changes = new RibChange[3];
        while (Rib.HasWork || Rib.HasOutput)
        {
            Rib.Work();
            Take(dumpBudget);
        }

        while (Rib.TakeRouteChanges(changes) is var taken and > 0)
        {
            foreach (var change in changes[..taken])
            {
                if (change.Route.Kind == RibRouteKind.None) Kernel.Remove(change.Prefix);
                else Kernel[change.Prefix] = change.Route.ToString();
            }
        }
    }

    /// <summary>Announces once.</summary>
    public void Take(int dumpBudget)
    {
        foreach (var output in Rib.TakeOutput(dumpBudget))
        {
            Assert.DoesNotContain(output.Peer, Blocked);
            if (output.IsHeldBack) HeldBack.Add(output.Peer);
            else HeldBack.Remove(output.Peer);
            if (Wire is { } wire) wire(output);
            else foreach (var buffer in output.Buffers) _listeners[output.Peer].Hear(buffer.Span);
            if (Slow.ContainsKey(output.Peer)) Slow[output.Peer] += output.Bytes;
            else Rib.Sent(output.Peer, output.Bytes);
        }
    }

    /// <summary>So much of what is on its way to a slow peer leaves.</summary>
    public void Leave(string peer, long bytes)
    {
        Slow[peer] -= bytes;
        Rib.Sent(peer, bytes);
    }

    /// <summary>What the peer heard since last asked: <c>+ prefix</c>, <c>- prefix</c>, <c>End-of-RIB</c>.</summary>
    public string[] Heard(string peer)
    {
        Settle();
        return _listeners[peer].TakeLog();
    }

    /// <summary>What the peer believes after all it heard.</summary>
    public SortedDictionary<IpPrefix, PathAttributes> View(string peer)
    {
        Settle();
        return _listeners[peer].Routes;
    }

    /// <summary>The same with every path of a prefix, by path identifier.</summary>
    public SortedDictionary<(IpPrefix Prefix, uint Id), PathAttributes> Paths(string peer)
    {
        Settle();
        return _listeners[peer].Paths;
    }

    /// <summary>How many UPDATE messages the peer got in all.</summary>
    public int Messages(string peer) => _listeners[peer].Messages;

    public RouteView Route(string prefix) => Rib.Routes().Single(route => route.Prefix == IpPrefix.Parse(prefix));

    public RouteReason Reason(string prefix, string peer) => Route(prefix).Paths.Single(path => path.Peer == peer).Reason;

    public ExportVerdict Verdict(string prefix, string peer) =>
        Rib.Explain(IpPrefix.Parse(prefix))!.Exports.Single(export => export.Peer == peer).Verdict;

    public static RibPolicy Pool(params string[] cidrs) => new() { Pools = [.. cidrs.Select(cidr => new PolicyPool(IpPrefix.Parse(cidr)))] };

    public static PathAttributes Internal(string nextHop, uint localPref = 100) =>
        new() { NextHop = IpAddr.Parse(nextHop), LocalPref = localPref };

    public static PathAttributes External(string nextHop, params ReadOnlySpan<uint> path) =>
        new() { NextHop = IpAddr.Parse(nextHop), AsPath = AsPath.Of(path) };

    private sealed class Listener(bool isInternal, IpFamily[] families, bool addPath)
    {
        private readonly Framer _framer = new();
        private readonly UpdateDecoder _decoder =
            new(new UpdateContext(true, isInternal, [.. families], addPath ? [.. families] : []));
        private readonly List<string> _log = [];

        public SortedDictionary<IpPrefix, PathAttributes> Routes { get; } = [];

        public SortedDictionary<(IpPrefix Prefix, uint Id), PathAttributes> Paths { get; } = [];

        public int Messages { get; private set; }

        public string[] TakeLog()
        {
            string[] log = [.. _log];
            _log.Clear();
            return log;
        }

        public void Hear(ReadOnlySpan<byte> bytes)
        {
            _framer.Append(bytes);
            while (_framer.TryRead(out var frame, out var error))
            {
                Messages++;
                using var batch = new UpdateBatch();
                Assert.True(_decoder.TryDecode(frame.Body, batch, out error), error?.ToString());
                foreach (var operation in batch.Operations) Note(operation, batch);
            }

            Assert.Equal(0, _framer.Pending);
        }

        private void Note(in RouteOperation operation, UpdateBatch batch)
        {
            var prefix = operation.Nlri.Prefix;
            switch (operation.Kind)
            {
                case RouteOperationKind.Announce:
                    _log.Add($"+ {prefix}");
                    Routes[prefix] = batch.Attributes[operation.Attributes];
                    Paths[(prefix, operation.Nlri.PathId)] = batch.Attributes[operation.Attributes];
                    break;
                case RouteOperationKind.Withdraw:
                    _log.Add($"- {prefix}");
                    Routes.Remove(prefix);
                    Paths.Remove((prefix, operation.Nlri.PathId));
                    break;
                default:
                    _log.Add("End-of-RIB");
                    break;
            }
        }
    }
}
