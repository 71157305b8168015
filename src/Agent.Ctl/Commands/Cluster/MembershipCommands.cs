using System.CommandLine;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster show</c>, <c>leave</c> and <c>down</c>: which nodes coordinate the cluster.</summary>
internal static class MembershipCommands
{
    private static readonly Option<string?> Format = Documents.Flag();

    /// <summary>The commands, for <c>cluster</c>.</summary>
    internal static IEnumerable<Command> Build(Surroundings surroundings) =>
        [Show(surroundings), Leave(surroundings), Down(surroundings)];

    private static Command Show(Surroundings surroundings)
    {
        var command = new Command(
            "show",
            """
            Shows the nodes whose agents are known, which of them coordinate, and who leads.

            Examples:
              agentctl cluster show
              agentctl cluster show -o json
            """)
        { Format };
        command.SetAction(async (parsed, cancellation) =>
        {
            var view = await AgentQuestion.AskAsync<IpcReply.ClusterView>(
                parsed, surroundings, new IpcRequest.ClusterShow(), cancellation);
            if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format), view)) Write(surroundings, view);
            return view.Problem is null ? 0 : 1;
        });
        return command;
    }

    private static Command Leave(Surroundings surroundings)
    {
        var node = NodeArgument(surroundings);
        var command = new Command(
            "leave",
            """
            Has a node hand over its shards and coordinate no more, until its agent is started again. Its routes and pods stay.

            Example:
              agentctl cluster leave node2
            """)
        { node };
        command.SetAction(async (parsed, cancellation) =>
        {
            var name = parsed.GetValue(node)!;
            await AgentQuestion.AskAsync<IpcReply.Done>(
                parsed, surroundings, new IpcRequest.ClusterLeave(name), cancellation);
            surroundings.Output.WriteLine($"{name} leaves: its shards go to the other coordinators.");
            return 0;
        });
        return command;
    }

    private static Command Down(Surroundings surroundings)
    {
        var node = NodeArgument(surroundings);
        var command = new Command(
            "down",
            """
            Counts a dead node as gone now, not only when its lease has run out. Refused for one that lives.

            Example:
              agentctl cluster down node3
            """)
        { node };
        command.SetAction(async (parsed, cancellation) =>
        {
            var name = parsed.GetValue(node)!;
            await AgentQuestion.AskAsync<IpcReply.Done>(
                parsed, surroundings, new IpcRequest.ClusterDown(name), cancellation);
            surroundings.Output.WriteLine($"{name} counts as gone.");
            return 0;
        });
        return command;
    }

    private static Argument<string> NodeArgument(Surroundings surroundings)
    {
        var node = new Argument<string>("node") { Description = "The node's name." };
        node.CompleteFromAgent<IpcReply.ClusterView>(
            surroundings, new IpcRequest.ClusterShow(), view => view.Nodes.Select(each => each.Node));
        return node;
    }

    private static void Write(Surroundings surroundings, IpcReply.ClusterView view)
    {
        var output = surroundings.Output;
        output.WriteLine($"Cluster {view.Cluster}, seen from {view.Self}");
        if (view.Problem is { } problem) surroundings.Error.WriteLine(problem);
        output.WriteLine();
        var members = view.Members.ToDictionary(member => member.Node, StringComparer.Ordinal);
        IEnumerable<string> names = view.Nodes.Select(node => node.Node)
            .Union(view.Members.Select(member => member.Node), StringComparer.Ordinal).Order(StringComparer.Ordinal);
        new PagedTable(output, ["NODE", "ROLE", "STATUS", "READY", "ENDPOINT"]).Write(
        [
            .. names.Select(name =>
            {
                var member = members.GetValueOrDefault(name);
                var node = view.Nodes.FirstOrDefault(each => each.Node == name);
                var role = member is { IsLeader: true } ? "leader"
                    : member is not null ? "coordinator"
                    : node is { IsChosen: true } ? "chosen"
                    : node is { IsWilling: true } ? "willing" : "node";
                var status = member is null ? "-" : member.IsReachable ? member.Status : member.Status + ", unreachable";
                return (string[])[name, role, status, node is { IsReady: true } ? "yes" : "no", node?.Endpoint ?? "-"];
            }),
        ]);
    }
}
