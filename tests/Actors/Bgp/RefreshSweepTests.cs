using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>A peer that leaves routes out of each enhanced refresh (RFC 7313), again and again, beside a large table: each time costs a walk
/// over that, and the others do not wait for it.</summary>
public sealed class RefreshSweepTests
{
    // Three slices of the RIB's work, so that a walk does not end with the message that began it.
    private const int Table = 60_000;

    private readonly SeededWorld _world = new(seed: 3);
    private readonly List<string> _log = [];
    private readonly IActorRef _rib;
    private readonly ActorSystem _system;

    public RefreshSweepTests()
    {
        _system = _world.CreateSystem("node");
        _rib = _system.ActorOf(RibActor.For(), "rib");
        _rib.Tell(new RibProtocol.SetPolicy(RibPolicy.Empty), ActorRefs.NoSender);
        _rib.Tell(new RibProtocol.SetServices([], [], []), ActorRefs.NoSender);
        _rib.Tell(new RibProtocol.SetBlocks([]), ActorRefs.NoSender);
    }

    [Fact]
    public void Who_refreshes_without_end_waits_for_each_walk_and_nobody_else_does()
    {
        var (large, busy) = (Up("large", "10.0.0.2"), Up("busy", "10.0.0.3"));
        Announce(large, "large", 1, 0, Table);
        Announce(busy, "busy", 1, Table, 2);
        _world.RunUntilIdle();
        _log.Clear();

        for (var round = 0; round < 10; round++)
        {
            _rib.Tell(new RibProtocol.RefreshBegun("busy", 1, IpFamily.V4), busy);
            Announce(busy, "busy", 1, Table + round % 2, 1);
            _rib.Tell(new RibProtocol.RefreshEnded("busy", 1, IpFamily.V4), busy);
        }

        Announce(large, "large", 1, Table + 2, 1);
        _world.RunUntilIdle();

        Assert.Equal(["busy", "busy", "busy", "large"], _log[..4]);
        Assert.Equal(31, _log.Count(line => line is "busy" or "large"));
        Assert.Equal(Table + 2, PathCount());
    }

    [Fact]
    public void A_session_that_ends_meanwhile_leaves_nothing_and_the_next_one_is_heard()
    {
        var (large, busy) = (Up("large", "10.0.0.2"), Up("busy", "10.0.0.3"));
        Announce(large, "large", 1, 0, Table);
        Announce(busy, "busy", 1, Table, 2);
        _world.RunUntilIdle();
        _log.Clear();

        _rib.Tell(new RibProtocol.RefreshBegun("busy", 1, IpFamily.V4), busy);
        _rib.Tell(new RibProtocol.RefreshEnded("busy", 1, IpFamily.V4), busy);
        Announce(busy, "busy", 1, Table + 5, 3);
        _rib.Tell(new RibProtocol.PeerDown("busy", 1, null, []), busy);
        _rib.Tell(PeerUp("busy", "10.0.0.3", 2), busy);
        Announce(busy, "busy", 2, Table + 9, 1);
        _world.RunUntilIdle();

        // Credit for what came too late as well.
        Assert.Equal(4, _log.Count(line => line == "busy"));
        Assert.Equal(Table + 1, PathCount());
    }

    private int PathCount()
    {
        var answer = new List<RibProtocol.Description>();
        _rib.Tell(Describe.Instance, _system.ActorOf(Props.Create(() => new Asker(answer))));
        _world.RunUntilIdle();
        return answer.Single().Paths;
    }

    private IActorRef Up(string name, string address)
    {
        var peer = _system.ActorOf(Props.Create(() => new Peer(name, _log)), name);
        _rib.Tell(PeerUp(name, address, 1), peer);
        return peer;
    }

    private static RibProtocol.PeerUp PeerUp(string name, string address, int incarnation)
    {
        var spec = new PeerSpec
        {
            Name = name,
            Type = PeerType.Global,
            Session = new SessionSettings { LocalAs = 64512, RouterId = 1, PeerAs = 65001, PeerAddress = IpAddr.Parse(address) },
        };
        var terms = new PeerTerms
        {
            PeerRouterId = 2,
            EnhancedRefresh = true,
            Families = [new FamilyTerms(new UpdateFormat(IpFamily.V4, AddPath: false, FourByteAs: true), IpAddr.Parse("10.0.0.1"))],
        };
        return new RibProtocol.PeerUp(spec, terms, incarnation);
    }

    private void Announce(IActorRef peer, string name, int incarnation, int first, int count)
    {
        var batch = new UpdateBatch();
        var attributes = batch.Add(new PathAttributes { AsPath = AsPath.Of(65001), NextHop = IpAddr.Parse("10.0.0.2") });
        for (var number = first; number < first + count; number++)
        {
            var prefix = new IpPrefix(IpAddr.FromV4(0x14000000 + ((uint)number << 8)), 24);
            batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, attributes, new Nlri(prefix)));
        }

        _rib.Tell(new RibProtocol.Updates(name, incarnation, batch), peer);
    }

    /// <summary>Notes each credit.</summary>
    private sealed class Peer(string name, List<string> log) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is PeerProtocol.Credit) log.Add(name);
        }
    }

    private sealed class Asker(List<RibProtocol.Description> answers) : UntypedActor
    {
        protected override void OnReceive(object message) => answers.Add((RibProtocol.Description)message);
    }
}
