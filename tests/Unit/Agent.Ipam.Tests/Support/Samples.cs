using Agent.Primitives;

namespace Agent.Ipam.Tests.Support;

/// <summary>Short forms for tests.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static IpPrefix Net(string text) => IpPrefix.Parse(text);

    public static IpAddr Ip(string text) => IpAddr.Parse(text);

    public static AddressSet Reserve(params string[] networks) => new(networks.Select(IpPrefix.Parse));

    public static Pool Pool(string name, string cidr, int blockSize) =>
        new() { Name = name, Cidr = IpPrefix.Parse(cidr), BlockSize = blockSize };

    public static OwnerAttributes On(string node) => OwnerAttributes.Empty.With(OwnerAttributes.Node, node);

    public static AssignmentRequest Request(string handle, params Pool[] pools) =>
        new() { Handle = handle, Family = pools[0].Cidr.Family, Pools = pools, Attributes = On("node1") };

    public static BlockEvent.Claimed Claimed(string cidr, string pool = "pool", ulong sequence = 100) =>
        new(IpPrefix.Parse(cidr), pool, "claim-" + cidr, sequence, Noon);

    /// <summary>A node that owns these blocks.</summary>
    public static NodeBlocks Owning(params string[] cidrs)
    {
        var state = new NodeBlocks("node1");
        foreach (var cidr in cidrs) state.Apply(Claimed(cidr));
        return state;
    }

    /// <summary>Assigns the next address to the handle in the node's own blocks.</summary>
    public static IpAddr Assign(this NodeBlocks state, string handle, params Pool[] pools)
    {
        var decision = Assert.IsType<AssignmentDecision.Assign>(AssignmentPlan.Decide(state, Request(handle, pools)));
        state.Apply(decision.Event);
        return decision.Event.Address;
    }

    public static void Release(this NodeBlocks state, string handle)
    {
        foreach (var released in ReleasePlan.ByHandle(state, handle)) state.Apply(released);
    }

    /// <summary>The whole state as text, for comparisons.</summary>
    public static string Text(this NodeBlocks state) => string.Join('\n', state.Snapshot().Select(IpamJson.WriteEvent));
}
