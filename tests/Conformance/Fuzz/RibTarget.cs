using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Fuzz;

/// <summary>A RIB that hears an UPDATE from a peer and tells it to three: what it tells can be read without a complaint and has the attributes
/// that such a peer is sent, the same again is no news, and once the peer is gone nothing is left, neither here nor there.</summary>
internal sealed class RibTarget
{
    private const uint OurAs = 64512;
    private const string Source = "source";
    private static readonly IpFamily[] Families = [IpFamily.V4, IpFamily.V6];

    /// <summary>NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED (RFC 1997).</summary>
    private static readonly uint[] StaysInAs = [0xffffff01, 0xffffff02, 0xffffff03];

    private readonly Rib _rib = new();
    private readonly SortedDictionary<string, UpdateContext> _contexts = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _told = new(StringComparer.Ordinal);
    private readonly HashSet<IpPrefix> _programmed = [];
    private readonly bool _fits;
    private int _messages;

    private RibTarget(UpdateContext source, bool fits)
    {
        _fits = fits;
        _rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("0.0.0.0/0")), new PolicyPool(IpPrefix.Parse("::/0"))] });
        _rib.SetConnected(new ConnectedState
        {
            OwnAddresses = [IpAddr.Parse("10.0.0.1")],
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/8"), 1), new ConnectedNetwork(IpPrefix.Parse("fd00::/8"), 1)],
        });
        Up(Source, 2, source);
        Up("internal", 3, new UpdateContext(true, true, [.. Families], [.. Families], ExtendedNextHop: true));
        Up("external", 4, new UpdateContext(true, false, [.. Families], []));
        Up("two-bytes", 5, new UpdateContext(false, false, [.. Families], []));
        Settle();
    }

    /// <summary>Feeds the body of an UPDATE in several kinds of session that it may come in.</summary>
    public static void Run(byte[] input)
    {
        foreach (var isInternal in new[] { true, false })
            foreach (var addPath in new[] { true, false })
            {
                var context = new UpdateContext(
                    isInternal || addPath, isInternal, [.. Families], addPath ? [.. Families] : [], ExtendedNextHop: addPath);
                using var batch = new UpdateBatch();
                if (!new UpdateDecoder(context).TryDecode(input, batch, out _)) continue;
                new RibTarget(context, input.Length < Targets.MostRewritten).Hear(batch);
            }
    }

    private void Hear(UpdateBatch batch)
    {
        _rib.Apply(Source, batch);
        Settle();
        foreach (var route in _rib.Routes()) Targets.True(_rib.Explain(route.Prefix) is not null, $"{route.Prefix} cannot be explained");
        var listed = _contexts.Keys.SelectMany(peer =>
            _rib.Advertised(peer).Select(route => $"{peer}:{new Nlri(route.Prefix, route.PathId)}")).Order(StringComparer.Ordinal);
        if (_fits) Targets.True(_told.SequenceEqual(listed, StringComparer.Ordinal), $"told: {string.Join(' ', _told)}; listed: {string.Join(' ', listed)}");

        var before = _messages;
        _rib.Apply(Source, batch);
        Settle();

        // A path that is withdrawn and announced in one message is another one to who knows paths by identifiers.
        var isNews = batch.Operations.ToArray().Any(operation => operation.Kind == RouteOperationKind.Withdraw);
        Targets.True(_messages == before || isNews, "what is known already is told again");

        _rib.PeerDown(Source, keepStale: false);
        Settle();
        Targets.True(_told.Count == 0, $"withdrawn from nobody: {string.Join(' ', _told)}");
        Targets.True(_programmed.Count == 0, $"left in the kernel: {string.Join(' ', _programmed)}");
        Targets.True((_rib.PrefixCount, _rib.PathCount) == (0, 0), $"left in the RIB: {_rib.PrefixCount} prefixes, {_rib.PathCount} paths");
    }

    private void Settle()
    {
        while (_rib.HasWork || _rib.HasOutput)
        {
            _rib.Work();
            foreach (var output in _rib.TakeOutput())
                foreach (var buffer in output.Buffers) Read(output.Peer, buffer.Span);
        }

        var changes = new RibChange[16];
        while (_rib.TakeRouteChanges(changes) is var count and > 0)
            foreach (var change in changes.AsSpan(0, count))
            {
                if (change.Route.Kind == RibRouteKind.None) _programmed.Remove(change.Prefix);
                else _programmed.Add(change.Prefix);
            }
    }

    private void Read(string peer, ReadOnlySpan<byte> bytes)
    {
        var framer = new Framer();
        framer.Append(bytes);
        while (framer.TryRead(out var frame, out var error))
        {
            _messages++;
            using var batch = new UpdateBatch();
            var decoder = new UpdateDecoder(_contexts[peer]);
            Targets.True(decoder.TryDecode(frame.Body, batch, out error), $"{peer} is told what it must refuse: {error}");
            Targets.True(decoder.Complaint is null, $"{peer} is told what is malformed: {decoder.Complaint?.Describe()}");
            foreach (var operation in batch.Operations)
            {
                var route = $"{peer}:{operation.Nlri}";
                if (operation.Kind == RouteOperationKind.Announce)
                {
                    _told.Add(route);
                    var wrong = Fault(_contexts[peer].IsInternal, batch.Attributes[operation.Attributes]);
                    Targets.True(wrong is null, $"{route} has {wrong}");
                }
                else if (operation.Kind == RouteOperationKind.Withdraw)
                {
                    Targets.True(_told.Remove(route) || !_fits, $"{route} is withdrawn and was never told");
                }
            }
        }

        Targets.True(framer.Pending == 0, $"{peer} is told half a message");
    }

    /// <summary>What is wrong with attributes that a peer is sent; null when nothing is.</summary>
    private string? Fault(bool isInternal, PathAttributes sent)
    {
        if (sent.Communities.Contains(StaysInAs[1])) return "NO_ADVERTISE (RFC 1997)";
        var isReflected = isInternal && _contexts[Source].IsInternal;
        if (sent.OriginatorId is not null != isReflected || sent.ClusterList.Length > 0 != isReflected)
            return "other attributes of reflection than RFC 4456 §8 says";
        if (sent.LocalPref is not null != isInternal) return "LOCAL_PREF other than RFC 4271 §5.1.5 says";
        if (isInternal) return null;
        if (sent.Communities.Any(StaysInAs.Contains)) return "a community that keeps it in the AS (RFC 1997)";
        if (sent.AsPath.First != OurAs) return "a path that does not begin with us (RFC 4271 §5.1.2)";
        if (sent.Med is not (null or 0)) return "the MULTI_EXIT_DISC of another AS (RFC 4271 §5.1.4)";
        if (sent.NextHop != Self(sent.NextHop.Family)) return "a next hop other than ourselves";
        return sent.ExtendedCommunities.All(each => each.IsTransitive) ? null : "a community that is not transitive (RFC 4360 §6)";
    }

    private static IpAddr Self(IpFamily family) => IpAddr.Parse(family == IpFamily.V4 ? "10.0.0.1" : "fd00::1");

    private void Up(string name, byte host, UpdateContext context)
    {
        _contexts[name] = context;
        var spec = new PeerSpec
        {
            Name = name,
            Type = PeerType.Node,
            Session = new SessionSettings
            {
                LocalAs = OurAs,
                PeerAs = context.IsInternal ? OurAs : 65000u + host,
                RouterId = 0x0a000001,
                PeerAddress = IpAddr.FromV4(0x0a000000u + host),
                Families = [.. Families],
            },
            Policy = new PeerPolicy { ClientClusterId = context.IsInternal ? 0x0a000001u : null },
        };
        _rib.PeerUp(spec, new PeerTerms
        {
            PeerRouterId = 0x0a000000u + host,
            Families = [.. Families.Select(family => new FamilyTerms(Format(family, context), Self(family)))],
        });
    }

    private static UpdateFormat Format(IpFamily family, UpdateContext context) => new(
        family, context.AddPath.Contains(family), context.FourByteAs, ExtendedNextHop: family == IpFamily.V4 && context.ExtendedNextHop);
}
