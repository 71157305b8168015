using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>What we offer in an OPEN, and what the peer's makes of it (RFC 4271 §4.2, §6.2; RFC 5492 and those of each
/// capability).</summary>
internal static class Negotiation
{
    private static readonly TimeSpan LeastSendHoldTime = TimeSpan.FromMinutes(8);

    /// <summary>Our OPEN: capabilities in the order of their codes, as Calico's BIRD has them (spec calico-bgp
    /// 7.1).</summary>
    public static OpenMessage Offer(SessionSettings settings, bool restarting)
    {
        var offer = settings.Offer;
        var capabilities = ImmutableArray.CreateBuilder<Capability>();
        if (offer.MultiProtocol)
            foreach (var family in settings.Families) capabilities.Add(new Capability.MultiProtocol(family));
        if (offer.RouteRefresh) capabilities.Add(new Capability.RouteRefresh());
        if (offer.ExtendedNextHop && settings.Families.Contains(IpFamily.V4))
            capabilities.Add(new Capability.ExtendedNextHop(true));
        if (offer.ExtendedMessages) capabilities.Add(new Capability.ExtendedMessage());
        if (settings.Role is { } role) capabilities.Add(new Capability.Role(role));
        if (settings.RestartTime > TimeSpan.Zero) capabilities.Add(RestartOffer(settings, restarting));
        if (offer.FourOctetAs) capabilities.Add(new Capability.FourOctetAs(settings.LocalAs));
        if (offer.AddPath != AddPathMode.None)
        {
            capabilities.Add(new Capability.AddPath(
                [.. settings.Families.Select(family =>
                    new AddPathFamily((ushort)family, MessageCodec.UnicastSafi, (byte)offer.AddPath))]));
        }

        if (offer.EnhancedRouteRefresh) capabilities.Add(new Capability.EnhancedRouteRefresh());
        if (OffersLongLived(settings)) capabilities.Add(LongLivedOffer(settings, restarting));
        if (offer.HostName is { } name) capabilities.Add(new Capability.HostName(name, offer.DomainName));
        return new OpenMessage(settings.LocalAs, (ushort)settings.HoldTime.TotalSeconds, settings.RouterId,
            capabilities.DrainToImmutable());
    }

    /// <summary>The terms that follow from the peer's OPEN, or the error it earns.</summary>
    public static bool TryAgree(
        SessionSettings settings, OpenMessage peer, IpAddr localAddress,
        [NotNullWhen(true)] out SessionTerms? terms, [NotNullWhen(false)] out BgpError? error)
    {
        terms = null;
        error = Judge(settings, peer);
        if (error is not null) return false;
        var families = CommonFamilies(settings, peer);
        if (families.IsEmpty)
        {
            // RFC 5492 §5: the data is the capability that we miss.
            ReadOnlySpan<byte> missing = [1, 4, 0, (byte)settings.Families[0], 0, MessageCodec.UnicastSafi];
            error = BgpErrors.Open(OpenSubcode.UnsupportedCapability, missing);
            return false;
        }

        var offer = settings.Offer;
        var hold = TimeSpan.FromSeconds(Math.Min(peer.HoldSeconds, settings.HoldTime.TotalSeconds));
        terms = new SessionTerms
        {
            LocalAddress = localAddress,
            OtherNextHop = settings.OtherNextHop,
            PeerRouterId = peer.RouterId,
            PeerAs = peer.Asn,
            IsInternal = settings.IsInternal,
            HoldTime = hold,
            KeepaliveInterval = settings.KeepaliveTime is { } configured && configured < hold ? configured : hold / 3,
            SendHoldTime = settings.SendHoldTime ?? (hold * 2 > LeastSendHoldTime ? hold * 2 : LeastSendHoldTime),
            FourByteAs = offer.FourOctetAs && peer.Has<Capability.FourOctetAs>(),
            Families = families,
            RouteRefresh = offer.RouteRefresh && peer.Has<Capability.RouteRefresh>(),
            EnhancedRefresh = offer.EnhancedRouteRefresh && peer.Has<Capability.EnhancedRouteRefresh>(),
            AddPathReceive = AddPath(settings, peer, families, AddPathMode.Receive, AddPathMode.Send),
            AddPathSend = AddPath(settings, peer, families, AddPathMode.Send, AddPathMode.Receive),
            ExtendedMessages = offer.ExtendedMessages && peer.Has<Capability.ExtendedMessage>(),
            ExtendedNextHop = offer.ExtendedNextHop && peer.Find<Capability.ExtendedNextHop>() is { Ipv4ViaIpv6: true },
            LongLivedRestart = OffersLongLived(settings) && peer.Has<Capability.LongLivedGracefulRestart>()
                && peer.Has<Capability.GracefulRestart>(),
            Role = settings.Role,
            Restart = settings.RestartTime > TimeSpan.Zero ? RestartOf(settings, peer, families) : null,
        };
        return true;
    }

    // RFC 9494 §3.1: without graceful restart the capability means nothing.
    private static bool OffersLongLived(SessionSettings settings) =>
        settings.Offer.LongLivedRestart && settings.RestartTime > TimeSpan.Zero;

