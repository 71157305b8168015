using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using FsCheck;
using FsCheck.Fluent;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

/// <summary>Both ends dial at once (RFC 4271 §6.8): one connection survives, the same at both ends.</summary>
public sealed class CollisionTests
{
    [Theory]
    [InlineData(1, 2, 64512, 64512, "Incoming")]
    [InlineData(2, 1, 64512, 64512, "Outgoing")]
    [InlineData(1, 1, 64512, 65001, "Incoming")]
    [InlineData(1, 1, 65001, 64512, "Outgoing")]
    public void The_connection_that_the_higher_identifier_opened_survives_and_at_a_tie_the_higher_as(
        uint leftId, uint rightId, uint leftAs, uint rightAs, string survivor)
    {
        var (left, right) = Network.Facing(leftId, rightId, leftAs, rightAs);
        var network = new Network(left, right);
        network.Left.Step(new SessionInput.Start());
        network.Right.Step(new SessionInput.Start());

        network.Run();

        Assert.Equal([survivor], network.Left.Ups);
        Assert.Equal([survivor == "Outgoing" ? "Incoming" : "Outgoing"], network.Right.Ups);
        Assert.Equal(("Established", "Established"), (network.Left.Session.Status.Info, network.Right.Session.Status.Info));
    }

    [Fact]
    public void In_any_interleaving_both_ends_come_up_once_on_the_same_connection_and_stay() =>
        Prop.ForAll(
            (from seed in Gen.Choose(0, int.MaxValue)
             from leftId in Gen.Choose(1, 3)
             from rightId in Gen.Choose(1, 3)
             from graceful in Gen.Elements(true, false)
             select (seed, leftId, rightId, graceful)).ToArbitrary(),
            start =>
            {
                var (left, right) = Network.Facing((uint)start.leftId, (uint)start.rightId, 64512, 65001);
                if (!start.graceful) left = left with { RestartTime = TimeSpan.Zero };
                var network = new Network(left, right, start.seed);
                network.Left.Step(new SessionInput.Start());
                network.Right.Step(new SessionInput.Start());
                network.Run(new Random(start.seed));

                Assert.Single(network.Left.Ups);
                Assert.Single(network.Right.Ups);
                Assert.NotEqual(network.Left.Ups, network.Right.Ups);
                Assert.Empty(network.Left.Downs.Concat(network.Right.Downs));
                Assert.Equal(2, network.Left.Armed.Count);
                Assert.Equal(2, network.Right.Armed.Count);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void The_winner_closes_the_loser_as_soon_as_an_open_names_the_peer()
    {
        var driver = AtOpenSent(Mesh with { RouterId = 0x0a000003 });
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            ["send incoming-1 NOTIFICATION 6.7", "close incoming-1", "disarm Hold incoming-1"],
            driver.Hear(Incoming, new BgpMessage.Open(PeerOpen)));
        Assert.Equal(
            ["send outgoing-1 KEEPALIVE", "arm Keepalive outgoing-1 30", "arm Hold outgoing-1 90", "state start OpenConfirm"],
            driver.Hear(Outgoing, new BgpMessage.Open(PeerOpen)));
    }

    [Fact]
    public void A_peer_that_dials_again_after_it_lost_no_longer_has_the_winner()
    {
        var driver = AtOpenSent(Mesh with { RouterId = 0x0a000003 });
        var again = Incoming with { Number = 2 };
        driver.Step(new SessionInput.Accepted(Incoming, Local));
        driver.Hear(Incoming, new BgpMessage.Open(PeerOpen));
        driver.Step(new SessionInput.Accepted(again, Local));

        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 6.7", "close outgoing-1", "disarm Hold outgoing-1",
                "send incoming-2 KEEPALIVE", "arm Keepalive incoming-2 30", "arm Hold incoming-2 90",
                "state start OpenConfirm",
            ],
            driver.Hear(again, new BgpMessage.Open(PeerOpen)));
    }

    [Fact]
    public void The_loser_gives_up_its_own_connection_even_from_open_confirm()
    {
        var driver = AtOpenConfirm();
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 6.7", "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1",
                "send incoming-1 KEEPALIVE", "arm Keepalive incoming-1 30", "arm Hold incoming-1 90",
            ],
            driver.Hear(Incoming, new BgpMessage.Open(PeerOpen)));
        Assert.Equal("OpenConfirm", driver.Session.Status.Info);
    }

    [Fact]
    public void The_loser_keeps_both_until_the_peer_shows_which_one_it_kept()
    {
        var driver = AtOpenSent();
        driver.Step(new SessionInput.Accepted(Incoming, Local));
        driver.Hear(Outgoing, new BgpMessage.Open(PeerOpen));
        Assert.Equal("OpenConfirm", driver.Session.Status.Info);

        Assert.Equal(
            [
                "send incoming-1 NOTIFICATION 6.7", "close incoming-1", "disarm Hold incoming-1", "arm Hold outgoing-1 90", "up outgoing-1",
                "state up Established",
            ],
            driver.Hear(Outgoing, BgpMessage.KeepAlive.Instance));
    }

    [Fact]
    public void A_lost_collision_is_no_error()
    {
        var driver = AtOpenSent();
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            ["close outgoing-1", "disarm Hold outgoing-1"],
            driver.Hear(Outgoing, new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.ConnectionCollisionResolution))));
        Assert.Equal("OpenSent", driver.Session.Status.Info);
    }

    [Fact]
    public void An_open_from_the_peer_ends_a_dial_under_way()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            [
                "close outgoing-1", "disarm ConnectRetry", "send incoming-1 KEEPALIVE", "arm Keepalive incoming-1 30", "arm Hold incoming-1 90",
                "state start OpenConfirm",
            ],
            driver.Hear(Incoming, new BgpMessage.Open(PeerOpen)));
        Assert.Equal(["close outgoing-1"], driver.Step(new SessionInput.DialSucceeded(Outgoing, Local)));
    }

    [Fact]
    public void A_failed_dial_leaves_the_peers_connection_alone()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(["disarm ConnectRetry", "state start OpenSent Socket: Connection refused"],
            driver.Step(new SessionInput.DialFailed(Outgoing, "Connection refused")));
    }

    [Fact]
    public void A_new_connection_of_the_peer_takes_the_place_of_one_that_never_got_anywhere()
    {
        var driver = new Driver(Mesh with { Passive = true });
        driver.Step(new SessionInput.Start());
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            [
                "send incoming-1 NOTIFICATION 6.7", "close incoming-1", "disarm Hold incoming-1", "send incoming-2 OPEN",
                "arm Hold incoming-2 240",
            ],
            driver.Step(new SessionInput.Accepted(new(ConnectionSide.Incoming, 2), Local)));
    }

    [Fact]
    public void Without_graceful_restart_an_established_session_refuses_another_connection()
    {
        var driver = AtEstablished(open: PlainOpen);

        Assert.Equal(["send incoming-1 NOTIFICATION 6.7", "close incoming-1"], driver.Step(new SessionInput.Accepted(Incoming, Local)));
        Assert.Equal("Established", driver.Session.Status.Info);
    }
}
