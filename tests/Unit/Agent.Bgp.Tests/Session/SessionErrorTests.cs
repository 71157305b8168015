using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

public sealed class SessionErrorTests
{
    public static TheoryData<string, OpenMessage, BgpError, string> UnacceptableOpens => new()
    {
        { "another AS", PeerOpen with { Asn = 65001, Capabilities = [new Capability.FourOctetAs(65001)] }, BgpErrors.Open(OpenSubcode.BadPeerAs), "Bad peer AS" },
        { "identifier 0", PeerOpen with { RouterId = 0 }, BgpErrors.Open(OpenSubcode.BadBgpIdentifier), "Bad BGP identifier" },
        { "our identifier", PeerOpen with { RouterId = 0x0a000001 }, BgpErrors.Open(OpenSubcode.BadBgpIdentifier), "Bad BGP identifier" },
        { "hold time 1", PeerOpen with { HoldSeconds = 1 }, BgpErrors.Open(OpenSubcode.UnacceptableHoldTime), "Unacceptable hold time" },
        { "hold time 2", PeerOpen with { HoldSeconds = 2 }, BgpErrors.Open(OpenSubcode.UnacceptableHoldTime), "Unacceptable hold time" },
        {
            "only IPv6", PeerOpen with { Capabilities = [new Capability.MultiProtocol(IpFamily.V6)] },
            BgpErrors.Open(OpenSubcode.UnsupportedCapability, [1, 4, 0, 1, 0, 1]), "Required capability missing"
        },
    };

    [Theory]
    [MemberData(nameof(UnacceptableOpens))]
    public void An_open_that_does_not_suit_us_is_answered_with_its_error(string what, OpenMessage open, BgpError error, string words)
    {
        var driver = AtOpenSent();

        var effects = driver.Session.Receive(Outgoing, Bytes(new BgpMessage.Open(open)));

        Assert.True(effects[0].Equals(new SessionEffect.Send(Outgoing, new BgpMessage.Notification(error))), what);
        Assert.Equal(
            [
                $"send outgoing-1 NOTIFICATION 2.{error.Subcode}", "close outgoing-1", "disarm Hold outgoing-1", "arm IdleHold 1",
                "arm ErrorForget 300", $"state start Idle BGP Error: {words}",
            ],
            Lines(effects));
    }

    [Fact]
    public void A_version_that_we_do_not_speak_is_answered_with_ours()
    {
        var bytes = Bytes(new BgpMessage.Open(PeerOpen));
        bytes[19] = 3;

        var effects = AtOpenSent().Session.Receive(Outgoing, bytes);

        Assert.Equal(new SessionEffect.Send(Outgoing, new BgpMessage.Notification(BgpErrors.Open(OpenSubcode.UnsupportedVersionNumber, [0, 4]))), effects[0]);
    }

    [Theory]
    [InlineData(0, 0x00, "1.1", "Connection not synchronized")]
    [InlineData(17, 0x01, "1.2", "Bad message length")]
    [InlineData(18, 0x09, "1.3", "Bad message type")]
    public void A_broken_header_ends_the_session_in_every_state(int at, byte value, string code, string words)
    {
        var bytes = Bytes(BgpMessage.KeepAlive.Instance);
        bytes[at] = value;

        foreach (var driver in new[] { AtOpenSent(), AtOpenConfirm(), AtEstablished() })
        {
            Assert.Equal($"send outgoing-1 NOTIFICATION {code}", driver.HearBytes(Outgoing, bytes)[0]);
            Assert.Equal($"Idle BGP Error: {words}", driver.Session.Status.Info);
        }
    }

    [Fact]
    public void Unexpected_messages_are_named_by_the_state_that_they_came_in()
    {
        var update = Wire.Octets.Message(BgpMessageType.Update, new byte[4]);
        var refresh = Bytes(new BgpMessage.RouteRefresh(IpFamily.V4));
        var keepalive = Bytes(BgpMessage.KeepAlive.Instance);
        var open = Bytes(new BgpMessage.Open(PeerOpen));
        (Driver At, byte[] Message, string Code)[] cases =
        [
            (AtOpenSent(), keepalive, "5.1"), (AtOpenSent(), update, "5.1"), (AtOpenSent(), refresh, "5.1"),
            (AtOpenConfirm(), open, "5.2"), (AtOpenConfirm(), update, "5.2"), (AtOpenConfirm(), refresh, "5.2"),
            (AtEstablished(), open, "5.3"),
        ];

        Assert.All(cases, each => Assert.Equal($"send outgoing-1 NOTIFICATION {each.Code}", each.At.HearBytes(Outgoing, each.Message)[0]));
    }

