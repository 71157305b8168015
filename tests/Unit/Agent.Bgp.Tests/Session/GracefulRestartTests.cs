using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

/// <summary>Restarts of either end (RFC 4724).</summary>
public sealed class GracefulRestartTests
{
    private static readonly (SessionSettings Left, SessionSettings Right) Pair = Network.Facing(1, 2);

    [Fact]
    public void A_lost_connection_keeps_the_routes_of_a_peer_that_may_restart()
    {
        var driver = AtEstablished();

        var effects = driver.Session.Step(new SessionInput.ConnectionClosed(Outgoing));

        Assert.Equal(
            [
                "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1", "down stale: Socket: Connection closed",
                "arm ConnectRetry 1", "state start Active Socket: Connection closed",
            ],
            Lines(effects));
        var down = Assert.Single(effects.OfType<SessionEffect.Report>().Select(each => each.News).OfType<PeerNews.Down>());
        Assert.Equal(new PeerRestart(false, TimeSpan.FromSeconds(120), [IpFamily.V4], []), down.Restart);
    }

    [Fact]
    public void A_lost_connection_costs_the_routes_of_a_peer_that_did_not_offer_restart()
    {
        Assert.Contains(
            "down gone: Socket: Connection reset by peer",
            AtEstablished(open: PlainOpen).Step(new SessionInput.ConnectionClosed(Outgoing, "Connection reset by peer")));
        Assert.Contains(
            "down gone: Socket: Connection closed",
            AtEstablished(Mesh with { RestartTime = TimeSpan.Zero }).Step(new SessionInput.ConnectionClosed(Outgoing)));
        var aware = PeerOpen with { Capabilities = [new Capability.GracefulRestart(false, 120, []), new Capability.FourOctetAs(64512)] };
        Assert.Contains("down gone: Socket: Connection closed", AtEstablished(open: aware).Step(new SessionInput.ConnectionClosed(Outgoing)));
    }

    [Fact]
    public void A_cease_costs_the_routes_even_so() =>
        Assert.Contains(
            "down gone: Received: Administrative shutdown",
            AtEstablished().Hear(Outgoing, new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.AdministrativeShutdown))));

    [Fact]
    public void A_stop_for_restart_closes_without_a_word_and_the_peer_keeps_our_routes()
    {
        Assert.Equal(
            ["close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1", "disarm ErrorForget", "state down Down"],
            AtEstablished().Step(new SessionInput.StopForRestart()));

        var network = Up();
        network.Right.Listens = false;
        network.Right.Step(new SessionInput.StopForRestart());
        network.Run();

        Assert.True(Assert.Single(network.Left.Downs).KeepStale);
        Assert.Equal("Active Socket: Connection closed", network.Left.Session.Status.Info);
    }

    [Fact]
    public void A_session_that_restarts_says_so_until_its_restart_is_over()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start(Restarting: true));
        var restarting = OpenOf(driver.Session.Step(new SessionInput.DialSucceeded(Outgoing, Local)));
        driver.Step(new SessionInput.ConnectionClosed(Outgoing));
        driver.Fire(SessionTimerKind.ConnectRetry);
        driver.Step(new SessionInput.RestartEnded());
        var ended = OpenOf(driver.Session.Step(new SessionInput.DialSucceeded(new(ConnectionSide.Outgoing, 2), Local)));

        Assert.Equal(new Capability.GracefulRestart(true, 120, [new(1, 1, true)]), restarting);
        Assert.Equal(new Capability.GracefulRestart(false, 120, [new(1, 1, false)]), ended);

        static Capability.GracefulRestart? OpenOf(IEnumerable<SessionEffect> effects) =>
            effects.OfType<SessionEffect.Send>().Select(each => each.Message).OfType<BgpMessage.Open>().Single()
                .Content.Find<Capability.GracefulRestart>();
    }

    [Fact]
    public void A_peer_that_rebooted_unseen_takes_over_the_session_and_its_routes_stay_meanwhile()
    {
        var network = Up();
        network.Left.News.Clear();

        network.Right.Reboot(restarting: true);
        network.Run();

        Assert.Equal(
            [
                "down True Peer restarted", "up incoming", "state Established",
            ],
            network.Left.News.Select(news => news switch
            {
                PeerNews.Down down => $"down {down.KeepStale} {down.Reason}",
                PeerNews.Up up => up.Connection.Side == ConnectionSide.Incoming ? "up incoming" : "up outgoing",
                PeerNews.StateChanged changed => $"state {changed.Status.Info}",
                _ => news.ToString(),
            }).Append($"state {network.Left.Session.Status.Info}").Distinct());
        Assert.Equal(
            new PeerRestart(true, TimeSpan.FromSeconds(120), [IpFamily.V4], [IpFamily.V4]), network.Left.Session.Terms?.Restart);
        Assert.Equal("Established", network.Right.Session.Status.Info);
        Assert.Equal(2, network.Left.Armed.Count);
    }

    [Fact]
    public void A_second_connection_that_comes_to_nothing_does_not_touch_the_session()
    {
        var driver = AtEstablished();

        Assert.Equal(["send incoming-1 OPEN", "arm Hold incoming-1 240"], driver.Step(new SessionInput.Accepted(Incoming, Local)));
        Assert.Equal(
            ["send incoming-1 KEEPALIVE", "arm Keepalive incoming-1 30", "arm Hold incoming-1 90"],
            driver.Hear(Incoming, new BgpMessage.Open(PeerOpen)));
        Assert.Equal(
            ["close incoming-1", "disarm Hold incoming-1", "disarm Keepalive incoming-1"],
            driver.Hear(Incoming, new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.ConnectionCollisionResolution))));
        Assert.Equal("Established", driver.Session.Status.Info);
    }

    [Fact]
    public void The_old_connection_ending_first_leaves_the_new_one_to_go_on()
    {
        var driver = AtEstablished();
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            [
                "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1", "down stale: Socket: Connection closed",
                "state start OpenSent",
            ],
            driver.Step(new SessionInput.ConnectionClosed(Outgoing)));
        driver.Hear(Incoming, new BgpMessage.Open(PeerOpen), BgpMessage.KeepAlive.Instance);
        Assert.Equal("Established", driver.Session.Status.Info);
    }

    [Fact]
    public void Sessions_come_back_after_the_network_does()
    {
        var network = Up();
        network.IsUp = false;
        network.Left.Step(new SessionInput.StopForRestart());
        network.Run();
        network.Left.Step(new SessionInput.Start());
        network.Run();
        Assert.Equal("Active Socket: Connection refused", network.Left.Session.Status.Info);

        network.IsUp = true;
        network.Left.Fire(SessionTimerKind.ConnectRetry);
        network.Right.Fire(SessionTimerKind.ConnectRetry);
        network.Run();

        Assert.Equal(("Established", "Established"), (network.Left.Session.Status.Info, network.Right.Session.Status.Info));
        Assert.Equal(2, network.Left.Ups.Count());
    }

    private static Network Up()
    {
        var network = new Network(Pair.Left, Pair.Right);
        network.Left.Step(new SessionInput.Start());
        network.Right.Step(new SessionInput.Start());
        network.Run();
        return network;
    }
}
