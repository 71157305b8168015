using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Session.Driver;

namespace Agent.Bgp.Tests.Session;

/// <summary>What is offered, and what follows from both offers.</summary>
public sealed class NegotiationTests
{
    private static readonly SessionSettings Both = Mesh with { Families = [IpFamily.V4, IpFamily.V6] };
    private static readonly CapabilityOffer Nothing = new()
    {
        MultiProtocol = false,
        RouteRefresh = false,
        EnhancedRouteRefresh = false,
        FourOctetAs = false,
        AddPath = AddPathMode.None,
        LongLivedRestart = false,
    };

    [Fact]
    public void By_default_we_offer_what_calico_does_in_its_order() =>
        Assert.Equal(
            [
                new Capability.MultiProtocol(IpFamily.V4),
                new Capability.RouteRefresh(),
                new Capability.GracefulRestart(false, 120, [new(1, 1, false)]),
                new Capability.FourOctetAs(64512),
                new Capability.AddPath([new(1, 1, 3)]),
                new Capability.EnhancedRouteRefresh(),
                new Capability.LongLivedGracefulRestart([]),
            ],
            Offered(Mesh));

    [Fact]
    public void Everything_can_be_offered_and_everything_can_be_left_out()
    {
        var all = new CapabilityOffer
        {
            RestartAfterNotification = true,
            LongLivedStaleTime = TimeSpan.FromHours(1),
            ExtendedMessages = true,
            ExtendedNextHop = true,
            HostName = "node1",
            DomainName = "lab",
            Role = BgpRole.Customer,
            AddPath = AddPathMode.Receive,
        };

        Assert.Equal(
            [
                new Capability.MultiProtocol(IpFamily.V4),
                new Capability.MultiProtocol(IpFamily.V6),
                new Capability.RouteRefresh(),
                new Capability.ExtendedNextHop(true),
                new Capability.ExtendedMessage(),
                new Capability.Role(BgpRole.Customer),
                new Capability.GracefulRestart(false, 120, [new(1, 1, false), new(2, 1, false)]) { AfterNotification = true },
                new Capability.FourOctetAs(64512),
                new Capability.AddPath([new(1, 1, 1), new(2, 1, 1)]),
                new Capability.EnhancedRouteRefresh(),
                new Capability.LongLivedGracefulRestart([new(1, 1, false, 3600), new(2, 1, false, 3600)]),
                new Capability.HostName("node1", "lab"),
            ],
            Offered(Both with { Offer = all, PeerAs = 64513 }));
        Assert.Empty(Offered(Mesh with { Offer = Nothing, RestartTime = TimeSpan.Zero }));
    }

    [Fact]
    public void Two_of_us_agree_on_all_that_both_offer()
    {
        var offer = new CapabilityOffer
        {
            RestartAfterNotification = true,
            LongLivedStaleTime = TimeSpan.FromHours(1),
            ExtendedMessages = true,
            ExtendedNextHop = true,
        };
        var terms = TermsOf(Both with { Offer = offer }, Both with { Offer = offer });

        Assert.Equal(
            new SessionTerms
            {
                LocalAddress = Local,
                PeerRouterId = 0x0a000002,
                PeerAs = 64512,
                IsInternal = true,
                HoldTime = TimeSpan.FromSeconds(240),
                KeepaliveInterval = TimeSpan.FromSeconds(80),
                FourByteAs = true,
                Families = [IpFamily.V4, IpFamily.V6],
                RouteRefresh = true,
                EnhancedRefresh = true,
                AddPathReceive = [IpFamily.V4, IpFamily.V6],
                AddPathSend = [IpFamily.V4, IpFamily.V6],
                ExtendedMessages = true,
                ExtendedNextHop = true,
                LongLivedRestart = true,
                Restart = new PeerRestart(false, TimeSpan.FromSeconds(120), [IpFamily.V4, IpFamily.V6], [])
                {
                    AfterNotification = true,
                    LongLived =
                    [
                        new(IpFamily.V4, TimeSpan.FromHours(1), false), new(IpFamily.V6, TimeSpan.FromHours(1), false),
                    ],
                },
            },
            terms);
        Assert.Equal(new UpdateFormat(IpFamily.V4, true, true, true, true), terms.Format(IpFamily.V4));
        Assert.Equal(new UpdateFormat(IpFamily.V6, true, true, true), terms.Format(IpFamily.V6));
        Assert.Equal(65_535, terms.Format(IpFamily.V6).MaxMessageSize);
    }

