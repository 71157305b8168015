using System.Collections.Immutable;
using Agent.Netlink.InMemory;
using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>A kernel in memory for simulations: deterministic, every call completes inline.</summary>
/// <remarks>
/// It keeps the rules that owners of routes trip over: a gateway must be on a connected network, a route needs a link
/// that is up, a link takes its routes with it without news, a veth takes its peer along. It carries no packets. Beside
/// the port it has the means to be the world outside: links and addresses that appear, foreign hands in the table, lost
/// news.
/// </remarks>
public sealed class InMemoryKernel : IKernel
{
    private readonly Lock _gate = new();
    private readonly InMemorySpace _host;
    private readonly InMemoryPods _pods;
    private readonly SortedDictionary<string, InMemorySpace> _namespaces = new(StringComparer.Ordinal);
    private readonly List<Subscription> _subscriptions = [];
    private readonly List<IpAddr> _flushed = [];
    private int _lastIndex;

    /// <summary>A namespace that has the loopback interface alone.</summary>
    public InMemoryKernel()
    {
        _host = NewSpace(Tell);
        _pods = new InMemoryPods(_host, path => _namespaces.GetValueOrDefault(path), () => ++_lastIndex, _flushed.Add);
    }

    /// <summary>The addresses whose tracked connections were flushed, in order.</summary>
    public ImmutableArray<IpAddr> Flushed
    {
        get
        {
            lock (_gate) return [.. _flushed];
        }
    }

    /// <summary>Makes another network namespace, such as a pod's, known under a path.</summary>
    public void AddNamespace(string path)
    {
        lock (_gate) _namespaces.Add(path, NewSpace(_ => { }));
    }

    /// <summary>Ends a namespace; its veths go, and with them their host ends.</summary>
    public void RemoveNamespace(string path)
    {
        lock (_gate)
        {
            if (!_namespaces.Remove(path, out var space)) return;
            foreach (var link in space.Links.ToList()) space.DeleteLink(link.Name);
        }
    }

    /// <summary>Adds an interface, up, to the kernel's own namespace and returns its index.</summary>
    public int AddLink(string name, MacAddress mac = default)
    {
        lock (_gate) return _host.AddLink(++_lastIndex, name, "", mac, 1500, isUp: true).Index;
    }

    /// <summary>Sets an interface up or down; down, it loses its routes.</summary>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    public void SetLink(string name, bool isUp)
    {
        lock (_gate)
            if (!_host.SetUp(name, isUp)) throw new ArgumentException($"there is no link {name}", nameof(name));
    }

    /// <summary>Takes an interface's carrier away; its routes through gateways go without news, as Linux does with
    /// those whose next hop is an object.</summary>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    public void LoseCarrier(string name)
    {
        lock (_gate)
            if (!_host.LoseCarrier(name)) throw new ArgumentException($"there is no link {name}", nameof(name));
    }

    /// <summary>Deletes, by a foreign hand, the next hop that all routes through a gateway share: they go without news
    /// of their own.</summary>
    public void DeleteNextHop(IpAddr gateway)
    {
        lock (_gate)
        {
            _host.DropRoutes(hop => hop.Gateway == gateway);
            Tell(new KernelNews.NextHopDeleted());
        }
    }

    /// <summary>Deletes an interface, with its addresses and routes; false where there is none.</summary>
    public bool DeleteLink(string name)
    {
        lock (_gate) return _host.DeleteLink(name);
    }

    /// <summary>Gives an interface an address; its network becomes a connected route.</summary>
    /// <exception cref="ArgumentException">There is no such interface, or it has the address.</exception>
    public void AddAddress(string link, IpAddr address, int length)
    {
        lock (_gate)
            if (_host.AddAddress(link, address, length) is { } error)
                throw new ArgumentException(error.ToString(), nameof(link));
    }

    /// <summary>Changes a route by a foreign hand: watchers are told. Returns why not, or null.</summary>
    public KernelError? ApplyForeign(RouteChange change)
    {
        lock (_gate) return _host.Apply(change, isForeign: true);
    }

    /// <summary>Tells every watcher that news was lost.</summary>
    public void Overrun()
    {
        lock (_gate) Tell(new KernelNews.Overrun());
    }

    /// <inheritdoc/>
    public Task<RouteBatchResult> ApplyRoutesAsync(ReadOnlyMemory<RouteChange> changes,
        CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<RouteBatchResult>(cancellation);
        lock (_gate)
        {
            var failures = ImmutableArray.CreateBuilder<RouteFailure>();
            var batch = changes.Span;
            for (var i = 0; i < batch.Length; i++)
            {
                var error = _host.Apply(batch[i], isForeign: false);
                if (error is null || batch[i].Action == RouteAction.Delete && error.Value.Number == Errno.NoSuchRoute)
                    continue;
                failures.Add(new RouteFailure(i, batch[i], error.Value));
            }

            return Task.FromResult(new RouteBatchResult(batch.Length - failures.Count, failures.ToImmutable()));
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default) =>
        DumpAsync<KernelRoute>(null, space => [.. space.Routes.Where(route => route.Table == KernelRoute.MainTable)],
            cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelLink>> DumpLinksAsync(string? netns = null,
        CancellationToken cancellation = default) =>
        DumpAsync<KernelLink>(netns, space => [.. space.Links], cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<KernelAddress>> DumpAddressesAsync(string? netns = null,
        CancellationToken cancellation = default) =>
        DumpAsync<KernelAddress>(netns, space => [.. space.Addresses], cancellation);

    /// <inheritdoc/>
    public IDisposable Watch(Action<KernelNews> onNews)
    {
        lock (_gate)
        {
            var subscription = new Subscription(this, onNews);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <inheritdoc/>
    public Task<PodOutcome> CarryOutAsync(PodPlan plan, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<PodOutcome>(cancellation);
        lock (_gate) return Task.FromResult(_pods.CarryOut(plan));
    }

    /// <inheritdoc/>
    public Task<KernelError?> WriteSysctlAsync(string path, string value)
    {
        lock (_gate) _host.Sysctls[path] = value;
        return Task.FromResult<KernelError?>(null);
    }

    /// <inheritdoc/>
    public Task<string?> ReadSysctlAsync(string path)
    {
        lock (_gate) return Task.FromResult(_host.Sysctls.GetValueOrDefault(path));
    }

    private InMemorySpace NewSpace(Action<KernelNews> tell)
    {
        var space = new InMemorySpace(tell);
        space.AddLink(_lastIndex == 0 ? ++_lastIndex : 1, "lo", "", default, 65536, isUp: true);
        return space;
    }

    private Task<ImmutableArray<T>> DumpAsync<T>(
        string? netns, Func<InMemorySpace, ImmutableArray<T>> table, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<ImmutableArray<T>>(cancellation);
        lock (_gate)
        {
            var space = netns is null ? _host : _namespaces.GetValueOrDefault(netns);
            return space is null
                ? Task.FromException<ImmutableArray<T>>(new NetlinkException(
                    "open a network namespace", new KernelError(Errno.NoEntry, $"no network namespace at {netns}")))
                : Task.FromResult(table(space));
        }
    }

    private void Tell(KernelNews news)
    {
        foreach (var subscription in _subscriptions.ToList()) subscription.OnNews(news);
    }

    private sealed class Subscription(InMemoryKernel kernel, Action<KernelNews> onNews) : IDisposable
    {
        internal Action<KernelNews> OnNews { get; } = onNews;

        public void Dispose()
        {
            lock (kernel._gate) kernel._subscriptions.Remove(this);
        }
    }
}
