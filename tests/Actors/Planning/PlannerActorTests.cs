using Agent.Actors.Bgp;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Actors.Services;
using Agent.Actors.Workloads;
using Agent.Datastore;
using Agent.Planning;
using Agent.Primitives;

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

    [Fact]
    public void How_much_BGP_logs_reaches_the_log()
    {
        var log = CreateTestProbe();
        var peers = Sys.ActorOf(PeerSetActor.For(
            TestActor, new TcpBgpTransport(), TimeProvider.System, new Random(1), verbosity: new ToldLog(log.Ref)));
        var others = CreateTestProbe();
        var planner = Sys.ActorOf(PlannerActor.For("a", PlanOptions.Default, new PlanTargets(
            others.Ref, others.Ref, others.Ref, peers, others.Ref, others.Ref, others.Ref, others.Ref, others.Ref)));
        planner.Tell(ResourceProtocol.Synced.Instance, TestActor);
        log.ExpectMsg("none");

        planner.Tell(
            Change("apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\nspec: {logSeverityScreen: Warning}\n"),
            TestActor);

        log.ExpectMsg("Warning");
    }

    [Fact]
    public void A_withdrawn_block_stays_away_whatever_its_row_says_until_the_owner_has_it_again()
    {
        const string row = "apiVersion: projectcalico.org/v3\nkind: BlockAffinity\nmetadata: {name: a-block}\n"
            + "spec: {cidr: 10.48.0.0/26, node: a, state: confirmed}\n";
        var block = IpPrefix.Parse("10.48.0.0/26");
        var (rib, others, owner) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var planner = Sys.ActorOf(PlannerActor.For("a", PlanOptions.Default, new PlanTargets(
            rib.Ref, others.Ref, others.Ref, others.Ref, others.Ref, others.Ref, others.Ref, others.Ref, others.Ref)));
        planner.Tell(Change(Node), TestActor);
        planner.Tell(Change(row), TestActor);
        planner.Tell(ResourceProtocol.Synced.Instance, TestActor);
        Assert.Equal(block, Assert.Single(NextBlocks()).Prefix);

        planner.Tell(new IpamProtocol.Withdraw(block), owner.Ref);
        Assert.Empty(NextBlocks());
        rib.ExpectMsg<RibProtocol.Settle>();
        Assert.Equal(owner.Ref, rib.LastSender);

        planner.Tell(Change(row), TestActor);
        planner.Tell(new IpamProtocol.OwnBlocks([]), owner.Ref);
        planner.Tell(new IpamProtocol.OwnBlocks([block]), owner.Ref);
        Assert.Equal(block, Assert.Single(NextBlocks()).Prefix);

        // Given back and had again before the owner names its blocks in between.
        planner.Tell(new IpamProtocol.Withdraw(block), owner.Ref);
        Assert.Empty(NextBlocks());
        planner.Tell(new IpamProtocol.OwnBlocks([block]), owner.Ref);
        Assert.Equal(block, Assert.Single(NextBlocks()).Prefix);

        ImmutableArray<Agent.Bgp.Rib.LocalRoute> NextBlocks() =>
            rib.FishForMessage<RibProtocol.SetBlocks>(_ => true).Routes;
    }

    private sealed class ToldLog(IActorRef to) : IBgpLog
    {
        public void SetSeverity(LogSeverity? severity) => to.Tell(severity?.ToString() ?? "none", ActorRefs.NoSender);
    }
}
