using System.CommandLine;
using System.Reflection;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Ctl.Commands;

/// <summary><c>version</c>: this program's version, and the cluster's as its ClusterInformation tells it.</summary>
internal static class VersionCommand
{
    private const string Unknown = "unknown";

    private static readonly Option<bool> ClientOnly = new("--client")
    {
        Description = "Only this program's version; needs no datastore.",
    };

    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command("version", "Shows the versions of this program and of the cluster.") { ClientOnly };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, surroundings, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Surroundings surroundings,
        CancellationToken cancellation)
    {
        var (version, commit) = OfThisProgram();
        surroundings.Output.WriteLine($"Client Version:    v{version}");
        surroundings.Output.WriteLine($"Git commit:        {commit}");
        if (parsed.GetValue(ClientOnly)) return 0;

        ClusterInformation? cluster;
        try
        {
            await using var datastore =
                await surroundings.OpenDatastore(Settings.Read(parsed, surroundings).DatastorePath);
            var stored = await datastore.GetAsync(new ResourceKey(Kinds.ClusterInformation, "default"), cancellation);
            cluster = stored is null ? null : ClusterInformation.From(stored);
        }
        catch (DatastoreUnavailableException error)
        {
            throw new CommandFailedException($"Unable to detect installed Calico version\n{error.Message}");
        }

        surroundings.Output.WriteLine($"Cluster Version:   {OrUnknown(cluster?.CalicoVersion)}");
        surroundings.Output.WriteLine($"Cluster Type:      {OrUnknown(cluster?.ClusterType)}");
        return 0;
    }

    private static (string Version, string Commit) OfThisProgram()
    {
        var text = typeof(
            VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? Unknown;
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (text, Unknown) : (text[..plus], text[(plus + 1)..]);
    }

    private static string OrUnknown(string? text) => string.IsNullOrEmpty(text) ? Unknown : text;
}
