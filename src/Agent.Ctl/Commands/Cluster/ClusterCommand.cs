using System.CommandLine;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster</c>: who is in the cluster, and how its nodes know each other.</summary>
internal static class ClusterCommand
{
    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command(
            "cluster",
            """
            Shows and changes how the nodes of the cluster work together.

            Examples:
              agentctl cluster show
              agentctl cluster leave node2
            """)
        { CertsCommand.Build(surroundings) };
        foreach (var verb in MembershipCommands.Build(surroundings)) command.Subcommands.Add(verb);
        return command;
    }
}
