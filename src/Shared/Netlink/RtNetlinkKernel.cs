using System.Collections.Immutable;
using Agent.Netlink.Linux;

namespace Agent.Netlink;

/// <summary>The kernel of one network namespace, over rtnetlink; needs CAP_NET_ADMIN there, and CAP_SYS_ADMIN to enter
/// pods'.</summary>
/// <remarks>
/// Three kinds of socket, so that nothing waits for what is slower: one for batches of routes, one for dumps, and for
/// each pod's wiring its own. Batches of routes block the caller for as long as the kernel takes, about 3 ms for a
/// thousand routes: whoever applies them has a thread for it. The other calls block on the thread pool, deleting a veth
/// for 20 to 40 ms.
/// </remarks>
public sealed class RtNetlinkKernel : IKernel, IDisposable
{
    /// <summary>The kernel's queue for notifications, in bytes, doubled by the kernel: room for about ten
    /// thousand.</summary>
    public const int DefaultWatchBuffer = 8 << 20;

    private readonly NetworkNamespace? _netns;
    private readonly int _watchBuffer;
    private readonly NetlinkSocket _routes;
    private readonly NetlinkSocket _dumps;
    private readonly bool _hasObjects;
    private readonly NextHopObjects _objects;
    private readonly RouteSender _sender;
    private readonly SemaphoreSlim _routesFree = new(1);
    private readonly SemaphoreSlim _dumpsFree = new(1);

    private RtNetlinkKernel(NetworkNamespace? netns, int watchBuffer)
    {
        _netns = netns;
        _watchBuffer = watchBuffer;
        _routes = NetlinkSocket.Open(netns);
        _dumps = NetlinkSocket.Open(netns);

        // Without it a dump does not say what the object of a route is.
        _hasObjects = Parameter("net/ipv4/nexthop_compat_mode") == "1";
        _objects = new NextHopObjects(_routes, _hasObjects);
        _sender = new RouteSender(_routes, _objects);
    }

    /// <summary>Opens the kernel of the namespace at a path, or of the current one.</summary>
    /// <param name="netns">The path of a namespace; null for the calling thread's.</param>
    /// <param name="watchBuffer">The kernel's queue for each <see cref="Watch"/>, in bytes, before doubling.</param>
    /// <exception cref="NetlinkException">There is no such namespace, or the rights are missing (EPERM).</exception>
    public static RtNetlinkKernel Open(string? netns = null, int watchBuffer = DefaultWatchBuffer)
    {
        var opened = netns is null ? null : NetworkNamespace.Open(netns);
        try
        {
            return new RtNetlinkKernel(opened, watchBuffer);
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<RouteBatchResult> ApplyRoutesAsync(
        ReadOnlyMemory<RouteChange> changes, CancellationToken cancellation = default)
    {
        await _routesFree.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _sender.Apply(changes.Span, cancellation);
        }
        finally
        {
            _routesFree.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default)
    {
        var used = new HashSet<uint>();
        var sweep = await WithRoutesAsync(_objects.BeginSweep, cancellation).ConfigureAwait(false);
        var routes = await DumpAsync(null, (socket, token) => Tables.Routes(socket, used, token), cancellation)
            .ConfigureAwait(false);
        if (sweep == 0) return routes;
        await WithRoutesAsync(
            () =>
            {
                _objects.EndSweep(sweep, used);
                return sweep;
            },
            cancellation).ConfigureAwait(false);
        return routes;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelLink>> DumpLinksAsync(string? netns = null,
        CancellationToken cancellation = default) =>
        DumpAsync(netns, Tables.Links, cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelAddress>> DumpAddressesAsync(string? netns = null,
        CancellationToken cancellation = default) =>
        DumpAsync(netns, Tables.Addresses, cancellation);

    /// <inheritdoc/>
    public IDisposable Watch(Action<KernelNews> onNews)
    {
        var watch = new KernelWatch(_netns, _watchBuffer, _routes.Port, _hasObjects, onNews);
        watch.Start();
        return watch;
    }

    /// <inheritdoc/>
    public Task<PodOutcome> CarryOutAsync(PodPlan plan, CancellationToken cancellation = default) => Task.Run(
        () =>
        {
            using var links = new PodLinks(_netns, plan);
            return links.CarryOut(cancellation);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<KernelError?> WriteSysctlAsync(string path, string value) =>
        Task.Run(() => _netns is null ? Sysctl.Write(path, value) : _netns.Run(() => Sysctl.Write(path, value)));

    /// <inheritdoc/>
    public Task<string?> ReadSysctlAsync(string path) => Task.Run(() => Parameter(path));

    /// <summary>Waits for calls under way, then closes the sockets. The routes stay: they outlive the agent.</summary>
    public void Dispose()
    {
        // A socket's buffer goes back to a pool, so nobody may be reading into it any more.
        _routesFree.Wait();
        _dumpsFree.Wait();
        _routes.Dispose();
        _dumps.Dispose();
        _routesFree.Dispose();
        _dumpsFree.Dispose();
        _netns?.Dispose();
    }

    private string? Parameter(string path) =>
        _netns is null ? Sysctl.Read(path) : _netns.Run(() => Sysctl.Read(path));

    // The conversation about next hops has the socket of the routes, and blocks as theirs does.
    private async Task<int> WithRoutesAsync(Func<int> converse, CancellationToken cancellation)
    {
        await _routesFree.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(converse, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _routesFree.Release();
        }
    }

    private async Task<ImmutableArray<T>> DumpAsync<T>(
        string? netns, Func<NetlinkSocket, CancellationToken, ImmutableArray<T>> table, CancellationToken cancellation)
    {
        if (netns is not null)
            return await Task.Run(() => DumpElsewhere(netns, table, cancellation), cancellation).ConfigureAwait(false);

        await _dumpsFree.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => table(_dumps, cancellation), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _dumpsFree.Release();
        }
    }

    private static ImmutableArray<T> DumpElsewhere<T>(
        string path, Func<NetlinkSocket, CancellationToken, ImmutableArray<T>> table, CancellationToken cancellation)
    {
        using var netns = NetworkNamespace.Open(path);
        using var socket = NetlinkSocket.Open(netns);
        return table(socket, cancellation);
    }
}