    [Fact]
    public void What_one_end_leaves_out_is_not_used_though_the_other_offers_it()
    {
        var all = new CapabilityOffer
        {
            RestartAfterNotification = true,
            LongLivedStaleTime = TimeSpan.FromHours(1),
            ExtendedMessages = true,
            ExtendedNextHop = true,
        };
        var plain = new SessionTerms
        {
            LocalAddress = Local,
            PeerRouterId = 0x0a000002,
            PeerAs = 64512,
            IsInternal = true,
            HoldTime = TimeSpan.FromSeconds(240),
            KeepaliveInterval = TimeSpan.FromSeconds(80),
            FourByteAs = false,
            Families = [IpFamily.V4],
            RouteRefresh = false,
        };
        var silent = Both with { Offer = Nothing, RestartTime = TimeSpan.Zero };

        Assert.Equal(plain, TermsOf(Both with { Offer = all }, silent));
        Assert.Equal(plain, TermsOf(silent, Both with { Offer = all }));
    }

    /// <summary>RFC 9494 §3.1: the capability is disregarded without that of graceful restart.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Long_lived_restart_means_nothing_without_graceful_restart(bool graceful)
    {
        Capability[] offered = graceful ? [new Capability.GracefulRestart(false, 120, [])] : [];
        var open = PeerOpen with
        {
            Capabilities = [new Capability.MultiProtocol(IpFamily.V4), new Capability.LongLivedGracefulRestart([new(1, 1, false, 60)]), .. offered],
        };

        Assert.Equal(graceful, AtEstablished(Mesh, open).Session.Terms!.LongLivedRestart);
    }

    [Theory]
    [InlineData(AddPathMode.Both, 1, false, true)]
    [InlineData(AddPathMode.Both, 2, true, false)]
    [InlineData(AddPathMode.Send, 3, false, true)]
    [InlineData(AddPathMode.Receive, 3, true, false)]
    [InlineData(AddPathMode.None, 3, false, false)]
    [InlineData(AddPathMode.Both, 0, false, false)]
    [InlineData(AddPathMode.Both, 7, false, false)]
    public void Several_paths_go_where_one_end_tells_and_the_other_takes_them(
        AddPathMode ours, byte theirs, bool receive, bool send)
    {
        var open = PeerOpen with { Capabilities = [.. PeerOpen.Capabilities, new Capability.AddPath([new(2, 1, 3), new(1, 1, theirs)])] };
        var terms = AtEstablished(Mesh with { Offer = new CapabilityOffer { AddPath = ours } }, open).Session.Terms!;

        Assert.Equal((receive, send), (!terms.AddPathReceive.IsEmpty, !terms.AddPathSend.IsEmpty));
        Assert.Equal(send, terms.Format(IpFamily.V4).AddPath);
    }

    [Fact]
    public void Path_identifiers_are_read_where_the_peer_tells_several_paths()
    {
        var open = PeerOpen with { Capabilities = [.. PeerOpen.Capabilities, new Capability.AddPath([new(1, 1, 2)])] };
        var effects = AtEstablished(open: open).Session.Receive(
            Outgoing, Wire.Octets.Message(BgpMessageType.Update, Wire.Octets.Hex("0006 00000007 080a 0000")));

        using var batch = effects.OfType<SessionEffect.Report>().Select(each => each.News).OfType<PeerNews.Updates>().Single().Batch;
        Assert.Equal(new Nlri(IpPrefix.Parse("10.0.0.0/8"), 7), Assert.Single(batch.Operations.ToArray()).Nlri);
    }

