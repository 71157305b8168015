using System.CommandLine;
using Agent.Datastore.Sqlite;
using Agent.PostgreSql;
using Agent.Resources;

namespace Agent.Ctl.Commands.State;

/// <summary>Where persisted state is, and how it is read beside a running agent or without one.</summary>
internal static class StateSources
{
    internal const string Journal = "journal";
    internal const string Cluster = "cluster";

    /// <summary>A flag that leaves one of the two out.</summary>
    internal static Option<string?> OnlyFlag()
    {
        var only = new Option<string?>("--only")
        {
            Description = "journal: only this node's; cluster: only the cluster's datastore. Default: both.",
            HelpName = "which",
        };
        only.AcceptOnlyFromAmong(Journal, Cluster);
        return only;
    }

    /// <summary>True for an address of PostgreSQL, false for a file.</summary>
    internal static bool IsServer(string place) => PostgresAddress.IsUrl(place);

    /// <summary>A place without a password.</summary>
    internal static string Name(string place) =>
        IsServer(place) && Uri.TryCreate(place, UriKind.Absolute, out var address)
            ? $"{address.Scheme}://{address.Host}{address.AbsolutePath}"
            : place;

    /// <summary>All resources, and what is wrong with the file in which they stand.</summary>
    internal static async Task<(IReadOnlyList<Resource> Resources, IReadOnlyList<string> Damage)> ReadClusterAsync(
        string place, Surroundings surroundings, CancellationToken cancellation)
    {
        if (!IsServer(place))
        {
            using var file = ClusterFileReader.Open(place);
            var damage = file.Damage();
            return (damage.Count > 0 && damage.Any(line => !line.StartsWith("the row", StringComparison.Ordinal))
                ? []
                : file.Resources(), damage);
        }

        await using var datastore = await surroundings.OpenDatastore(place);
        var resources = new List<Resource>();
        foreach (var kind in Kinds.All)
            resources.AddRange((await datastore.ListAsync(kind.Kind, cancellation: cancellation)).Items);
        return (resources, []);
    }
}
