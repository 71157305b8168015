using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>A family in the GR capability.</summary>
/// <param name="Afi">The address family.</param>
/// <param name="Safi">The subsequent address family.</param>
/// <param name="ForwardingPreserved">The F bit: the speaker kept forwarding through its restart.</param>
public readonly record struct GracefulRestartFamily(ushort Afi, byte Safi, bool ForwardingPreserved);

/// <summary>A family in the ADD-PATH capability.</summary>
/// <param name="Afi">The address family.</param>
/// <param name="Safi">The subsequent address family.</param>
/// <param name="Mode">1 the speaker receives, 2 it sends, 3 both (RFC 7911 §4).</param>
public readonly record struct AddPathFamily(ushort Afi, byte Safi, byte Mode);

/// <summary>A family in the LLGR capability.</summary>
/// <param name="Afi">The address family.</param>
/// <param name="Safi">The subsequent address family.</param>
/// <param name="ForwardingPreserved">The F bit.</param>
/// <param name="StaleSeconds">How long stale routes may be kept, 24 bits.</param>
public readonly record struct LongLivedFamily(ushort Afi, byte Safi, bool ForwardingPreserved, uint StaleSeconds);

/// <summary>A capability of an OPEN (RFC 5492 §4). Compared by value.</summary>
public abstract record Capability
{
    private Capability() { }

    /// <summary>The code by IANA's registry.</summary>
    public abstract byte Code { get; }

    /// <summary>Multiprotocol extensions for one family (RFC 4760 §8).</summary>
    public sealed record MultiProtocol(ushort Afi, byte Safi) : Capability
    {
        /// <summary>Unicast of a family.</summary>
        public MultiProtocol(IpFamily family) : this((ushort)family, MessageCodec.UnicastSafi) { }

        /// <inheritdoc/>
        public override byte Code => 1;

        /// <summary>The family, null when the agent does not speak it.</summary>
        public IpFamily? Family => MessageCodec.FamilyOf(Afi, Safi);
    }

    /// <summary>Route refresh (RFC 2918 §2).</summary>
    public sealed record RouteRefresh : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 2;
    }

    /// <summary>IPv4 unicast routes may have an IPv6 next hop (RFC 8950 §4); other families are not kept.</summary>
    public sealed record ExtendedNextHop(bool Ipv4ViaIpv6) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 5;
    }

    /// <summary>Messages of up to 65,535 bytes (RFC 8654 §3).</summary>
    public sealed record ExtendedMessage : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 6;
    }

    /// <summary>What the speaker is to its neighbour (RFC 9234 §4.1); the value may be one that nobody knows.</summary>
    public sealed record Role(BgpRole Value) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 9;
    }

    /// <summary>Graceful restart (RFC 4724 §3).</summary>
    /// <param name="Restarting">The R bit: the speaker has restarted; do not wait for its End-of-RIB.</param>
    /// <param name="RestartSeconds">How long the session may be gone, 12 bits.</param>
    /// <param name="Families">The families of which routes are kept.</param>
    public sealed record GracefulRestart(bool Restarting, ushort RestartSeconds,
        ImmutableArray<GracefulRestartFamily> Families) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 64;

        /// <summary>The N bit: a NOTIFICATION and an expired hold timer are restarts too (RFC 8538 §2).</summary>
        public bool AfterNotification { get; init; }

        /// <inheritdoc/>
        public bool Equals(GracefulRestart? other) =>
            other is not null
            && (Restarting, AfterNotification, RestartSeconds)
            == (other.Restarting, other.AfterNotification, other.RestartSeconds)
            && Families.AsSpan().SequenceEqual(other.Families.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Code * 31 + RestartSeconds;
    }

    /// <summary>Four-octet AS numbers (RFC 6793 §3): the speaker's true AS.</summary>
    public sealed record FourOctetAs(uint Asn) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 65;
    }

    /// <summary>ADD-PATH (RFC 7911 §4).</summary>
    public sealed record AddPath(ImmutableArray<AddPathFamily> Families) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 69;

        /// <inheritdoc/>
        public bool Equals(AddPath? other) =>
            other is not null && Families.AsSpan().SequenceEqual(other.Families.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Code * 31 + Families.Length;
    }

    /// <summary>Enhanced route refresh (RFC 7313 §3.1).</summary>
    public sealed record EnhancedRouteRefresh : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 70;
    }

    /// <summary>Long-lived graceful restart (RFC 9494 §3.1); without families the speaker only helps.</summary>
    public sealed record LongLivedGracefulRestart(ImmutableArray<LongLivedFamily> Families) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 71;

        /// <inheritdoc/>
        public bool Equals(LongLivedGracefulRestart? other) =>
            other is not null && Families.AsSpan().SequenceEqual(other.Families.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Code * 31 + Families.Length;
    }

    /// <summary>The speaker's name for people (draft-walton-bgp-hostname-capability).</summary>
    public sealed record HostName(string Name, string Domain) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => 73;
    }

    /// <summary>A capability that the agent does not know, kept as it came.</summary>
    public sealed record Unknown(byte UnknownCode, ImmutableArray<byte> Value) : Capability
    {
        /// <inheritdoc/>
        public override byte Code => UnknownCode;

        /// <inheritdoc/>
        public bool Equals(Unknown? other) =>
            other is not null && UnknownCode == other.UnknownCode && Value.AsSpan().SequenceEqual(other.Value.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => UnknownCode * 31 + Value.Length;
    }
}

/// <summary>What an OPEN says (RFC 4271 §4.2). Compared by value.</summary>
/// <param name="Asn">The speaker's AS: of the four-octet AS capability where there is one, else My Autonomous
/// System.</param>
/// <param name="HoldSeconds">The hold time that the speaker offers.</param>
/// <param name="RouterId">The BGP Identifier in host order.</param>
/// <param name="Capabilities">The capabilities in the order sent.</param>
public sealed record OpenMessage(uint Asn, ushort HoldSeconds, uint RouterId, ImmutableArray<Capability> Capabilities)
{
    /// <summary>The first capability of a kind; null when the OPEN has none.</summary>
    public T? Find<T>() where T : Capability
    {
        foreach (var capability in Capabilities)
            if (capability is T found) return found;
        return null;
    }

    /// <summary>True when the OPEN has a capability of the kind.</summary>
    public bool Has<T>() where T : Capability => Find<T>() is not null;

    /// <inheritdoc/>
    public bool Equals(OpenMessage? other) =>
        other is not null && (Asn, HoldSeconds, RouterId) == (other.Asn, other.HoldSeconds, other.RouterId)
        && Capabilities.AsSpan().SequenceEqual(other.Capabilities.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(RouterId * 31 + Asn);
}
