using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Agent.Ctl.Commands;
using Agent.Ctl.Commands.Actors;
using Agent.Ctl.Commands.Bgp;
using Agent.Ctl.Commands.Cluster;
using Agent.Ctl.Commands.Ipam;
using Agent.Ctl.Commands.Log;
using Agent.Ctl.Commands.Node;
using Agent.Ctl.Commands.Resources;
using Agent.Ctl.Commands.State;
using Agent.Ctl.Shell;
using Agent.Datastore;
using Agent.Ipc;
using Agent.Resources;
using Agent.Runtime.Sql;

namespace Agent.Ctl;

/// <summary>The tree of commands, and the one place where what goes wrong becomes a line on stderr and exit code
/// 1.</summary>
internal static class CommandLine
{
    /// <summary>The exit code of a command that Ctrl-C ended: 128 and the number of SIGINT.</summary>
    private const int Interrupted = 130;

    /// <summary>Runs one command line; gives the exit code.</summary>
    internal static async Task<int> RunAsync(string[] args, Surroundings surroundings)
    {
        var root = Build(surroundings);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is null or ParseErrorAction)
        {
            foreach (var error in parsed.Errors) surroundings.Error.WriteLine(error.Message);
            foreach (var suggestion in Suggestions.For(parsed)) surroundings.Error.WriteLine(suggestion);
            surroundings.Error.WriteLine($"Run '{Path(parsed.CommandResult.Command, root)} --help' for usage.");
            return 1;
        }

        var invocation = new InvocationConfiguration
        {
            Output = surroundings.Output,
            Error = surroundings.Error,
            EnableDefaultExceptionHandler = false,
        };
        // Ctrl-C in a shell is for the command at the prompt, which has a handler of its own.
        if (parsed.CommandResult.Command.Name == ShellCommand.Name) invocation.ProcessTerminationTimeout = null;
        try
        {
            return await parsed.InvokeAsync(invocation);
        }
        catch (Exception error) when (
            error is CommandFailedException or DatastoreUnavailableException or AgentUnavailableException
            or ResourceFormatException
                or JournalException)
        {
            surroundings.Error.WriteLine(error.Message);
            return 1;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            surroundings.Error.WriteLine(
                $"standard output, or a file that was named, cannot be used: {error.Message}; what was printed is not all");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }

    private static RootCommand Build(Surroundings surroundings)
    {
        var root = new RootCommand(
            """
            Shows and changes the resources of the cluster and the state of this node's agent.

            Examples:
              agentctl apply -f pools.yaml
              agentctl get ippools
              agentctl node status
              agentctl bgp peers
              agentctl shell
            """);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            foreach (var alias in new[] { "-?", "/h", "/?" }) help.Aliases.Remove(alias);
        }

        foreach (var option in Settings.Options) root.Options.Add(option);
        root.Subcommands.Add(GetCommand.Build(surroundings));
        foreach (var command in WriteCommands.Build(surroundings)) root.Subcommands.Add(command);
        root.Subcommands.Add(PatchCommand.Build(surroundings));
        root.Subcommands.Add(NodeCommand.Build(surroundings));
        root.Subcommands.Add(IpamCommand.Build(surroundings));
        root.Subcommands.Add(BgpCommand.Build(surroundings));
        root.Subcommands.Add(ActorCommand.Build(surroundings));
        root.Subcommands.Add(ClusterCommand.Build(surroundings));
        root.Subcommands.Add(ShardingCommand.Build(surroundings));
        root.Subcommands.Add(LogCommand.Build(surroundings));
        root.Subcommands.Add(StateCommand.Build(surroundings));
        root.Subcommands.Add(ShellCommand.Build(surroundings, () => Build(surroundings)));
        root.Subcommands.Add(VersionCommand.Build(surroundings));
        root.Subcommands.Add(CompletionCommand.Build(surroundings));
        return root;
    }

    private static string Path(Command command, RootCommand root)
    {
        var names = new Stack<string>();
        for (var at = command; at is not null && at != root; at = at.Parents.OfType<Command>().FirstOrDefault())
            names.Push(at.Name);
        return string.Join(' ', names.Prepend("agentctl"));
    }
}
