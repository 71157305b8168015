using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Routing;

/// <summary>From what remains to be done to one batch for the kernel.</summary>
internal static class RouteBatchPlan
{
    /// <summary>Takes the next batch out of what is pending: deletions first, then what is to be set; nothing that
    /// would touch somebody else's route. What is taken counts as done.</summary>
    /// <remarks>
    /// A pod's route is not deleted: it goes with its link. So a node whose journal was lost keeps the routes of pods
    /// that it no longer knows. But the route without a metric that its wiring made goes where one with a metric is
    /// wanted.
    /// </remarks>
    /// <param name="routes">Desired and actual routes.</param>
    /// <param name="view">Where somebody else's route stands, ours waits until it is gone.</param>
    /// <param name="restarting">True while BGP's own routes of an earlier run are kept as they are: only what is
    /// missing is added.</param>
    /// <param name="options">The metrics of pods' routes.</param>
    /// <param name="into">Room for the batch.</param>
    /// <returns>How many changes were taken.</returns>
    public static int Take(
        DeltaTracker<RouteKey, RouteForm> routes, KernelView view, bool restarting,
        RouteProtocol.SetOptions options, Span<RouteChange> into)
    {
        var count = 0;
        var cursor = 0;
        while (!restarting && count < into.Length && routes.NextRemoval(ref cursor, out var change))
        {
            var actual = change.Actual!;
            if (actual.Protocol != RouteOwner.BgpProtocol && !IsReplaced(change.Key, actual, routes, options)) continue;
            into[count++] = RouteChange.Delete(actual.For(change.Key));
            routes.SettleLast();
        }

        cursor = 0;
        while (count < into.Length && routes.NextSetting(ref cursor, out var change))
        {
            if (restarting && change.Actual is { Protocol: RouteOwner.BgpProtocol }) continue;
            if (view.IsForeign(change.Key)) continue;
            into[count++] = RouteChange.Replace(change.Desired!.For(change.Key));
            routes.SettleLast();
        }

        return count;
    }

    private static bool IsReplaced(
        RouteKey key, RouteForm actual, DeltaTracker<RouteKey, RouteForm> routes, RouteProtocol.SetOptions options)
    {
        var wanted = RouteKey.AsInstalled(key.Destination, options.PodMetric(key.Destination.Family));
        return wanted != key && routes.TryGetDesired(wanted, out var other)
            && other.OutInterface == actual.OutInterface;
    }
}
