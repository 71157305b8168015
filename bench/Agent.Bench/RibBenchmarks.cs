using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>A reflector's RIB that takes 100,000 routes from one client and tells the others, who are one update group. Times and
/// bytes are per route; one copy of the messages, some five bytes for a route, is shared by the whole group.</summary>
public class RibBenchmarks
{
    private const int Routes = 100_000;
    private const uint As = 64512;

    private readonly UpdateBatch _first = Batch("10.0.0.2");
    private readonly UpdateBatch _second = Batch("10.0.0.3");
    private readonly RibChange[] _changes = new RibChange[1_000];
    private Rib _rib = new();
    private bool _isSecond;

    /// <summary>How many peers are told.</summary>
    [Params(1, 100)]
    public int Receivers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _rib = new Rib();
        _rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/16"), 2)],
            OwnAddresses = [IpAddr.Parse("10.0.0.1")],
        });
        _rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("11.0.0.0/8"))] });
        Up("source", IpAddr.Parse("10.0.0.2"));
        for (var i = 0; i < Receivers; i++) Up($"receiver{i}", IpAddr.FromV4(0x0a00_0100u + (uint)i));
        foreach (var batch in new[] { _first, _second, _first, _second }) Take(batch);
        if (_rib.PrefixCount != Routes) throw new InvalidOperationException($"{_rib.PrefixCount} prefixes instead of {Routes}");
    }

    /// <summary>The peer says what it said before.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public long Announce_again() => Take(_isSecond ? _second : _first);

    /// <summary>Every route changes its next hop: decided, programmed, encoded for the group.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public long Change()
    {
        _isSecond = !_isSecond;
        return Take(_isSecond ? _second : _first);
    }

    private long Take(UpdateBatch batch)
    {
        if (!_rib.Apply("source", batch)) throw new InvalidOperationException("the source is not up");
        long bytes = 0;
        while (_rib.HasWork || _rib.HasOutput)
        {
            _rib.Work();
            foreach (var output in _rib.TakeOutput())
            {
                bytes += output.Bytes;
                _rib.Sent(output.Peer, output.Bytes);
            }
        }

        while (_rib.TakeRouteChanges(_changes) > 0)
        {
        }

        return bytes;
    }

    private void Up(string name, IpAddr address) => _rib.PeerUp(
        new PeerSpec
        {
            Name = name,
            Type = PeerType.Node,
            Session = new SessionSettings { LocalAs = As, PeerAs = As, RouterId = 0x0a00_0001, PeerAddress = address },
            Policy = new PeerPolicy { ClientClusterId = 1 },
        },
        new PeerTerms
        {
            PeerRouterId = address.V4Value,
            Families = [new FamilyTerms(new UpdateFormat(IpFamily.V4, false, true), IpAddr.Parse("10.0.0.1"))],
            GracefulRestart = true,
        });

    private static UpdateBatch Batch(string nextHop)
    {
        var batch = new UpdateBatch();
        var attributes = batch.Add(new PathAttributes { NextHop = IpAddr.Parse(nextHop), LocalPref = 100 });
        for (var i = 0; i < Routes; i++)
            batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, attributes, new Nlri(Prefixes.At(i))));
        return batch;
    }
}
