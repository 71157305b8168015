using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>The decision alone: among routes that differ in the last steps only, and for the prefixes of a RIB that several peers
/// announce, of which one changes its mind. Nobody is told.</summary>
public class DecisionBenchmarks
{
    private const int Routes = 10_000;
    private const int Rounds = 1_000;
    private const uint As = 64512;

    private readonly RibChange[] _changes = new RibChange[1_000];
    private RouteCandidate[] _candidates = [];
    private RouteVerdict[] _verdicts = [];
    private Rib _rib = new();
    private UpdateBatch[] _minds = [];
    private int _mind;

    /// <summary>How many peers announce each prefix.</summary>
    [Params(2, 8)]
    public int Paths { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _candidates = [.. Enumerable.Range(0, Paths).Select(static i => new RouteCandidate
        {
            Preference = RouteCandidate.LearnedPreference,
            Reachable = true,
            LocalPref = 100,
            PathLength = 3,
            NeighbourAs = 65001,
            External = true,
            RouterId = 100 - (uint)i,
            PeerAddress = AddressOf(i),
            PeerName = NameOf(i),
        })];
        _verdicts = new RouteVerdict[Paths];

        _rib = new Rib();
        _rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/16"), 2)],
            OwnAddresses = [IpAddr.Parse("10.0.0.1")],
        });
        _rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("11.0.0.0/8"))] });
        for (var i = 0; i < Paths; i++)
        {
            Up(i);
            Take(i, Batch(i, med: 10));
        }

        _minds = [Batch(0, med: 5), Batch(0, med: 20)];
        for (var i = 0; i < 4; i++) Redecide();
        if (_rib.PathCount != Routes * Paths) throw new InvalidOperationException($"{_rib.PathCount} paths instead of {Routes * Paths}");
    }

    /// <summary>One decision among routes that tie up to the identifiers of their routers.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public int Select()
    {
        var best = 0;
        for (var i = 0; i < Rounds; i++) best += DecisionProcess.Select(_candidates, _verdicts);
        return best;
    }

    /// <summary>One peer becomes the best, or the worst, for every prefix: taken in, decided, programmed.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public int Redecide()
    {
        _mind = 1 - _mind;
        return Take(0, _minds[_mind]);
    }

    private int Take(int peer, UpdateBatch batch)
    {
        if (!_rib.Apply(NameOf(peer), batch)) throw new InvalidOperationException($"{NameOf(peer)} is not up");
        _rib.Work();
        var changes = 0;
        while (_rib.TakeRouteChanges(_changes) is var taken and > 0) changes += taken;
        return changes;
    }

    private static string NameOf(int peer) => $"peer{peer}";

    private static IpAddr AddressOf(int peer) => IpAddr.FromV4(0x0a00_0102u + (uint)peer);

    private void Up(int peer) => _rib.PeerUp(
        new PeerSpec
        {
            Name = NameOf(peer),
            Type = PeerType.Global,
            Session = new SessionSettings { LocalAs = As, PeerAs = 65001, RouterId = 0x0a00_0001, PeerAddress = AddressOf(peer) },
        },
        new PeerTerms { PeerRouterId = AddressOf(peer).V4Value, Families = [] });

    private static UpdateBatch Batch(int peer, uint med)
    {
        var batch = new UpdateBatch();
        var attributes = batch.Add(new PathAttributes { NextHop = AddressOf(peer), AsPath = AsPath.Of(65001), Med = med });
        for (var i = 0; i < Routes; i++)
            batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, attributes, new Nlri(Prefixes.At(i))));
        return batch;
    }
}
