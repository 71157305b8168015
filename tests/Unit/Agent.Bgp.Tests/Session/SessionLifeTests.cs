using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

public sealed class SessionLifeTests
{
    [Fact]
    public void A_start_dials_at_once()
    {
        var driver = new Driver(Mesh);

        Assert.Equal(["dial outgoing-1", "arm ConnectRetry 30", "state start Connect"], driver.Step(new SessionInput.Start()));
        Assert.Empty(driver.Step(new SessionInput.Start()));
    }

    [Fact]
    public void A_passive_session_waits_for_the_peer()
    {
        var driver = new Driver(Mesh with { Passive = true });

        Assert.Equal(["state start Passive"], driver.Step(new SessionInput.Start()));
        Assert.Equal(
            ["send incoming-1 OPEN", "arm Hold incoming-1 240", "state start OpenSent"],
            driver.Step(new SessionInput.Accepted(Incoming, Local)));
        Assert.Equal(
            ["close incoming-1", "disarm Hold incoming-1", "state start Passive Socket: Connection closed"],
            driver.Step(new SessionInput.ConnectionClosed(Incoming)));
    }

    [Fact]
    public void A_session_comes_up_by_open_and_keepalive()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());

        Assert.Equal(
            ["disarm ConnectRetry", "send outgoing-1 OPEN", "arm Hold outgoing-1 240", "state start OpenSent"],
            driver.Step(new SessionInput.DialSucceeded(Outgoing, Local)));
        Assert.Equal(
            ["send outgoing-1 KEEPALIVE", "arm Keepalive outgoing-1 30", "arm Hold outgoing-1 90", "state start OpenConfirm"],
            driver.Hear(Outgoing, new BgpMessage.Open(PeerOpen)));
        Assert.Equal(
            ["arm Hold outgoing-1 90", "up outgoing-1", "state up Established"],
            driver.Hear(Outgoing, BgpMessage.KeepAlive.Instance));
        Assert.Equal(
            new SessionTerms
            {
                LocalAddress = Local,
                PeerRouterId = 0x0a000002,
                PeerAs = 64512,
                IsInternal = true,
                HoldTime = TimeSpan.FromSeconds(90),
                KeepaliveInterval = TimeSpan.FromSeconds(30),
                FourByteAs = true,
                Families = [IpFamily.V4],
                RouteRefresh = true,
                Restart = new PeerRestart(false, TimeSpan.FromSeconds(120), [IpFamily.V4], []),
            },
            driver.Session.Terms);
    }

    [Fact]
    public void Failed_dials_are_repeated_after_a_time_that_doubles_to_60_s()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());
        var waits = new List<string>();
        for (var dial = 1; dial <= 8; dial++)
        {
            var lines = driver.Step(new SessionInput.DialFailed(new(ConnectionSide.Outgoing, dial), "Connection refused"));
            waits.Add(lines.Single(line => line.StartsWith("arm", StringComparison.Ordinal)));
            Assert.Equal("Active Socket: Connection refused", driver.Session.Status.Info);
            Assert.Contains($"dial outgoing-{dial + 1}", driver.Fire(SessionTimerKind.ConnectRetry));
        }

        Assert.Equal(new[] { 1, 2, 4, 8, 16, 32, 60, 60 }.Select(seconds => $"arm ConnectRetry {seconds}"), waits);
        Assert.Equal("Connect Socket: Connection refused", driver.Session.Status.Info);
    }

    [Fact]
    public void Waiting_times_are_shortened_by_at_most_a_quarter()
    {
        var session = new BgpSession(Mesh, new Random(7));
        session.Step(new SessionInput.Start());
        var effects = session.Step(new SessionInput.DialFailed(Outgoing, "No route to host"));

        var wait = Assert.Single(effects.OfType<SessionEffect.Arm>()).Due;
        Assert.InRange(wait, TimeSpan.FromMilliseconds(750), TimeSpan.FromMilliseconds(999.999));
    }

    [Fact]
    public void A_dial_that_takes_too_long_is_given_up_and_its_late_success_is_closed()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());

        Assert.Equal(
            ["close outgoing-1", "arm ConnectRetry 1", "state start Active Socket: Connection timed out"],
            driver.Fire(SessionTimerKind.ConnectRetry));
        Assert.Equal(["close outgoing-1"], driver.Step(new SessionInput.DialSucceeded(Outgoing, Local)));
        Assert.Empty(driver.Step(new SessionInput.DialFailed(Outgoing, "late")));
    }

    [Fact]
    public void A_stop_says_cease_and_forgets_the_peer()
    {
        var driver = AtEstablished();

        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 6.3", "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1",
                "down gone: Peer de-configured", "disarm ErrorForget", "state down Down",
            ],
            driver.Step(new SessionInput.Stop(BgpErrors.Cease(CeaseSubcode.PeerDeconfigured))));
        Assert.Empty(driver.Step(new SessionInput.ConnectionClosed(Outgoing)));
        Assert.Null(driver.Session.Terms);
    }

    [Fact]
    public void A_stop_while_dialing_or_waiting_leaves_nothing_armed()
    {
        var dialing = new Driver(Mesh);
        dialing.Step(new SessionInput.Start());
        Assert.Equal(
            ["close outgoing-1", "disarm ConnectRetry", "disarm ErrorForget", "state down Down"], dialing.Step(new SessionInput.Stop()));

        var waiting = new Driver(Mesh);
        waiting.Step(new SessionInput.Start());
        waiting.Step(new SessionInput.DialFailed(Outgoing, "Connection refused"));
        Assert.Equal(["disarm ConnectRetry", "disarm ErrorForget", "state down Down"], waiting.Step(new SessionInput.Stop()));

        var held = AtOpenSent();
        held.Fire(SessionTimerKind.Hold, Outgoing);
        Assert.Equal(["disarm IdleHold", "disarm ErrorForget", "state down Down"], held.Step(new SessionInput.Stop()));
        Assert.Empty(held.Fire(SessionTimerKind.IdleHold));
    }

    [Fact]
    public void A_stopped_session_can_be_started_again()
    {
        var driver = AtEstablished();
        driver.Step(new SessionInput.Stop());

        Assert.Equal(["dial outgoing-2", "arm ConnectRetry 30", "state start Connect"], driver.Step(new SessionInput.Start()));
    }

    [Fact]
    public void A_connection_to_a_stopped_session_is_rejected()
    {
        var driver = new Driver(Mesh);

        Assert.Equal(["send incoming-1 NOTIFICATION 6.5", "close incoming-1"], driver.Step(new SessionInput.Accepted(Incoming, Local)));
    }

    [Fact]
    public void A_rejection_by_the_peer_is_no_error_and_soon_tried_again()
    {
        var driver = AtOpenSent();

        Assert.Equal(
            ["close outgoing-1", "disarm Hold outgoing-1", "arm ConnectRetry 1", "state start Active Received: Connection rejected"],
            driver.Hear(Outgoing, new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.ConnectionRejected))));
    }

    [Fact]
    public void Unknown_connections_and_timers_change_nothing()
    {
        var driver = AtEstablished();
        var stranger = new ConnectionId(ConnectionSide.Incoming, 9);

        Assert.Empty(driver.Hear(stranger, BgpMessage.KeepAlive.Instance));
        Assert.Empty(driver.Step(new SessionInput.ConnectionClosed(stranger, "Connection reset by peer")));
        Assert.Empty(driver.Fire(SessionTimerKind.Hold, stranger));
        Assert.Empty(driver.Fire(SessionTimerKind.Keepalive, stranger));
        Assert.Empty(driver.Fire(SessionTimerKind.ConnectRetry));
        Assert.Empty(driver.Fire(SessionTimerKind.IdleHold));
    }
}
