using System.CommandLine;
using Agent.Ipc;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Agent.Ctl;

/// <summary>Where the datastore and the agent are: a flag wins over the environment, that over the configuration file,
/// that over the default.</summary>
/// <param name="DatastorePath">The cluster file, or its address.</param>
/// <param name="SocketPath">The agent's socket.</param>
/// <param name="JournalPath">The node's journal: a file or an address.</param>
internal sealed record Settings(string DatastorePath, string SocketPath, string JournalPath)
{
    private const string DefaultConfigPath = "/etc/calico/calicoctl.cfg";
    private const string DefaultDatastorePath = "/var/lib/agent/cluster.db";
    private const string DefaultJournalPath = "/var/lib/agent/journal.db";

    /// <summary>The flags that every command has, before or after the verb.</summary>
    internal static IReadOnlyList<Option> Options => [Datastore, Socket, Config, LogLevel, AllowVersionMismatch];

    internal static readonly Option<string?> LogLevel = new("--log-level", "-l")
    {
        Description = "Accepted for compatibility with calicoctl; agentctl has no log. With 'get', a label selector such as app=web may be given.",
        HelpName = "level",
        Recursive = true,
    };

    private static readonly Option<string?> Datastore = new("--datastore")
    {
        Description = $"The cluster's datastore: a file, or a postgres:// address. Environment: AGENT_DATASTORE. Default: {DefaultDatastorePath}",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<string?> Socket = new("--socket")
    {
        Description = $"The socket of this node's agent. Environment: AGENT_SOCKET. Default: {IpcClient.DefaultSocketPath}",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<string?> Config = new("--config", "-c")
    {
        Description = $"A YAML file with spec.datastore, spec.socket and spec.journal. Default: {DefaultConfigPath}, if it exists",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<bool> AllowVersionMismatch = new("--allow-version-mismatch")
    {
        Description = "Accepted for compatibility with calicoctl; agentctl reads what every version of the agent writes.",
        Recursive = true,
    };

    /// <summary>Reads the settings of one run.</summary>
    /// <exception cref="CommandFailedException">The configuration file cannot be read.</exception>
    internal static Settings Read(ParseResult parsed, Surroundings surroundings)
    {
        var file = ReadFile(parsed.GetValue(Config));
        return new Settings(
            parsed.GetValue(Datastore) ?? surroundings.Variable("AGENT_DATASTORE") ?? file("datastore") ?? DefaultDatastorePath,
            parsed.GetValue(Socket) ?? surroundings.Variable("AGENT_SOCKET") ?? file("socket") ?? IpcClient.DefaultSocketPath,
            surroundings.Variable("AGENT_JOURNAL") ?? file("journal") ?? DefaultJournalPath);
    }

    private static Func<string, string?> ReadFile(string? path)
    {
        if (path is null && !File.Exists(DefaultConfigPath)) return _ => null;
        try
        {
            var yaml = new YamlStream();
            using (var text = File.OpenText(path ?? DefaultConfigPath)) yaml.Load(text);
            var root = yaml.Documents.Count > 0 ? yaml.Documents[0].RootNode : null;
            return name => Member(Member(root, "spec"), name) is YamlScalarNode { Value: { Length: > 0 } value } ? value : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or YamlException)
        {
            throw new CommandFailedException($"Error reading config file: {path ?? DefaultConfigPath}: {error.Message}");
        }
    }

    private static YamlNode? Member(YamlNode? node, string name) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out var member) ? member : null;
}