    private static Capability.GracefulRestart RestartOffer(SessionSettings settings, bool restarting) => new(
        restarting,
        (ushort)settings.RestartTime.TotalSeconds,
        [.. settings.Families.Select(family =>
            new GracefulRestartFamily((ushort)family, MessageCodec.UnicastSafi, restarting))])
    { AfterNotification = settings.Offer.RestartAfterNotification };

    private static Capability.LongLivedGracefulRestart LongLivedOffer(SessionSettings settings, bool restarting)
    {
        var seconds = (uint)settings.Offer.LongLivedStaleTime.TotalSeconds;
        return seconds == 0
            ? new([])
            : new([.. settings.Families.Select(family =>
                new LongLivedFamily((ushort)family, MessageCodec.UnicastSafi, restarting, seconds))]);
    }

    private static BgpError? Judge(SessionSettings settings, OpenMessage peer)
    {
        if (peer.Asn != settings.PeerAs) return BgpErrors.Open(OpenSubcode.BadPeerAs);

        // RFC 6286 §2.2: any identifier but 0, and within one AS not ours.
        if (peer.RouterId == 0 || (settings.IsInternal && peer.RouterId == settings.RouterId))
            return BgpErrors.Open(OpenSubcode.BadBgpIdentifier);
        if (peer.HoldSeconds is 1 or 2) return BgpErrors.Open(OpenSubcode.UnacceptableHoldTime);
        return RolesFit(settings, peer) ? null : BgpErrors.Open(OpenSubcode.RoleMismatch);
    }

    /// <summary>RFC 9234 §4.2: roles that both tell must be the two sides of one relation.</summary>
    private static bool RolesFit(SessionSettings settings, OpenMessage peer)
    {
        if (settings.Role is not { } ours) return true;
        BgpRole[] theirs = [.. peer.Capabilities.OfType<Capability.Role>().Select(role => role.Value).Distinct()];
        return theirs switch
        {
            [] => !settings.Offer.RequiresRole,
            [var one] => (ours, one) is (BgpRole.Provider, BgpRole.Customer) or (BgpRole.Customer, BgpRole.Provider)
                or (BgpRole.RouteServer, BgpRole.RouteServerClient) or (BgpRole.RouteServerClient, BgpRole.RouteServer)
                or (BgpRole.Peer, BgpRole.Peer),
            _ => false,
        };
    }

    private static ImmutableArray<IpFamily> CommonFamilies(SessionSettings settings, OpenMessage peer)
    {
        // RFC 4760 §8: a speaker without the capability speaks IPv4 unicast.
        if (!settings.Offer.MultiProtocol || !peer.Has<Capability.MultiProtocol>())
            return settings.Families.Contains(IpFamily.V4) ? [IpFamily.V4] : [];
        return [.. settings.Families.Where(family =>
            peer.Capabilities.Any(each => each is Capability.MultiProtocol offered && offered.Family == family))];
    }

    /// <summary>The families in which we may do the one and the peer the other (RFC 7911 §4); of several entries for
    /// one family the last counts.</summary>
    private static ImmutableArray<IpFamily> AddPath(
        SessionSettings settings, OpenMessage peer, ImmutableArray<IpFamily> families, AddPathMode ours,
        AddPathMode theirs)
    {
        if (!settings.Offer.AddPath.HasFlag(ours) || peer.Find<Capability.AddPath>() is not { Families: var offered })
            return [];
        return [.. families.Where(family =>
            ModeOf(offered, family) is var mode && mode <= AddPathMode.Both && mode.HasFlag(theirs))];
    }

    private static AddPathMode ModeOf(ImmutableArray<AddPathFamily> offered, IpFamily family)
    {
        var mode = AddPathMode.None;
        foreach (var each in offered)
            if (MessageCodec.FamilyOf(each.Afi, each.Safi) == family) mode = (AddPathMode)each.Mode;
        return mode;
    }

    private static PeerRestart? RestartOf(SessionSettings settings, OpenMessage peer, ImmutableArray<IpFamily> families)
    {
        if (peer.Find<Capability.GracefulRestart>() is not { } restart) return null;
        ImmutableArray<IpFamily> Carried(bool forwardingOnly) =>
        [
            .. families.Where(family => restart.Families.Any(each =>
                MessageCodec.FamilyOf(each.Afi, each.Safi) == family && (each.ForwardingPreserved || !forwardingOnly))),
        ];
        return new PeerRestart(restart.Restarting, TimeSpan.FromSeconds(restart.RestartSeconds), Carried(false),
            Carried(true))
        {
            AfterNotification = settings.Offer.RestartAfterNotification && restart.AfterNotification,
            LongLived = OffersLongLived(settings) ? LongLivedOf(peer, families) : [],
        };
    }

    private static ImmutableArray<LongLivedStale> LongLivedOf(OpenMessage peer, ImmutableArray<IpFamily> families)
    {
        if (peer.Find<Capability.LongLivedGracefulRestart>() is not { Families: var offered }) return [];
        return
        [
            .. from family in families
               let each = offered.LastOrDefault(each => MessageCodec.FamilyOf(each.Afi, each.Safi) == family)
               where each.StaleSeconds > 0
               select new LongLivedStale(family, TimeSpan.FromSeconds(each.StaleSeconds), each.ForwardingPreserved),
        ];
    }
}
