using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

/// <summary>The send hold timer (RFC 9687), jitter and counters.</summary>
public sealed class SendHoldTests
{
    private static readonly SessionSettings Timed = Mesh with { SendHoldTime = TimeSpan.FromSeconds(40) };

    [Fact]
    public void A_peer_that_takes_nothing_for_the_send_hold_time_is_given_up()
    {
        var driver = AtEstablished(Timed);

        for (var part = 0; part < 3; part++) Assert.Equal(["arm SendHold outgoing-1 10"], Measure(driver, sent: 0, queued: 100));
        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 8.0", "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1",
                "disarm SendHold outgoing-1", "down gone: BGP Error: Send hold timer expired",
            ],
            Measure(driver, sent: 0, queued: 100).Take(6));
    }

    [Fact]
    public void A_peer_that_takes_something_or_has_nothing_to_take_is_not()
    {
        var driver = AtEstablished(Timed);

        for (var part = 0; part < 20; part++)
            Assert.Equal(["arm SendHold outgoing-1 10"], Measure(driver, sent: part / 3, queued: 100));
        for (var part = 0; part < 20; part++) Assert.Equal(["arm SendHold outgoing-1 10"], Measure(driver, sent: 6, queued: 0));
        Assert.Empty(driver.Step(new SessionInput.OutputMeasured(Incoming, 0, 100)));
    }

    [Theory]
    [InlineData(90, 480)]
    [InlineData(300, 600)]
    [InlineData(0, 480)]
    public void By_default_it_is_twice_the_hold_time_and_at_least_eight_minutes(ushort hold, int expected)
    {
        var settings = Mesh with { SendHoldTime = null, HoldTime = TimeSpan.FromSeconds(600) };

        Assert.Equal(
            TimeSpan.FromSeconds(expected),
            AtEstablished(settings, PeerOpen with { HoldSeconds = hold }).Session.Terms?.SendHoldTime);
    }

    [Fact]
    public void Keepalives_come_up_to_a_quarter_early_by_chance()
    {
        var session = new BgpSession(Mesh, new Random(3));
        session.Step(new SessionInput.Start());
        session.Step(new SessionInput.DialSucceeded(Outgoing, Local));
        session.Receive(Outgoing, Bytes(new BgpMessage.Open(PeerOpen), BgpMessage.KeepAlive.Instance));
        var timer = new SessionTimer(SessionTimerKind.Keepalive, Outgoing);

        var waits = Enumerable.Range(0, 50)
            .Select(_ => session.Step(new SessionInput.TimerFired(timer)).OfType<SessionEffect.Arm>().Single().Due.TotalSeconds).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, 22.5, 30));
        Assert.Equal(50, waits.Distinct().Count());
    }

    [Fact]
    public void Messages_and_lives_of_the_session_are_counted()
    {
        var driver = AtEstablished();
        var malformed = Wire.Octets.Body("", "400101 05 400200 400304 0a000009 400504 00000064", "080a");
        driver.HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080a 0000")));
        driver.HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, malformed));
        driver.Hear(Outgoing, new BgpMessage.RouteRefresh(Primitives.IpFamily.V4), BgpMessage.KeepAlive.Instance);
        driver.Fire(SessionTimerKind.Keepalive, Outgoing);
        byte[] update = Wire.Octets.Message(BgpMessageType.Update, malformed), mark = Wire.Octets.Message(BgpMessageType.RouteRefresh, Wire.Octets.Hex("0001 01 01"));
        driver.Session.CountSent((byte[])[.. mark, .. update, .. update, .. mark, .. update]);
        driver.Hear(Outgoing, new BgpMessage.Notification(BgpErrors.Cease(CeaseSubcode.AdministrativeReset)));

        Assert.Equal(
            new SessionCounters(new(1, 2, 1, 2, 1), new(1, 3, 0, 2, 2), 1, 1, 1, "Received: Administrative reset"),
            driver.Session.Counters);
    }

    private static string[] Measure(Driver driver, long sent, long queued) =>
        driver.Step(new SessionInput.OutputMeasured(Outgoing, sent, queued));
}
