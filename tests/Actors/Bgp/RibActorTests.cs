using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Actors.Tests.Bgp;

/// <summary>What the RIB's actor owes to the route programmer, in whatever order the two come up.</summary>
public sealed class RibActorTests : TestKit
{
    [Fact]
    public void A_programmer_that_comes_late_is_told_everything()
    {
        var block = IpPrefix.Parse("10.0.0.0/26");
        var programmer = CreateTestProbe();
        var rib = Sys.ActorOf(RibActor.For());
        rib.Tell(new RibProtocol.SetPolicy(RibPolicy.Empty), TestActor);
        rib.Tell(new RibProtocol.SetServices([], [], []), TestActor);
        rib.Tell(new RibProtocol.SetBlocks([new LocalRoute(block, LocalRouteKind.Block)]), TestActor);
        rib.Tell(new RibProtocol.GetRoutes(block), TestActor);
        ExpectMsg<RibProtocol.Routes>();
        rib.Tell(new RibProtocol.GetRoutes(block), TestActor);              // behind the flush of what was told
        Assert.Equal(RibRoute.Blackhole, Assert.Single(ExpectMsg<RibProtocol.Routes>().Items).Kernel);

        rib.Tell(new RibProtocol.SetConnected(ConnectedState.Empty), programmer.Ref);

        var merged = programmer.ExpectMsg<RouteProtocol.Merge>();
        Assert.Equal([new RibChange(block, RibRoute.Blackhole)], merged.Changes.ToArray());
    }
}
