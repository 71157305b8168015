namespace Agent.Netlink;

/// <summary>What happened in the kernel's tables.</summary>
/// <remarks>
/// News is a hint for level-triggered owners, not a journal. Three habits of Linux to know: routes lost because their
/// link went down or away are <em>not</em> reported for IPv4, so a link's news is also news of its routes; an overrun
/// loses news, so everything must be dumped again; and a notification may tell of what a later one has already undone.
/// </remarks>
public abstract record KernelNews
{
    private KernelNews()
    {
    }

    /// <summary>A route was added or replaced, by somebody else than <see cref="IKernel.ApplyRoutesAsync"/> of the same
    /// kernel.</summary>
    public sealed record RouteChanged(KernelRoute Route) : KernelNews;

    /// <summary>A route was deleted, by somebody else than <see cref="IKernel.ApplyRoutesAsync"/> of the same
    /// kernel.</summary>
    public sealed record RouteDeleted(KernelRoute Route) : KernelNews;

    /// <summary>A link is new, or changed its state, name, address or MTU.</summary>
    public sealed record LinkChanged(KernelLink Link) : KernelNews;

    /// <summary>A link is gone, and with it its addresses and routes.</summary>
    public sealed record LinkDeleted(KernelLink Link) : KernelNews;

    /// <summary>An interface was given an address.</summary>
    public sealed record AddressAdded(KernelAddress Address) : KernelNews;

    /// <summary>An interface lost an address, and the routes through the network of it.</summary>
    public sealed record AddressDeleted(KernelAddress Address) : KernelNews;

    /// <summary>Somebody deleted a next hop that routes of ours shared, and with it, without news of their own, those
    /// routes: dump everything again.</summary>
    public sealed record NextHopDeleted : KernelNews;

    /// <summary>News was lost because it came faster than it was read: dump everything again.</summary>
    public sealed record Overrun : KernelNews;
}
