using System.CommandLine;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster</c>: the agents of all nodes, as one.</summary>
internal static class ClusterCommand
{
    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command(
            "cluster",
            """
            Shows and controls the cluster that the agents of all nodes make up.

            Examples:
              agentctl cluster show
              agentctl cluster leave node2
            """);
        foreach (var verb in MembershipCommands.Build(surroundings)) command.Subcommands.Add(verb);
        return command;
    }
}
