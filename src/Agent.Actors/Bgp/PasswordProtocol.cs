using System.Collections.Immutable;
using Agent.Datastore;

namespace Agent.Actors.Bgp;

/// <summary>What the actor of the passwords hears and answers; what it says goes to the peers
/// (<see cref="PeerSetProtocol.SetPasswords"/>).</summary>
public static class PasswordProtocol
{
    /// <summary>From the planner: every password that a desired peer names, as <c>namespace/name/key</c>.</summary>
    /// <remarks>Compared by value.</remarks>
    public sealed record Use(ImmutableSortedSet<string> Refs)
    {
        /// <inheritdoc/>
        public bool Equals(Use? other) => other is not null && Refs.SequenceEqual(other.Refs, StringComparer.Ordinal);

        /// <inheritdoc/>
        public override int GetHashCode() => Refs.Count;
    }

    /// <summary>The answer to <c>Describe</c>: references alone, never what they stand for.</summary>
    /// <param name="Known">Passwords that are in use and known.</param>
    /// <param name="Problems">Why sessions go without their password, or wait for it.</param>
    public sealed record Description(ImmutableArray<string> Known, ImmutableArray<string> Problems);

    internal sealed record ListRead(int Incarnation, ResourceList List);

    internal sealed record ListFailed(int Incarnation, Exception Cause);

    internal sealed record ListAgain
    {
        public static ListAgain Instance { get; } = new();
    }

    internal sealed record Batch(int Incarnation, IReadOnlyList<WatchEvent> Events);
}
