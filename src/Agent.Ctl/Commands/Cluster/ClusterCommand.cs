using System.CommandLine;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster</c>: who is in the cluster, and how its nodes know each other.</summary>
internal static class ClusterCommand
{
    internal static Command Build(Surroundings surroundings) =>
        new("cluster", "Shows and changes how the nodes of the cluster work together.")
        {
            CertsCommand.Build(surroundings),
        };
}
