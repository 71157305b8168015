using System.Collections.Immutable;
using Agent.Planning;

namespace Agent.Actors.Resources;

/// <summary>What the planner hears of itself and answers; what it hears of resources is
/// <see cref="ResourceProtocol"/>.</summary>
public static class PlannerProtocol
{
    /// <summary>From the pods that peer: the labels of every local pod.</summary>
    public sealed record SetWorkloads(ImmutableArray<LocalWorkload> Workloads);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Ready">True once a first plan was made.</param>
    /// <param name="Stale">Why the plans stand on the journal's copy instead of the datastore; null when they do
    /// not.</param>
    /// <param name="Problems">What was left out of the plans and why.</param>
    public sealed record Description(bool Ready, string? Stale, ImmutableArray<string> Problems);

    internal sealed record Plan
    {
        public static Plan Instance { get; } = new();
    }
}
