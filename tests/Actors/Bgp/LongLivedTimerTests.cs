using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>The two times of a peer that is gone: its restart time (StaleExpired) and behind it its stale time (LongLivedExpired), RFC 9494.</summary>
/// <remarks>The RIB's actor, two peers, virtual time: "gone" announced a route and was lost, "observer" knows LLGR_STALE and is told of it.</remarks>
public sealed class LongLivedTimerTests : IDisposable
{
    private const uint LongLivedStale = 0xffff0006;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly IpPrefix Prefix = IpPrefix.Parse("10.10.0.0/24");

    private readonly ActorSystem _system = TestSystem.WithVirtualTime(new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });
    private readonly IActorRef _rib;
    private readonly IActorRef _gone;
    private readonly IActorRef _observer;

    public LongLivedTimerTests()
    {
        _rib = _system.ActorOf(RibActor.For());
        _gone = _system.ActorOf(Props.Create(() => new Recorder.Actor(new Recorder())), "gone");
        _observer = _system.ActorOf(Props.Create(() => new Recorder.Actor(new Recorder())), "observer");
        _rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new(IpPrefix.Parse("0.0.0.0/0"))] }), _observer);
        _rib.Tell(new RibProtocol.SetServices([], [], []), _observer);
        _rib.Tell(new RibProtocol.SetBlocks([]), _observer);
        _rib.Tell(new RibProtocol.SetConnected(new ConnectedState { Networks = [new(IpPrefix.Parse("10.0.0.0/24"), 2)] }), _observer);
        _rib.Tell(new RibProtocol.PeerUp(Spec("observer", 65002), Terms(65002), 1), _observer);
        Up(incarnation: 1);
    }

    private TestScheduler Scheduler => Assert.IsType<TestScheduler>(_system.Scheduler);

    public void Dispose() => _system.Dispose();

    [Fact]
    public async Task StaleExpired_marks_the_routes_and_LongLivedExpired_takes_them()
    {
        Assert.Equal("told", await ToldAsync());

        await DownAsync(longLived: true);
        Assert.Equal("told", await ToldAsync());
        Scheduler.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("told", await ToldAsync());

        Scheduler.Advance(TimeSpan.FromSeconds(1));                         // StaleExpired
        Assert.Equal("told as LLGR_STALE", await ToldAsync());
        Scheduler.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("told as LLGR_STALE", await ToldAsync());

        Scheduler.Advance(TimeSpan.FromSeconds(1));                         // LongLivedExpired
        Assert.Equal("not told", await ToldAsync());
    }

    [Fact]
    public async Task StaleExpired_takes_the_routes_of_families_that_are_not_kept_longer()
    {
        await DownAsync(longLived: false);
        Scheduler.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("told", await ToldAsync());

        Scheduler.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("not told", await ToldAsync());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    public async Task Neither_touches_the_routes_of_a_peer_that_is_back_in_time(int seconds)
    {
        await DownAsync(longLived: true);
        Scheduler.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(seconds < 10 ? "told" : "told as LLGR_STALE", await ToldAsync());

        Up(incarnation: 2);

        Assert.Equal("told", await ToldAsync());
        Scheduler.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal("told", await ToldAsync());
    }

    /// <summary>What the observer is told of the route, once all that went before has been done.</summary>
    private async Task<string> ToldAsync()
    {
        await _rib.Ask<RibProtocol.Routes>(new RibProtocol.GetRoutes(Prefix), Patience);   // behind it stands the flush of what came before
        var told = (await _rib.Ask<RoutePage<AdvertisedRoute>>(new RibProtocol.GetAdvertised("observer", RouteRange.All), Patience)).Items;
        return told switch
        {
            [] => "not told",
            [var one] => one.Attributes.Communities.Contains(LongLivedStale) ? "told as LLGR_STALE" : "told",
            _ => "told more than once",
        };
    }

    /// <summary>The peer announces its route and says that this is all.</summary>
    private void Up(int incarnation)
    {
        var batch = new UpdateBatch();
        var attributes = batch.Add(new PathAttributes { NextHop = IpAddr.Parse("10.0.0.1"), AsPath = AsPath.Of(65001) });
        batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, attributes, new Nlri(Prefix)));
        batch.Add(new RouteOperation(RouteOperationKind.EndOfRib, IpFamily.V4, -1, default));
        _rib.Tell(new RibProtocol.PeerUp(Spec("gone", 65001), Terms(65001), incarnation), _gone);
        _rib.Tell(new RibProtocol.Updates("gone", incarnation, batch), _gone);
    }

    /// <summary>The peer is lost; its times run from here on.</summary>
    private async Task DownAsync(bool longLived)
    {
        LongLivedStale[] kept = longLived ? [new LongLivedStale(IpFamily.V4, TimeSpan.FromSeconds(60), false)] : [];
        _rib.Tell(new RibProtocol.PeerDown("gone", 1, TimeSpan.FromSeconds(10), [.. kept]), _gone);
        await ToldAsync();
    }

    private static PeerSpec Spec(string name, uint asn) => new()
    {
        Name = name,
        Type = PeerType.Global,
        Session = new SessionSettings { LocalAs = 64512, RouterId = 0x0a00000a, PeerAs = asn, PeerAddress = AddressOf(asn) },
    };

    private static PeerTerms Terms(uint asn) => PeerTerms.Of(new SessionTerms
    {
        LocalAddress = IpAddr.Parse("10.0.0.10"),
        PeerRouterId = AddressOf(asn).V4Value,
        PeerAs = asn,
        IsInternal = false,
        HoldTime = TimeSpan.FromSeconds(90),
        KeepaliveInterval = TimeSpan.FromSeconds(30),
        FourByteAs = true,
        Families = [IpFamily.V4],
        RouteRefresh = true,
        LongLivedRestart = true,
        Restart = new PeerRestart(false, TimeSpan.FromSeconds(10), [IpFamily.V4], [IpFamily.V4]),
    });

    private static IpAddr AddressOf(uint asn) => IpAddr.FromV4(0x0a000000 + asn - 65000);
}
