using System.Collections.Immutable;

namespace Agent.Netlink;

/// <summary>What to do with a route.</summary>
public enum RouteAction : byte
{
    /// <summary>Create it, or atomically put it in the place of whatever has the same key.</summary>
    Replace,

    /// <summary>Create it; fails with EEXIST where the key is taken.</summary>
    Add,

    /// <summary>Delete it; it is left alone if protocol or kind are others by now, and if it is gone already, all is
    /// well.</summary>
    Delete,
}

/// <summary>One item of a batch.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Route">The route to be; for a deletion, the route believed to be there.</param>
public readonly record struct RouteChange(RouteAction Action, KernelRoute Route)
{
    /// <summary>Create the route or put it in the place of what has its key.</summary>
    public static RouteChange Replace(KernelRoute route) => new(RouteAction.Replace, route);

    /// <summary>Create the route where its key is free.</summary>
    public static RouteChange Add(KernelRoute route) => new(RouteAction.Add, route);

    /// <summary>Delete the route, if it is still of that protocol and kind.</summary>
    public static RouteChange Delete(KernelRoute route) => new(RouteAction.Delete, route);

    /// <inheritdoc/>
    public override string ToString() => $"{Action.ToString().ToLowerInvariant()} {Route}";
}

/// <summary>One item of a batch that the kernel refused.</summary>
/// <param name="Index">The item's place in the batch.</param>
/// <param name="Change">The item.</param>
/// <param name="Error">The reason.</param>
public readonly record struct RouteFailure(int Index, RouteChange Change, KernelError Error)
{
    /// <summary>What and why: <c>replace 10.48.110.0/26 ...: ENETUNREACH: Nexthop has invalid gateway</c>.</summary>
    public override string ToString() => $"{Change}: {Error}";
}

/// <summary>What became of a batch: everything applied but the failures.</summary>
/// <remarks>A batch is not atomic. Successes are not listed, so that a large batch costs nothing per route.</remarks>
/// <param name="Applied">How many items hold now.</param>
/// <param name="Failures">The others, in the order of the batch.</param>
public sealed record RouteBatchResult(int Applied, ImmutableArray<RouteFailure> Failures)
{
    /// <summary>True when every item holds.</summary>
    public bool Succeeded => Failures.IsEmpty;
}
