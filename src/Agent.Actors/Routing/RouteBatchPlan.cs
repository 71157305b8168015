using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Routing;

/// <summary>From what remains to be done to one batch for the kernel.</summary>
internal static class RouteBatchPlan
{
    /// <summary>The batch: deletions first, then what is to be set; nothing that would touch somebody else's
    /// route.</summary>
    /// <remarks>
    /// A pod's route is never deleted: it goes with its link. So a node whose journal was lost keeps the routes of pods
    /// that it no longer knows.
    /// </remarks>
    /// <param name="pending">The difference between desired and actual.</param>
    /// <param name="isForeign">True for keys where somebody else's route stands: those wait until it is gone.</param>
    /// <param name="restarting">True while BGP's own routes of an earlier run are kept as they are: only what is
    /// missing is added.</param>
    public static RouteChange[] For(
        IReadOnlyList<DeltaTracker<RouteKey, KernelRoute>.Change> pending, Func<RouteKey, bool> isForeign,
        bool restarting)
    {
        var deletions = new List<RouteChange>();
        var settings = new List<RouteChange>();
        foreach (var change in pending)
        {
            if (restarting && change.HasActual && change.Actual.Protocol == RouteOwner.BgpProtocol) continue;
            if (!change.HasDesired)
            {
                if (change.Actual.Protocol == RouteOwner.BgpProtocol) deletions.Add(RouteChange.Delete(change.Actual));
            }
            else if (!isForeign(change.Key)) settings.Add(RouteChange.Replace(change.Desired));
        }

        return [.. deletions, .. settings];
    }
}
