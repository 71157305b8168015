using System.Collections.Immutable;
using Agent.Netlink;

namespace Agent.Simulation.Outside;

/// <summary>A host's kernel as one process has it: calls take up to two milliseconds and are carried out in their order,
/// whether or not the process lives on.</summary>
internal sealed class SimulatedKernel(World world, Process process, InMemoryKernel kernel, Action<RouteChange> onRoute)
    : IKernel
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(2);

    private readonly Random _random = world.Seeded.CreateRandom(process.Name + " kernel");
    private readonly Queue<Action> _calls = new();

    public Task<RouteBatchResult> ApplyRoutesAsync(
        ReadOnlyMemory<RouteChange> changes, CancellationToken cancellation = default) => CallAsync(() =>
        {
            foreach (var change in changes.Span)
            {
                world.Seeded.Note("write", $"{process.Name} {change}");
                onRoute(change);
            }

            return kernel.ApplyRoutesAsync(changes, CancellationToken.None).Result;
        });

    public Task<ImmutableArray<KernelRoute>> DumpRoutesAsync(CancellationToken cancellation = default) =>
        CallAsync(() => kernel.DumpRoutesAsync(CancellationToken.None).Result);

    public Task<ImmutableArray<KernelLink>> DumpLinksAsync(
        string? netns = null, CancellationToken cancellation = default) =>
        CallAsync(() => kernel.DumpLinksAsync(netns, CancellationToken.None).GetAwaiter().GetResult());

    public Task<ImmutableArray<KernelAddress>> DumpAddressesAsync(
        string? netns = null, CancellationToken cancellation = default) =>
        CallAsync(() => kernel.DumpAddressesAsync(netns, CancellationToken.None).GetAwaiter().GetResult());

    public IDisposable Watch(Action<KernelNews> onNews) =>
        kernel.Watch(news => process.Enter(() => onNews(news)));

    public Task<PodOutcome> CarryOutAsync(PodPlan plan, CancellationToken cancellation = default) => CallAsync(() =>
    {
        var outcome = kernel.CarryOutAsync(plan, CancellationToken.None).Result;
        world.Seeded.Note("write", $"{process.Name} {plan.Steps.Length} steps of a pod: {outcome.GetType().Name}");
        return outcome;
    });

    public Task<KernelError?> WriteSysctlAsync(string path, string value) =>
        CallAsync(() => kernel.WriteSysctlAsync(path, value).Result);

    public Task<string?> ReadSysctlAsync(string path) => CallAsync(() => kernel.ReadSysctlAsync(path).Result);

    private Task<T> CallAsync<T>(Func<T> call)
    {
        var answer = new TaskCompletionSource<T>();
        _calls.Enqueue(() =>
        {
            try
            {
                var result = call();
                process.Enter(() => answer.SetResult(result));
            }
            catch (NetlinkException error)
            {
                process.Enter(() => answer.SetException(error));
            }
        });
        world.Seeded.After(Longest * _random.NextDouble(), () => _calls.Dequeue()());
        return answer.Task;
    }
}
