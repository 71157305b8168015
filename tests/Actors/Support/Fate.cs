using Agent.Datastore;
using Agent.Netlink;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Support;

/// <summary>The life of one process of the agent: every call on a port passes here, is counted, and may be the last thing that the process did.</summary>
/// <remarks>
/// What a dead process asks for never happens and never answers; what it subscribed to is silent. A kill before call k leaves the outside as it
/// was; a kill after it leaves the outside changed and the process without the answer.
/// </remarks>
internal sealed class Fate
{
    private readonly List<string> _calls = [];
    private readonly Queue<Action> _late = new();
    private int _killAt;
    private bool _killAfter;
    private bool _counting;

    public bool IsDead { get; private set; }

    /// <summary>Runs once, when the process dies: its sockets are closed by its kernel.</summary>
    public Action OnDeath { get; set; } = () => { };

    /// <summary>The calls since <see cref="Count"/>, in order.</summary>
    public IReadOnlyList<string> Calls => _calls;

    /// <summary>What fails with which error; the call is not carried out.</summary>
    public Func<string, Exception?> Fault { get; set; } = _ => null;

    /// <summary>Counts calls from now on.</summary>
    public void Count() => KillAt(0, after: false);

    /// <summary>Counts calls from now on, and kills the process at the k-th.</summary>
    public void KillAt(int call, bool after)
    {
        _calls.Clear();
        (_killAt, _killAfter, _counting) = (call, after, true);
    }

    public void Die()
    {
        if (IsDead) return;
        IsDead = true;
        OnDeath();
    }

    public async Task<T> PassAsync<T>(string call, Func<Task<T>> carryOut)
    {
        if (IsDead) return await NeverAsync<T>();
        if (Fault(call) is { } error) throw error;
        if (_counting) _calls.Add(call);
        var isLast = _counting && _calls.Count == _killAt;
        if (isLast && !_killAfter)
        {
            Die();
            return await NeverAsync<T>();
        }

        var result = await carryOut();
        if (isLast) Die();
        return IsDead ? await NeverAsync<T>() : result;
    }

    /// <summary>News of this kind of resource wait for <see cref="HearNext"/>.</summary>
    public ResourceKind? Late { get; set; }

    public void Hear(Action news)
    {
        if (!IsDead) news();
    }

    public void Hear(ResourceKind kind, Action news)
    {
        if (kind == Late) _late.Enqueue(news);
        else Hear(news);
    }

    /// <summary>Lets the next of the late news in; false when there is none.</summary>
    public bool HearNext()
    {
        if (!_late.TryDequeue(out var news)) return false;
        Hear(news);
        return true;
    }

    private static Task<T> NeverAsync<T>() => new TaskCompletionSource<T>().Task;
}

/// <summary>A datastore as a process sees it.</summary>
internal sealed class FatedDatastore(IDatastore inner, Fate fate) : IDatastore
{
    public ILeases Leases => inner.Leases;

    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        fate.PassAsync($"get {key}", () => inner.GetAsync(key, cancellation));

    public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null, CancellationToken cancellation = default) =>
        fate.PassAsync($"list {kind.Kind}", () => inner.ListAsync(kind, @namespace, cancellation));

    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default) =>
        fate.PassAsync($"create {resource.Key}", () => inner.CreateAsync(resource, cancellation));

    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default) =>
        fate.PassAsync($"update {resource.Key}", () => inner.UpdateAsync(resource, cancellation));

    public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision, CancellationToken cancellation = default) =>
        fate.PassAsync($"delete {key}", () => inner.DeleteAsync(key, expectedRevision, cancellation));

    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents) =>
        inner.Watch(kind, fromRevision, events => fate.Hear(kind, () => onEvents(events)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A journal and its snapshots as a process sees them.</summary>
internal sealed class FatedJournal(InMemoryJournal journal, InMemorySnapshotStore snapshots, Fate fate) : IJournal, ISnapshotStore
{
    public Task<IReadOnlyList<Exception?>> WriteAsync(IReadOnlyList<AtomicWrite> writes) => fate.PassAsync(
        "journal " + string.Join(", ", writes.SelectMany(write => write.Events).Select(happened => happened.GetType().Name)), () => journal.WriteAsync(writes));

    public Task<IReadOnlyList<JournalEntry>> ReplayAsync(string persistenceId, long fromSequenceNr, long toSequenceNr, int max) =>
        fate.PassAsync($"replay {persistenceId}", () => journal.ReplayAsync(persistenceId, fromSequenceNr, toSequenceNr, max));

    public Task<long> HighestSequenceNrAsync(string persistenceId) =>
        fate.PassAsync("highest", () => journal.HighestSequenceNrAsync(persistenceId));

    public Task DeleteAsync(string persistenceId, long toSequenceNr) => fate.PassAsync("forget events", async () =>
    {
        await journal.DeleteAsync(persistenceId, toSequenceNr);
        return true;
    });

    public Task SaveAsync(SnapshotMetadata metadata, object snapshot) => fate.PassAsync($"save {snapshot.GetType().Name}", async () =>
    {
        await snapshots.SaveAsync(metadata, snapshot);
        return true;
    });

    public Task<SnapshotOffer?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        fate.PassAsync("load", () => snapshots.LoadAsync(persistenceId, criteria));

    public Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => fate.PassAsync("forget snapshots", async () =>
    {
        await snapshots.DeleteAsync(persistenceId, criteria);
        return true;
    });
}

/// <summary>A kernel as a process sees it.</summary>
internal sealed class FatedKernel(InMemoryKernel inner, Fate fate) : IKernel
{
    /// <summary>Every batch of routes that this process sent.</summary>
    public List<string> Applied { get; } = [];

    public Task<RouteBatchResult> ApplyRoutesAsync(ReadOnlyMemory<RouteChange> changes, CancellationToken cancellation = default)
    {
        if (!fate.IsDead) Applied.Add(string.Join("; ", changes.ToArray()));
        return fate.PassAsync("routes", () => inner.ApplyRoutesAsync(changes, cancellation));
    }

    public Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default) =>
        fate.PassAsync("dump routes", () => inner.DumpRoutesAsync(cancellation));

    public Task<ImmutableArray<KernelLink>> DumpLinksAsync(string? netns = null, CancellationToken cancellation = default) =>
        fate.PassAsync("dump links", () => inner.DumpLinksAsync(netns, cancellation));

    public Task<ImmutableArray<KernelAddress>> DumpAddressesAsync(string? netns = null, CancellationToken cancellation = default) =>
        fate.PassAsync("dump addresses", () => inner.DumpAddressesAsync(netns, cancellation));

    public IDisposable Watch(Action<KernelNews> onNews) => inner.Watch(news => fate.Hear(() => onNews(news)));

    public Task<PodOutcome> CarryOutAsync(PodPlan plan, CancellationToken cancellation = default) => fate.PassAsync(
        plan.Steps.OfType<PodStep.CreateVeth>().Any() ? "wire" : "unwire", () => inner.CarryOutAsync(plan, cancellation));

    public Task<KernelError?> WriteSysctlAsync(string path, string value) => fate.PassAsync("sysctl", () => inner.WriteSysctlAsync(path, value));

    public Task<string?> ReadSysctlAsync(string path) => fate.PassAsync("sysctl", () => inner.ReadSysctlAsync(path));
}
