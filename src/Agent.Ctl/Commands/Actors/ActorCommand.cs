using System.CommandLine;
using System.Globalization;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Actors;

/// <summary><c>actor</c>: the actors of the running agent, in the manner of Petabridge.Cmd.</summary>
internal static class ActorCommand
{
    private const int WholeTree = 64;

    private static readonly string[] Heads = ["STATE", "MAILBOX", "RESTARTS", "TYPE"];

    private static readonly Option<string?> Format = Documents.Flag();

    internal static Command Build(Surroundings surroundings) => new(
        "actor",
        """
        Shows the actors of the running agent.

        A path begins with /user or /system; without a slash in front it is below /user/node, so 'bgp' is /user/node/bgp.

        Examples:
          agentctl actor hierarchy
          agentctl actor children bgp
          agentctl actor describe rib
        """)
    {
        Hierarchy(surroundings),
        Children(surroundings),
        Describe(surroundings),
    };

    /// <summary>Completes an argument with the paths of the actors that there are.</summary>
    private static Argument<T> WithPaths<T>(Argument<T> path, Surroundings surroundings)
    {
        path.CompleteFromAgent<IpcReply.Actors>(
            surroundings, new IpcRequest.ActorTree("/", WholeTree), tree => tree.Rows.Select(row => row.Path));
        return path;
    }

    private static Command Hierarchy(Surroundings surroundings)
    {
        var path = WithPaths(new Argument<string>("path")
        {
            Description = "Where to begin.",
            DefaultValueFactory = _ => "/user",
        }, surroundings);
        var command = new Command(
            "hierarchy",
            """
            Shows the tree of actors: what each is doing, how many messages wait for it, how often it failed and began anew.

            Examples:
              agentctl actor hierarchy
              agentctl actor hierarchy /
              agentctl actor hierarchy bgp -o json
            """)
        { path, Format };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed, surroundings, parsed.GetValue(path)!, WholeTree, rows => Tree(surroundings.Output, rows), cancellation));
        return command;
    }

    private static Command Children(Surroundings surroundings)
    {
        var path = WithPaths(new Argument<string>("path") { Description = "The parent." }, surroundings);
        var command = new Command(
            "children",
            """
            Lists the children of an actor.

            Examples:
              agentctl actor children /user/node
              agentctl actor children bgp
            """)
        { path, Format };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed, surroundings, parsed.GetValue(path)!, 1, rows =>
            {
                if (rows.Count == 1) surroundings.Output.WriteLine($"{rows[0].Path} has no children.");
                else
                    new PagedTable(surroundings.Output, ["PATH", .. Heads, "CHILDREN"]).Write(
                        [.. rows.Skip(1).Select(row => (string[])[row.Path, .. Cells(row), Text(row.Children)])]);
            },
            cancellation));
        return command;
    }

    private static Command Describe(Surroundings surroundings)
    {
        var path = WithPaths(new Argument<string>("path") { Description = "The actor." }, surroundings);
        var command = new Command(
            "describe",
            """
            Shows what an actor says of itself: an immutable record of what it knows now. Nothing is changed.

            Examples:
              agentctl actor describe rib
              agentctl actor describe /user/node/bgp/Mesh_10_0_0_2 -o json
            """)
        { path, Format };
        command.SetAction(async (parsed, cancellation) =>
        {
            var format = Documents.Format(parsed, Format) ?? "yaml";
            var reply = await AgentQuestion.AskAsync<IpcReply.Description>(
                parsed, surroundings, new IpcRequest.Describe(parsed.GetValue(path)!), cancellation);
            Documents.Write(surroundings.Output, format, reply.Json);
            return 0;
        });
        return command;
    }

    private static async Task<int> ShowAsync(
        ParseResult parsed, Surroundings surroundings, string path, int depth, Action<IReadOnlyList<ActorRow>> write,
        CancellationToken cancellation)
    {
        var reply = await AgentQuestion.AskAsync<IpcReply.Actors>(
            parsed, surroundings, new IpcRequest.ActorTree(path, depth), cancellation);
        if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format), reply)) write(reply.Rows);
        return 0;
    }

    private static void Tree(TextWriter output, IReadOnlyList<ActorRow> rows)
    {
        var root = rows[0].Path.TrimEnd('/');
        new PagedTable(output, ["ACTOR", .. Heads]).Write(
        [
            .. rows.Select((row, index) =>
            {
                var depth = row.Path[root.Length..].Count(letter => letter == '/');
                var name = index == 0 ? row.Path : row.Path[(row.Path.LastIndexOf('/') + 1)..];
                return (string[])[new string(' ', index == 0 ? 0 : depth * 2) + name, .. Cells(row)];
            }),
        ]);
    }

    private static string[] Cells(ActorRow row) => [row.State, Text(row.Mailbox), Text(row.Restarts), row.Type];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
