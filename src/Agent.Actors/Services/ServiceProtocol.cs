using System.Collections.Immutable;
using Agent.Planning;

namespace Agent.Actors.Services;

/// <summary>What the service watcher hears and answers.</summary>
public static class ServiceProtocol
{
    /// <summary>From the planner: what the cluster looks like.</summary>
    public sealed record SetSnapshot(ClusterSnapshot Snapshot);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Advertised">Each advertised prefix with its reasons.</param>
    /// <param name="Decisions">Each Service with the verdict on its own addresses.</param>
    public sealed record Description(ImmutableArray<string> Advertised, ImmutableArray<string> Decisions);
}
