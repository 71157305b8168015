using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

/// <summary>Ends by NOTIFICATION: when routes stay (RFC 8538), what operators read, limits, resets.</summary>
public sealed class NotificationTests
{
    private static readonly SessionSettings Lasting = Mesh with { Offer = new CapabilityOffer { RestartAfterNotification = true } };
    private static readonly OpenMessage LastingOpen = PeerOpen with
    {
        Capabilities =
        [
            new Capability.MultiProtocol(IpFamily.V4),
            new Capability.GracefulRestart(false, 120, [new(1, 1, false)]) { AfterNotification = true },
            new Capability.FourOctetAs(64512),
        ],
    };

    [Fact]
    public void Routes_outlive_any_notification_but_a_hard_reset_where_both_ends_say_so()
    {
        var shutdown = BgpErrors.Cease(CeaseSubcode.AdministrativeShutdown);

        Assert.Contains("down stale: Received: Administrative shutdown", Told(Lasting, LastingOpen, shutdown));
        Assert.Contains("down stale: Received: Hold timer expired", Told(Lasting, LastingOpen, BgpErrors.HoldTimerExpired));
        Assert.Contains("down stale: BGP Error: Hold timer expired", AtEstablished(Lasting, LastingOpen).Fire(SessionTimerKind.Hold, Outgoing));
        Assert.Contains(
            "down gone: Received: Hard reset, Administrative shutdown", Told(Lasting, LastingOpen, BgpErrors.HardReset(shutdown)));
        Assert.Contains("down gone: Received: Hard reset", Told(Lasting, LastingOpen, BgpErrors.Cease(CeaseSubcode.HardReset)));
        Assert.Contains("down gone: Received: Administrative shutdown", Told(Mesh, LastingOpen, shutdown));
        Assert.Contains("down gone: Received: Administrative shutdown", Told(Lasting, PeerOpen, shutdown));
    }

