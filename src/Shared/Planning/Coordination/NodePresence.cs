using System.Net;

namespace Agent.Planning.Coordination;

/// <summary>What an agent says of itself in the lease by which the others know that it lives.</summary>
/// <remarks>
/// The lease is named <c>node/NAME</c>; its holder reads <c>AGENT;ADDRESS:PORT;coordinator</c>, the last word left out
/// by a node that is not willing. A holder of another form is no agent's.
/// </remarks>
/// <param name="Node">The node's name.</param>
/// <param name="Agent">Which agent: its journal's id and its machine's. No two agents have the same, and one keeps it
/// over restarts.</param>
/// <param name="Endpoint">Where others reach it.</param>
/// <param name="IsWilling">Whether it may be chosen to coordinate.</param>
public sealed record NodePresence(string Node, string Agent, IPEndPoint Endpoint, bool IsWilling)
{
    /// <summary>The beginning of the names of these leases.</summary>
    public const string LeasePrefix = "node/";

    private const string Willing = "coordinator";

    /// <summary>The lease of a node.</summary>
    public static string LeaseOf(string node) => LeasePrefix + node;

    /// <summary>The lease's name.</summary>
    public string Lease => LeaseOf(Node);

    /// <summary>The lease's holder.</summary>
    public string Holder => $"{Agent};{Endpoint};{(IsWilling ? Willing : "")}";

    /// <summary>What a lease says, or null where it is no node's or was given back.</summary>
    public static NodePresence? Read(string lease, string holder)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(holder);
        return lease.StartsWith(LeasePrefix, StringComparison.Ordinal)
            && holder.Split(';') is [var agent, var at, var role] && IPEndPoint.TryParse(at, out var endpoint)
                ? new NodePresence(lease[LeasePrefix.Length..], agent, endpoint, role == Willing)
                : null;
    }
}