    [Fact]
    public void An_expired_hold_timer_ends_the_session_in_every_state()
    {
        Assert.All(
            [AtOpenSent(), AtOpenConfirm(), AtEstablished()],
            driver =>
            {
                Assert.Equal("send outgoing-1 NOTIFICATION 4.0", driver.Fire(SessionTimerKind.Hold, Outgoing)[0]);
                Assert.Equal("Idle BGP Error: Hold timer expired", driver.Session.Status.Info);
            });
    }

    [Fact]
    public void An_expired_hold_timer_leaves_no_stale_routes() =>
        Assert.Contains("down gone: BGP Error: Hold timer expired", AtEstablished().Fire(SessionTimerKind.Hold, Outgoing));

    [Fact]
    public void A_notification_of_the_peer_ends_the_session_in_every_state()
    {
        var notification = new BgpMessage.Notification(BgpErrors.Open(OpenSubcode.BadPeerAs));
        Assert.All(
            [AtOpenSent(), AtOpenConfirm(), AtEstablished()],
            driver =>
            {
                Assert.Equal("close outgoing-1", driver.Hear(Outgoing, notification)[0]);
                Assert.Equal("Idle Received: Bad peer AS", driver.Session.Status.Info);
            });
    }

    [Fact]
    public void A_malformed_update_ends_the_session_after_what_came_before_it()
    {
        byte[] bytes =
        [
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 080a 0000")),
            .. Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0002 290a 0000")),
        ];

        var lines = AtEstablished().HearBytes(Outgoing, bytes);

        Assert.Equal(["updates 1", "send outgoing-1 NOTIFICATION 3.10", "close outgoing-1"], lines[..3]);
        Assert.Contains("down gone: BGP Error: Invalid network field", lines);
    }

    [Fact]
    public void Errors_hold_the_session_still_for_a_time_that_doubles_and_is_forgotten()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());
        var dial = 0;
        string Fail()
        {
            var connection = new ConnectionId(ConnectionSide.Outgoing, ++dial);
            driver.Step(new SessionInput.DialSucceeded(connection, Local));
            var lines = driver.Fire(SessionTimerKind.Hold, connection);
            Assert.Contains($"dial outgoing-{dial + 1}", driver.Fire(SessionTimerKind.IdleHold));
            return lines.Single(line => line.StartsWith("arm IdleHold", StringComparison.Ordinal));
        }

        Assert.Equal(["arm IdleHold 1", "arm IdleHold 2", "arm IdleHold 4"], [Fail(), Fail(), Fail()]);
        driver.Fire(SessionTimerKind.ErrorForget);
        Assert.Equal("arm IdleHold 1", Fail());
    }

    [Fact]
    public void While_held_still_the_session_takes_no_connection()
    {
        var driver = AtOpenSent();
        driver.Fire(SessionTimerKind.Hold, Outgoing);

        Assert.Equal(["close incoming-1"], driver.Step(new SessionInput.Accepted(Incoming, Local)));
    }

    [Fact]
    public void An_error_on_a_connection_gives_up_the_dial_under_way()
    {
        var driver = new Driver(Mesh);
        driver.Step(new SessionInput.Start());
        driver.Step(new SessionInput.Accepted(Incoming, Local));

        Assert.Equal(
            [
                "send incoming-1 NOTIFICATION 2.2", "close incoming-1", "disarm Hold incoming-1", "close outgoing-1", "disarm ConnectRetry",
                "arm IdleHold 1", "arm ErrorForget 300", "state start Idle BGP Error: Bad peer AS",
            ],
            driver.Hear(Incoming, new BgpMessage.Open(PeerOpen with { Asn = 1, Capabilities = [] })));
    }
}
