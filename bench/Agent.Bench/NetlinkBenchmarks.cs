using Agent.Netlink;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>A thousand routes to the kernel of a network namespace made for it (root is needed). Times and bytes are per route; most
/// of the time is the kernel's.</summary>
public class NetlinkBenchmarks
{
    private const int Routes = 1000;

    private readonly string _name = $"agent-bench-{Environment.ProcessId}";
    private readonly RouteChange[] _changes =
        [.. Enumerable.Range(0, Routes).Select(i => RouteChange.Replace(KernelRoute.Blackhole(Prefixes.At(i))))];

    private NetworkNamespace? _space;
    private RtNetlinkKernel? _kernel;

    [GlobalSetup]
    public void Setup()
    {
        _space = NetworkNamespace.Create(_name);
        _kernel = RtNetlinkKernel.Open(_space.Path);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _kernel?.Dispose();
        _space?.Dispose();
        NetworkNamespace.Delete(_name);
    }

    /// <summary>One batch, acknowledged.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public async Task<int> Replace()
    {
        var result = await _kernel!.ApplyRoutesAsync(_changes);
        return result.Succeeded ? result.Applied : throw new InvalidOperationException(result.Failures[0].ToString());
    }
}