    [Fact]
    public void Extended_messages_are_taken_once_we_offered_them_whatever_the_peer_did()
    {
        var driver = AtEstablished(Mesh with { Offer = new CapabilityOffer { ExtendedMessages = true } });
        var body = new byte[5000];
        body[0] = 5000 - 4 >> 8;
        body[1] = (5000 - 4) & 0xff;

        Assert.Equal(
            [$"updates {5000 - 4}", "arm Hold outgoing-1 90"],
            driver.HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, body)));
        Assert.False(driver.Session.Terms!.ExtendedMessages);
        Assert.Contains(
            "send outgoing-1 NOTIFICATION 1.2",
            AtEstablished().HearBytes(Outgoing, Wire.Octets.Message(BgpMessageType.Update, body)));
    }

    [Theory]
    [InlineData(BgpRole.Provider, BgpRole.Customer, true)]
    [InlineData(BgpRole.Customer, BgpRole.Provider, true)]
    [InlineData(BgpRole.RouteServer, BgpRole.RouteServerClient, true)]
    [InlineData(BgpRole.RouteServerClient, BgpRole.RouteServer, true)]
    [InlineData(BgpRole.Peer, BgpRole.Peer, true)]
    [InlineData(BgpRole.Provider, BgpRole.Provider, false)]
    [InlineData(BgpRole.Customer, BgpRole.Peer, false)]
    [InlineData(BgpRole.RouteServer, BgpRole.Customer, false)]
    [InlineData(BgpRole.Peer, (BgpRole)5, false)]
    public void Roles_must_be_the_two_sides_of_one_relation(BgpRole ours, BgpRole theirs, bool fits)
    {
        var settings = Mesh with { PeerAs = 64513, Offer = new CapabilityOffer { Role = ours } };
        var lines = AtOpenSent(settings).Hear(Outgoing, new BgpMessage.Open(ExternalOpen(new Capability.Role(theirs))));

        Assert.Equal(fits, lines.Contains("send outgoing-1 KEEPALIVE"));
        Assert.Equal(!fits, lines.Contains("send outgoing-1 NOTIFICATION 2.11"));
    }

    [Fact]
    public void A_peer_without_a_role_is_refused_only_where_one_is_required()
    {
        var settings = Mesh with { PeerAs = 64513, Offer = new CapabilityOffer { Role = BgpRole.Provider } };
        var strict = settings with { Offer = settings.Offer with { RequiresRole = true } };

        Assert.Equal(BgpRole.Provider, AtEstablished(settings, ExternalOpen()).Session.Terms?.Role);
        Assert.Contains(
            "state start Idle BGP Error: Role mismatch",
            AtOpenSent(strict).Hear(Outgoing, new BgpMessage.Open(ExternalOpen())));
        Assert.Contains(
            "send outgoing-1 NOTIFICATION 2.11",
            AtOpenSent(settings).Hear(Outgoing, new BgpMessage.Open(
                ExternalOpen(new Capability.Role(BgpRole.Customer), new Capability.Role(BgpRole.Peer)))));
    }

    [Fact]
    public void Roles_are_not_used_inside_an_as()
    {
        var settings = Mesh with { Offer = new CapabilityOffer { Role = BgpRole.Provider, RequiresRole = true } };

        Assert.DoesNotContain(Offered(settings), each => each is Capability.Role);
        Assert.Null(AtEstablished(settings).Session.Terms?.Role);
    }

    private static OpenMessage ExternalOpen(params Capability[] more) => PeerOpen with
    {
        Asn = 64513,
        Capabilities = [new Capability.MultiProtocol(IpFamily.V4), new Capability.FourOctetAs(64513), .. more],
    };

    private static IEnumerable<Capability> Offered(SessionSettings settings) => OpenOf(settings).Capabilities;

    private static OpenMessage OpenOf(SessionSettings settings)
    {
        var session = new BgpSession(settings, new Random(1));
        session.Step(new SessionInput.Start());
        return session.Step(new SessionInput.DialSucceeded(Outgoing, Local)).OfType<SessionEffect.Send>()
            .Select(each => each.Message).OfType<BgpMessage.Open>().Single().Content;
    }

    private static SessionTerms TermsOf(SessionSettings ours, SessionSettings theirs) =>
        AtEstablished(ours, OpenOf(theirs with { RouterId = 0x0a000002 })).Session.Terms!;
}
