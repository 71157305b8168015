namespace Agent.Bgp.Policy;

/// <summary>How roles keep routes from leaking (RFC 9234 §5): OTC marks a route that came from a provider, a peer or a
/// route server, or was told to a customer; such a route goes on to customers alone.</summary>
/// <remarks>
/// A role says what we are to the neighbour. Received routes are kept as they came; the mark that they should have come
/// with is <see cref="Mark"/>, and counts from then on.
/// </remarks>
internal static class RoleRules
{
    /// <summary>True when the neighbour may not have told this route: it leaked (§5, the first two of
    /// reception).</summary>
    /// <param name="role">What we are to the neighbour; null where roles are not used.</param>
    /// <param name="neighbour">Its AS.</param>
    /// <param name="customerOnly">The route's OTC.</param>
    public static bool IsLeak(BgpRole? role, uint neighbour, uint? customerOnly) => role switch
    {
        BgpRole.Provider or BgpRole.RouteServer => customerOnly is not null,
        BgpRole.Peer => customerOnly is { } asn && asn != neighbour,
        _ => false,
    };

    /// <summary>The OTC that a route from the neighbour has when it came without (§5, the third of reception); null for
    /// none.</summary>
    public static uint? Mark(BgpRole? role, uint neighbour) =>
        role is BgpRole.Customer or BgpRole.Peer or BgpRole.RouteServerClient ? neighbour : null;

    /// <summary>True when a route with OTC may be told to the neighbour (§5, the second of sending).</summary>
    public static bool MayTellMarked(BgpRole? role) =>
        role is not (BgpRole.Customer or BgpRole.Peer or BgpRole.RouteServerClient);

    /// <summary>The OTC that a route without gets on its way to the neighbour (§5, the first of sending); null for
    /// none.</summary>
    public static uint? MarkTold(BgpRole? role, uint localAs) =>
        role is BgpRole.Provider or BgpRole.Peer or BgpRole.RouteServer ? localAs : null;
}