    [Theory]
    [InlineData(CeaseSubcode.AdministrativeShutdown, "send outgoing-1 NOTIFICATION 6.9", "down gone: Administrative shutdown")]
    [InlineData(CeaseSubcode.PeerDeconfigured, "send outgoing-1 NOTIFICATION 6.9", "down gone: Peer de-configured")]
    [InlineData(CeaseSubcode.OtherConfigurationChange, "send outgoing-1 NOTIFICATION 6.6", "down stale: Other configuration change")]
    [InlineData(CeaseSubcode.AdministrativeReset, "send outgoing-1 NOTIFICATION 6.4", "down stale: Administrative reset")]
    public void An_end_that_is_meant_to_last_is_a_hard_reset(CeaseSubcode subcode, string sent, string down)
    {
        var lines = AtEstablished(Lasting, LastingOpen).Step(new SessionInput.Stop(BgpErrors.Cease(subcode)));

        Assert.Equal([sent, down], lines.Where(line => line.StartsWith("send", StringComparison.Ordinal) || line.StartsWith("down", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_hard_reset_carries_the_error_that_it_stands_for()
    {
        var inside = NotificationCodec.Shutdown(CeaseSubcode.AdministrativeShutdown, "new disk");
        var outside = BgpErrors.HardReset(inside);

        Assert.Equal("0602086e6577206469736b", Wire.Octets.Text(outside.Data.AsSpan()));
        Assert.Equal(inside, BgpErrors.Inside(outside));
        Assert.Equal("Hard reset, Administrative shutdown: new disk", BgpErrors.Describe(outside));
    }

    [Theory]
    [InlineData("4372 c3bc c39f 65", "Administrative shutdown: Crüße")]
    [InlineData("61 1b5b32 4a 0a 62", "Administrative shutdown: a [2J b")]
    [InlineData("61 e280ae 62", "Administrative shutdown: a b")]
    [InlineData("ff fe", "Administrative shutdown")]
    public void The_text_of_a_shutdown_is_shown_if_it_is_text_and_never_steers_a_terminal(string text, string shown)
    {
        var bytes = Wire.Octets.Hex(text);
        var told = new BgpError(BgpErrorCode.Cease, (byte)CeaseSubcode.AdministrativeShutdown, [(byte)bytes.Length, .. bytes]);

        Assert.Contains($"state start Idle Received: {shown}", Told(Mesh, PeerOpen, told));
    }

    [Fact]
    public void A_reset_seeks_the_peer_again_at_once()
    {
        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 6.4", "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1",
                "down gone: Administrative reset", "disarm ErrorForget", "dial outgoing-2", "arm ConnectRetry 30", "state start Connect",
            ],
            AtEstablished().Step(new SessionInput.Reset()));
        Assert.Empty(new Driver(Mesh).Step(new SessionInput.Reset()));

        var held = AtEstablished();
        held.Fire(SessionTimerKind.Hold, Outgoing);
        Assert.Equal("Idle BGP Error: Hold timer expired", held.Session.Status.Info);
        Assert.Contains("dial outgoing-2", held.Step(new SessionInput.Reset()));
    }

    [Fact]
    public void A_peer_that_is_reset_does_not_count_as_an_error() =>
        Assert.Contains(
            "state start Active Received: Administrative reset",
            Told(Mesh, PeerOpen, BgpErrors.Cease(CeaseSubcode.AdministrativeReset)));

    [Fact]
    public void Too_many_prefixes_end_the_session_for_the_time_that_was_set()
    {
        var driver = AtEstablished();
        var limit = new PrefixLimit(1000, RestartAfter: TimeSpan.FromMinutes(5));
        var effects = driver.Session.Step(new SessionInput.PrefixLimitExceeded(IpFamily.V4, limit));

        Assert.Equal(
            [
                "send outgoing-1 NOTIFICATION 6.1", "close outgoing-1", "disarm Hold outgoing-1", "disarm Keepalive outgoing-1",
                "down gone: BGP Error: Maximum number of prefixes reached", "arm IdleHold 300",
                "state start Idle BGP Error: Maximum number of prefixes reached",
            ],
            Lines(effects));
        var told = Assert.IsType<BgpMessage.Notification>(effects.OfType<SessionEffect.Send>().Single().Message).Error;
        Assert.Equal("0001 01 000003e8".Replace(" ", "", StringComparison.Ordinal), Wire.Octets.Text(told.Data.AsSpan()));
        Assert.Contains("dial outgoing-2", driver.Fire(SessionTimerKind.IdleHold));
    }

    [Fact]
    public void Too_many_prefixes_without_a_time_end_the_session_until_an_operator_resets_it()
    {
        var driver = AtEstablished();

        Assert.DoesNotContain(
            driver.Step(new SessionInput.PrefixLimitExceeded(IpFamily.V4, new PrefixLimit(1))),
            line => line.StartsWith("arm", StringComparison.Ordinal));
        Assert.Equal(["close incoming-1"], driver.Step(new SessionInput.Accepted(Incoming, Local)));
        Assert.Contains("dial outgoing-2", driver.Step(new SessionInput.Reset()));
        Assert.Empty(AtOpenSent().Step(new SessionInput.PrefixLimitExceeded(IpFamily.V4, new PrefixLimit(1))));
    }

    [Theory]
    [InlineData("0001 01", 1)]
    [InlineData("0001 01 01 00", 1)]
    [InlineData("0001 02 01 00", 1)]
    [InlineData("0001 00 01 00", 2)]
    [InlineData("0001", 2)]
    public void A_refresh_of_the_wrong_length_is_told_as_enhanced_refresh_says(string body, int kind)
    {
        var enhanced = PeerOpen with { Capabilities = [.. PeerOpen.Capabilities, new Capability.EnhancedRouteRefresh()] };
        var message = Wire.Octets.Message(BgpMessageType.RouteRefresh, Wire.Octets.Hex(body));

        Assert.Contains(
            $"send outgoing-1 NOTIFICATION {(kind == 1 ? "7.1" : "1.2")}", AtEstablished(open: enhanced).HearBytes(Outgoing, message));
        Assert.Contains("send outgoing-1 NOTIFICATION 1.2", AtEstablished().HearBytes(Outgoing, message));
    }

    [Fact]
    public void The_begin_and_end_of_a_refresh_are_reported_where_both_ends_mark_them()
    {
        var enhanced = PeerOpen with { Capabilities = [.. PeerOpen.Capabilities, new Capability.EnhancedRouteRefresh()] };
        BgpMessage[] messages =
        [
            new BgpMessage.RouteRefresh(IpFamily.V4, RefreshSubtype.Begin),
            new BgpMessage.RouteRefresh(IpFamily.V4, RefreshSubtype.End),
            new BgpMessage.RouteRefresh(IpFamily.V4, (RefreshSubtype)3),
        ];

        Assert.Equal(
            ["refresh V4 begins", "refresh V4 ends", "arm Hold outgoing-1 90"],
            AtEstablished(open: enhanced).Hear(Outgoing, messages));
        Assert.Equal(["arm Hold outgoing-1 90"], AtEstablished().Hear(Outgoing, messages));
    }

    private static string[] Told(SessionSettings settings, OpenMessage open, BgpError error) =>
        AtEstablished(settings, open).Hear(Outgoing, new BgpMessage.Notification(error));
}
