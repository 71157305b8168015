using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

public sealed class EstablishedTests
{
    [Fact]
    public void A_keepalive_restarts_the_hold_timer() =>
        Assert.Equal(["arm Hold outgoing-1 90"], AtEstablished().Hear(Outgoing, BgpMessage.KeepAlive.Instance, BgpMessage.KeepAlive.Instance));

    [Fact]
    public void A_keepalive_is_sent_whenever_it_is_due()
    {
        Assert.Equal(["send outgoing-1 KEEPALIVE", "arm Keepalive outgoing-1 30"], AtEstablished().Fire(SessionTimerKind.Keepalive, Outgoing));
        Assert.Equal(["send outgoing-1 KEEPALIVE", "arm Keepalive outgoing-1 30"], AtOpenConfirm().Fire(SessionTimerKind.Keepalive, Outgoing));
    }

    [Theory]
    [InlineData(240, 90, null, 90, 30)]
    [InlineData(60, 90, null, 60, 20)]
    [InlineData(240, 240, 10, 240, 10)]
    [InlineData(240, 9, 30, 9, 3)]
    public void The_lesser_hold_time_counts_and_a_third_of_it_is_the_keepalive_interval(
        int ours, ushort theirs, int? keepalive, int hold, int interval)
    {
        var settings = Mesh with
        {
            HoldTime = TimeSpan.FromSeconds(ours),
            KeepaliveTime = keepalive is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var terms = AtEstablished(settings, PeerOpen with { HoldSeconds = theirs }).Session.Terms;

        Assert.Equal((TimeSpan.FromSeconds(hold), TimeSpan.FromSeconds(interval)), (terms?.HoldTime, terms?.KeepaliveInterval));
    }

    [Fact]
    public void A_hold_time_of_zero_runs_without_timers()
    {
        var driver = AtOpenSent();

        Assert.Equal(
            ["send outgoing-1 KEEPALIVE", "disarm Hold outgoing-1", "state start OpenConfirm"],
            driver.Hear(Outgoing, new BgpMessage.Open(PeerOpen with { HoldSeconds = 0 })));
        Assert.Equal(["up outgoing-1", "state up Established"], driver.Hear(Outgoing, BgpMessage.KeepAlive.Instance));
        Assert.Empty(driver.Hear(Outgoing, BgpMessage.KeepAlive.Instance));
    }

    [Fact]
    public void All_updates_of_one_read_are_one_batch_and_restart_the_hold_timer_once()
    {
        var driver = AtEstablished();
        byte[] bytes =
        [
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080a 0000")),
            .. Bytes(BgpMessage.KeepAlive.Instance),
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080b 0000")),
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0000 0000")),
        ];

        var effects = driver.Session.Receive(Outgoing, bytes);

        Assert.Equal(["updates 3", "arm Hold outgoing-1 90"], Lines(effects));
        var batch = Assert.IsType<PeerNews.Updates>(Assert.IsType<SessionEffect.Report>(effects[0]).News).Batch;
        Assert.Equal(
            [
                new(RouteOperationKind.Withdraw, IpFamily.V4, -1, Wire.Octets.Nlri("10.0.0.0/8")),
                new(RouteOperationKind.Withdraw, IpFamily.V4, -1, Wire.Octets.Nlri("11.0.0.0/8")),
                new(RouteOperationKind.EndOfRib, IpFamily.V4, -1, default),
            ],
            batch.Operations.ToArray());
        batch.Dispose();
    }

    [Fact]
    public void A_message_in_two_reads_is_delivered_with_the_second()
    {
        var driver = AtEstablished();
        var bytes = Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080a 0000"));

        Assert.Empty(driver.HearBytes(Outgoing, bytes.AsSpan(0, 21)));
        Assert.Equal(["updates 1", "arm Hold outgoing-1 90"], driver.HearBytes(Outgoing, bytes.AsSpan(21)));
    }

    [Fact]
    public void Open_keepalive_and_routes_in_one_read_are_all_heeded()
    {
        byte[] bytes =
        [
            .. Bytes(new BgpMessage.Open(PeerOpen), BgpMessage.KeepAlive.Instance),
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080a 0000")),
        ];

        Assert.Equal(
            [
                "send outgoing-1 KEEPALIVE", "arm Keepalive outgoing-1 30", "arm Hold outgoing-1 90", "arm Hold outgoing-1 90",
                "up outgoing-1", "updates 1", "arm Hold outgoing-1 90", "state up Established",
            ],
            AtOpenSent().HearBytes(Outgoing, bytes));
    }

    [Fact]
    public void A_malformed_attribute_is_reported_and_the_session_stays()
    {
        var body = Wire.Octets.Body("", "400101 05 400200 400304 0a000009 400504 00000064", "080a");
        var lines = AtEstablished().HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, body));

        Assert.Equal(["updates 1", "malformed TreatAsWithdraw", "arm Hold outgoing-1 90"], lines);
    }

    [Fact]
    public void Routes_of_a_family_that_was_not_negotiated_are_not_reported()
    {
        var body = Wire.Octets.Body("", "800f03 000201", "");

        Assert.Equal(["arm Hold outgoing-1 90"], AtEstablished().HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, body)));
    }

    [Fact]
    public void The_peer_may_ask_for_our_routes_again()
    {
        var driver = AtEstablished();

        Assert.Equal(["refresh V4", "arm Hold outgoing-1 90"], driver.Hear(Outgoing, new BgpMessage.RouteRefresh(IpFamily.V4)));
        Assert.Equal(["arm Hold outgoing-1 90"], driver.Hear(Outgoing, new BgpMessage.RouteRefresh(IpFamily.V6)));
    }

    [Fact]
    public void We_ask_a_peer_that_can_for_its_routes_again()
    {
        Assert.Equal(["send outgoing-1 ROUTE-REFRESH V4"], AtEstablished().Step(new SessionInput.RequestRefresh(IpFamily.V4)));
        Assert.Empty(AtEstablished().Step(new SessionInput.RequestRefresh(IpFamily.V6)));
        Assert.Empty(AtOpenConfirm().Step(new SessionInput.RequestRefresh(IpFamily.V4)));
        var cannot = PeerOpen with { Capabilities = [] };
        Assert.Empty(AtEstablished(open: cannot).Step(new SessionInput.RequestRefresh(IpFamily.V4)));
    }

    [Fact]
    public void A_peer_without_capabilities_speaks_ipv4_with_two_byte_numbers()
    {
        var terms = AtEstablished(open: PeerOpen with { Capabilities = [] }).Session.Terms;

        Assert.NotNull(terms);
        Assert.Equal(IpFamily.V4, Assert.Single(terms.Families));
        Assert.Equal((false, false), (terms.FourByteAs, terms.RouteRefresh));
        Assert.Null(terms.Restart);
        Assert.Equal(new UpdateFormat(IpFamily.V4, false, false), terms.Format(IpFamily.V4));
    }
}
