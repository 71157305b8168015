using Agent.Primitives;

namespace Agent.Ipam.Tests.Support;

/// <summary>Several nodes that assign from the same pools, each carrying out its plans as the block owner does.</summary>
internal sealed class Cluster(IpamConfiguration configuration, AddressSet reservations, params Pool[] pools)
{
    private readonly Dictionary<string, NodeBlocks> _nodes = [];
    private readonly HashSet<IpPrefix> _taken = [];
    private int _handles;

    public Cluster(params Pool[] pools) : this(new IpamConfiguration(), AddressSet.Empty, pools) { }

    public NodeBlocks Node(string name)
    {
        if (!_nodes.TryGetValue(name, out var node)) _nodes[name] = node = new NodeBlocks(name);
        return node;
    }

    /// <summary>The address for the handle, or why there is none.</summary>
    public (IpAddr? Address, string? Error) Assign(string node, string handle, params Pool[] requested)
    {
        var state = Node(node);
        var request = new AssignmentRequest
        {
            Handle = handle,
            Family = pools[0].Cidr.Family,
            Pools = requested.Length > 0 ? requested : pools,
            Configuration = configuration,
            Reservations = reservations,
        };
        while (true)
        {
            switch (AssignmentPlan.Decide(state, request))
            {
                case AssignmentDecision.Existing(var address): return (address, null);
                case AssignmentDecision.Assign(var assigned):
                    state.Apply(assigned);
                    return (assigned.Address, null);
                case AssignmentDecision.ClaimNeeded(var pool):
                    if (CandidateBlocks.FirstFree(pool, CandidateBlocks.Seed(node), reservations, _taken.Contains) is { } cidr)
                    {
                        _taken.Add(cidr);
                        state.Apply(new BlockEvent.Claimed(cidr, pool.Name, "c", 1, Samples.Noon));
                    }
                    else
                    {
                        request = request with { PoolsWithoutBlocks = [.. request.PoolsWithoutBlocks, pool.Name] };
                    }

                    break;
                case AssignmentDecision.BorrowNeeded:
                    request = request with { NobodyLends = true };
                    break;
                case AssignmentDecision.Refused(var error): return (null, error);
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    /// <summary>How many of so many wishes succeed, and why the last one failed.</summary>
    public (int Assigned, string? Error) AssignMany(string node, int count, params Pool[] requested)
    {
        var assigned = 0;
        string? error = null;
        for (var i = 0; i < count; i++)
        {
            var answer = Assign(node, $"h{_handles++}", requested);
            if (answer.Address is not null) assigned++;
            error = answer.Error;
        }

        return (assigned, error);
    }
}
