using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Session;

/// <summary>What we offer in an OPEN, and whether the peer's suits us (RFC 4271 §4.2, §6.2; RFC 5492; RFC 4724
/// §3).</summary>
internal static class Negotiation
{
    /// <summary>Our OPEN. What is offered is this list and nothing else: MP, route refresh, graceful restart,
    /// four-octet AS.</summary>
    public static OpenMessage Offer(SessionSettings settings, bool restarting)
    {
        var capabilities = ImmutableArray.CreateBuilder<Capability>();
        foreach (var family in settings.Families) capabilities.Add(new Capability.MultiProtocol(family));
        capabilities.Add(new Capability.RouteRefresh());
        if (settings.RestartTime > TimeSpan.Zero)
        {
            capabilities.Add(new Capability.GracefulRestart(
                restarting,
                (ushort)settings.RestartTime.TotalSeconds,
                [.. settings.Families.Select(family =>
                    new GracefulRestartFamily((ushort)family, MessageCodec.UnicastSafi, restarting))]));
        }

        capabilities.Add(new Capability.FourOctetAs(settings.LocalAs));
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

        var hold = TimeSpan.FromSeconds(Math.Min(peer.HoldSeconds, settings.HoldTime.TotalSeconds));
        terms = new SessionTerms
        {
            LocalAddress = localAddress,
            PeerRouterId = peer.RouterId,
            PeerAs = peer.Asn,
            IsInternal = settings.IsInternal,
            HoldTime = hold,
            KeepaliveInterval = settings.KeepaliveTime is { } configured && configured < hold ? configured : hold / 3,
            FourByteAs = peer.Find<Capability.FourOctetAs>() is not null,
            Families = families,
            RouteRefresh = peer.Find<Capability.RouteRefresh>() is not null,
            Restart = settings.RestartTime > TimeSpan.Zero ? RestartOf(peer, families) : null,
        };
        return true;
    }

    private static BgpError? Judge(SessionSettings settings, OpenMessage peer)
    {
        if (peer.Asn != settings.PeerAs) return BgpErrors.Open(OpenSubcode.BadPeerAs);

        // RFC 6286 §2.2: any identifier but 0, and within one AS not ours.
        if (peer.RouterId == 0 || (settings.IsInternal && peer.RouterId == settings.RouterId))
            return BgpErrors.Open(OpenSubcode.BadBgpIdentifier);
        return peer.HoldSeconds is 1 or 2 ? BgpErrors.Open(OpenSubcode.UnacceptableHoldTime) : null;
    }

    private static ImmutableArray<IpFamily> CommonFamilies(SessionSettings settings, OpenMessage peer)
    {
        var offered = peer.Capabilities.OfType<Capability.MultiProtocol>().ToList();

        // RFC 4760 §8: a speaker without the capability speaks IPv4 unicast.
        if (offered.Count == 0) return settings.Families.Contains(IpFamily.V4) ? [IpFamily.V4] : [];
        return [.. settings.Families.Where(family => offered.Exists(each => each.Family == family))];
    }

    private static PeerRestart? RestartOf(OpenMessage peer, ImmutableArray<IpFamily> families)
    {
        if (peer.Find<Capability.GracefulRestart>() is not { } restart) return null;
        ImmutableArray<IpFamily> Carried(bool forwardingOnly) =>
        [
            .. families.Where(family => restart.Families.Any(each =>
                MessageCodec.FamilyOf(each.Afi, each.Safi) == family && (each.ForwardingPreserved || !forwardingOnly))),
        ];
        return new PeerRestart(restart.Restarting, TimeSpan.FromSeconds(restart.RestartSeconds), Carried(false),
            Carried(true));
    }
}
