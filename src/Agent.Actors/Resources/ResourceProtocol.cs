using Agent.Datastore;
using Agent.Resources;

namespace Agent.Actors.Resources;

/// <summary>What the resource watcher tells the planner, and what it tells itself.</summary>
public static class ResourceProtocol
{
    /// <summary>All resources of one kind, at a revision: what is not listed is not there.</summary>
    public sealed record Listed(ResourceKind Kind, IReadOnlyList<Resource> Items);

    /// <summary>Changes of one kind, in order.</summary>
    public sealed record Changed(ResourceKind Kind, IReadOnlyList<WatchEvent> Events);

    /// <summary>Every kind is known as the datastore has it now.</summary>
    public sealed record Synced
    {
        /// <summary>The message.</summary>
        public static Synced Instance { get; } = new();
    }

    /// <summary>The datastore cannot be reached; these resources are what this node last acted on, from its
    /// journal.</summary>
    public sealed record Stale(IReadOnlyList<Resource> Items, string Reason);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Synced">True when every kind is known.</param>
    /// <param name="Waiting">Kinds that are not known yet, with the reason where there is one.</param>
    /// <param name="Error">What the datastore said last, when it failed.</param>
    public sealed record Description(bool Synced, IReadOnlyList<string> Waiting, string? Error);

    internal sealed record ListRead(ResourceKind Kind, ResourceList List);

    internal sealed record ListFailed(ResourceKind Kind, Exception Cause);

    internal sealed record ListAgain(ResourceKind Kind);

    internal sealed record Batch(ResourceKind Kind, int Incarnation, IReadOnlyList<WatchEvent> Events);

    internal sealed record Keep
    {
        public static Keep Instance { get; } = new();
    }

    internal sealed record GiveUpWaiting
    {
        public static GiveUpWaiting Instance { get; } = new();
    }
}
