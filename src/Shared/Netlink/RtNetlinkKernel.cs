using System.Buffers;
using System.Collections.Immutable;
using Agent.Netlink.Linux;
using Agent.Netlink.Wire;

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
    private readonly SemaphoreSlim _routesFree = new(1);
    private readonly SemaphoreSlim _dumpsFree = new(1);

    private RtNetlinkKernel(NetworkNamespace? netns, int watchBuffer)
    {
        _netns = netns;
        _watchBuffer = watchBuffer;
        _routes = NetlinkSocket.Open(netns);
        _dumps = NetlinkSocket.Open(netns);
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
            return Apply(changes.Span, cancellation);
        }
        finally
        {
            _routesFree.Release();
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default) =>
        DumpAsync(null, Tables.Routes, cancellation);

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
        var watch = new KernelWatch(_netns, _watchBuffer, _routes.Port, onNews);
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
    public Task<string?> ReadSysctlAsync(string path) =>
        Task.Run(() => _netns is null ? Sysctl.Read(path) : _netns.Run(() => Sysctl.Read(path)));

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

    private RouteBatchResult Apply(ReadOnlySpan<RouteChange> changes, CancellationToken cancellation)
    {
        var failures = ImmutableArray.CreateBuilder<RouteFailure>();
        var refusals = new List<(uint Sequence, KernelError Error)>();
        var buffer = ArrayPool<byte>.Shared.Rent(RouteBatch.BufferSize);
        try
        {
            var done = 0;
            while (done < changes.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                refusals.Clear();
                var first = _routes.TakeSequence(RouteBatch.Limit);
                var length = RouteBatch.Write(buffer, changes[done..], first, out var taken);
                _routes.RequestBatch(
                    buffer.AsSpan(0, length), first, first + (uint)taken - 1,
                    (sequence, error) => refusals.Add((sequence, error)));
                foreach (var (sequence, error) in refusals)
                {
                    var index = done + (int)(sequence - first);
                    // Deleting what is not there leaves what was asked for.
                    if (changes[index].Action == RouteAction.Delete && error.Number == Errno.NoSuchRoute) continue;
                    failures.Add(new RouteFailure(index, changes[index], error));
                }

                done += taken;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new RouteBatchResult(changes.Length - failures.Count, failures.ToImmutable());
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
