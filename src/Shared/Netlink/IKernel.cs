using System.Collections.Immutable;

namespace Agent.Netlink;

/// <summary>The port to one network namespace's kernel tables: routes, links, addresses, and the wiring of
/// pods.</summary>
/// <remarks>
/// <see cref="RtNetlinkKernel"/> speaks to Linux, <see cref="InMemoryKernel"/> imitates it deterministically and
/// completes inline; one contract test suite runs on both. Refusals are values in the results; a task fails with
/// <see cref="NetlinkException"/> only when it is not known what the kernel did, and then the owner dumps and compares.
/// Calls may overlap; batches of routes are carried out one after the other in the order of the calls.
/// </remarks>
public interface IKernel
{
    /// <summary>Carries out route changes in order; one refusal does not stop the rest.</summary>
    /// <param name="changes">Must not be altered before the task is complete.</param>
    /// <param name="cancellation">Stops between batches; what was sent stays applied.</param>
    Task<RouteBatchResult> ApplyRoutesAsync(ReadOnlyMemory<RouteChange> changes,
        CancellationToken cancellation = default);

    /// <summary>All routes of the main table, both families, ordered by key.</summary>
    Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default);

    /// <summary>All links, ordered by index.</summary>
    /// <param name="netns">The path of another network namespace to look into, as a pod's; null for the kernel's
    /// own.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="NetlinkException">The namespace does not exist (ENOENT), or reading failed.</exception>
    Task<ImmutableArray<KernelLink>> DumpLinksAsync(string? netns = null, CancellationToken cancellation = default);

    /// <summary>All addresses, ordered by interface, then address.</summary>
    /// <param name="netns">The path of another network namespace to look into, as a pod's; null for the kernel's
    /// own.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="NetlinkException">The namespace does not exist (ENOENT), or reading failed.</exception>
    Task<ImmutableArray<KernelAddress>> DumpAddressesAsync(string? netns = null,
        CancellationToken cancellation = default);

    /// <summary>Subscribes to changes of routes (main table), links and addresses until the result is
    /// disposed.</summary>
    /// <remarks>
    /// Changes made by this kernel's own <see cref="ApplyRoutesAsync"/> are not echoed. Subscribe first, then dump. A
    /// call that is under way when the result is disposed still finishes.
    /// </remarks>
    /// <param name="onNews">Called one at a time, on a thread that must not be blocked; must not throw.</param>
    IDisposable Watch(Action<KernelNews> onNews);

    /// <summary>Carries out the wiring or unwiring of a pod, step by step, and stops at the first step that
    /// fails.</summary>
    /// <remarks>A failed wiring is not undone: carry out <see cref="PodPlan.Unwire"/>, or the same plan
    /// again.</remarks>
    Task<PodOutcome> CarryOutAsync(PodPlan plan, CancellationToken cancellation = default);

    /// <summary>Writes one kernel parameter in this kernel's namespace.</summary>
    /// <param name="path">Below <c>/proc/sys</c>, with slashes: <c>net/ipv4/ip_forward</c>.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Null when it was written, else why not (ENOENT: no such parameter).</returns>
    Task<KernelError?> WriteSysctlAsync(string path, string value);

    /// <summary>Reads one kernel parameter in this kernel's namespace; null where there is no such parameter.</summary>
    /// <param name="path">Below <c>/proc/sys</c>, with slashes.</param>
    Task<string?> ReadSysctlAsync(string path);
}
