using Agent.Actors.Bgp;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Actors.Services;
using Agent.Actors.Workloads;
using Agent.Datastore;
using Agent.Planning;

namespace Agent.Actors.Tests.Planning;

/// <summary>What the planner tells its targets, and what it does not tell again.</summary>
public sealed class PlannerActorTests : TestKit
{
    private const string Node = "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: a}\nspec: {bgp: {ipv4Address: 10.0.0.1/24}}\n";
    private const string Peer = "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: tor}\nspec: {peerIP: 10.0.0.254, asNumber: 65001}\n";

    private static ResourceProtocol.Changed Change(string manifest)
    {
        var resource = Assert.Single(ManifestReader.Read(manifest).Resources);
        return new ResourceProtocol.Changed(resource.Kind, [new WatchEvent.Put(resource)]);
    }

    [Fact]
    public void A_set_that_has_not_changed_is_not_told_again()
    {
        var target = CreateTestProbe();
        var planner = Sys.ActorOf(PlannerActor.For("a", PlanOptions.Default, new PlanTargets(
            target.Ref, target.Ref, target.Ref, target.Ref, target.Ref, target.Ref, target.Ref, target.Ref, target.Ref)));
        planner.Tell(Change(Node), TestActor);
        planner.Tell(Change(Peer), TestActor);
        planner.Tell(ResourceProtocol.Synced.Instance, TestActor);
        Assert.Equal("Global_10_0_0_254", Assert.Single(target.FishForMessage<PeerSetProtocol.SetPeers>(_ => true).Peers).Name);
        target.ExpectMsg<PasswordProtocol.Use>();
        target.ExpectMsg<PodProtocol.SetSnapshot>();
        target.ExpectMsg<LocalPeersProtocol.Arrange>();
        target.ExpectMsg<Routing.NatProtocol.SetRuleset>();
        target.ExpectMsg<IpamProtocol.SetPools>();

        planner.Tell(Change("apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n"), TestActor);

        target.ExpectMsg<ServiceProtocol.SetSnapshot>();
        target.ExpectMsg<PodProtocol.SetSnapshot>();
        target.ExpectMsg<IpamProtocol.SetPools>();

        planner.Tell(Change("apiVersion: projectcalico.org/v3\nkind: BGPFilter\nmetadata: {name: f}\nspec: {importV4: [{action: Reject}]}\n"), TestActor);
        planner.Tell(Change(Peer.Replace("65001", "65001, filters: [f]", StringComparison.Ordinal)), TestActor);

        var peers = target.FishForMessage<PeerSetProtocol.SetPeers>(_ => true);
        Assert.Equal("f", Assert.Single(peers.Peers).Policy.Filters.ToString());
    }
}
