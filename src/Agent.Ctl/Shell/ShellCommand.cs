using System.CommandLine;
using System.Runtime.InteropServices;
using Agent.Ipc;

namespace Agent.Ctl.Shell;

/// <summary><c>shell</c>: agentctl's commands at a prompt, in the manner of Petabridge.Cmd.</summary>
/// <remarks>
/// From a terminal it edits lines, completes and remembers; from a pipe it reads commands, one a line, and its exit
/// code
/// is that of the last that failed.
/// </remarks>
internal static class ShellCommand
{
    /// <summary>The verb.</summary>
    internal const string Name = "shell";

    private const string Help =
        """
        Every command of agentctl, without 'agentctl' in front: bgp peers, actor hierarchy, get ippools ...
        A verb with --help explains itself. Tab completes verbs, options, peers, actors, nodes and regions.

          help, ?        this text and the commands
          history        the lines that were entered
          clear          an empty screen
          exit, quit     leaves, as Ctrl-D does; Ctrl-C ends a command that runs, or throws a line away
        """;

    private static readonly string[] OwnWords = ["help", "history", "clear", "exit", "quit"];

    internal static Command Build(Surroundings surroundings, Func<RootCommand> root)
    {
        var command = new Command(
            Name,
            """
            Runs commands at a prompt, with line editing, completion and history ($AGENTCTL_HISTORY, else ~/.agentctl_history). From a pipe
            it runs one command a line.

            Examples:
              agentctl shell
              echo 'bgp summary' | agentctl shell
            """);
        command.SetAction(async (parsed, cancellation) =>
        {
            var shared = SharedFlags(parsed);
            return surroundings.Terminal is { } terminal
                ? await InteractiveAsync(parsed, surroundings, terminal, root(), shared, cancellation)
                : await PipedAsync(surroundings, root, shared, cancellation);
        });
        return command;
    }

    private static async Task<int> PipedAsync(
        Surroundings surroundings, Func<RootCommand> root, string[] shared, CancellationToken cancellation)
    {
        var exitCode = 0;
        while (!cancellation.IsCancellationRequested
            && await surroundings.Input.ReadLineAsync(cancellation) is { } line)
        {
            if (line.AsSpan().Trim() is [] or ['#', ..]) continue;
            if (line.Trim() is "exit" or "quit") break;
            if (line.Trim() is "help" or "?") WriteHelp(surroundings.Output, root());
            else if (await RunAsync(line, surroundings, shared) is not 0 and var failed) exitCode = failed;
        }

        return exitCode;
    }

    private static async Task<int> InteractiveAsync(
        ParseResult parsed, Surroundings surroundings, ITerminal terminal, RootCommand root, string[] shared,
        CancellationToken cancellation)
    {
        // Between two lines Ctrl-C is a signal; it is never one for the shell itself.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        var history = new History(HistoryPath(surroundings));
        var editor = new LineEditor(terminal, history, (line, cursor) =>
        [
            .. Candidates(root, line, cursor),
            .. OwnWords.Where(_ => !line.Contains(' ', StringComparison.Ordinal)),
        ]);
        var prompt = $"{await NodeAsync(parsed, surroundings, cancellation)}> ";
        var hasComplained = false;
        terminal.Write("agentctl shell: 'help' explains, Ctrl-D leaves.\r\n");
        while (true)
        {
            var (end, line) = editor.Read(prompt);
            // At once: a window that is closed, or a kill, leaves no time for it.
            if (end == LineEnd.Entered && history.Save() is { } problem && !hasComplained)
            {
                hasComplained = true;
                surroundings.Error.WriteLine(problem);
            }

            if (end == LineEnd.Left || line.Trim() is "exit" or "quit") break;
            switch (line.Trim())
            {
                case "": break;
                case "help" or "?": WriteHelp(surroundings.Output, root); break;
                case "clear": terminal.Write("\u001b[H\u001b[2J"); break;
                case "history":
                    for (var at = 0; at < history.Count; at++) surroundings.Output.WriteLine(history[at]);
                    break;
                default: await RunAsync(line, surroundings, shared); break;
            }
        }

        return 0;
    }

    /// <summary>What may follow; flags only where one was begun, as they would hide the words.</summary>
    private static IEnumerable<string> Candidates(RootCommand root, string line, int cursor)
    {
        var isFlag = line.AsSpan(0, cursor) is var before && before[(before.LastIndexOf(' ') + 1)..] is ['-', ..];
        return root.Parse(line).GetCompletions(cursor).Select(item => item.Label)
            .Where(label => isFlag || !label.StartsWith('-'));
    }

    /// <summary>One line as a command line of its own; the shell's own flags go before it.</summary>
    private static async Task<int> RunAsync(string line, Surroundings surroundings, string[] shared)
    {
        try
        {
            var words = CommandWords.Split(line);
            if (words is ["agentctl", ..]) words = words[1..];
            if (words is [Name, ..]) throw new CommandFailedException("this is a shell already");
            return await CommandLine.RunAsync([.. shared, .. words], surroundings);
        }
        catch (CommandFailedException error)
        {
            surroundings.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static void WriteHelp(TextWriter output, RootCommand root)
    {
        output.WriteLine(Help);
        output.WriteLine();
        var width = root.Subcommands.Max(command => command.Name.Length) + 3;
        foreach (var command in root.Subcommands.Where(command => command.Name != Name))
            output.WriteLine($"  {command.Name.PadRight(width)}{(command.Description ?? "").Split('\n')[0]}");
    }

    /// <summary>The node that the agent serves; where none answers, what can be said instead.</summary>
    private static async Task<string> NodeAsync(
        ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        try
        {
            var version = await AgentQuestion.AskAsync<IpcReply.AgentVersion>(
                parsed, surroundings, new IpcRequest.VersionRequest(), cancellation);
            return version.Node;
        }
        catch (Exception error) when (error is AgentUnavailableException or CommandFailedException)
        {
            surroundings.Error.WriteLine($"{error.Message}; commands that need no agent work all the same");
            return "agentctl";
        }
    }

    private static string? HistoryPath(Surroundings surroundings) =>
        surroundings.Variable("AGENTCTL_HISTORY")
        ?? (surroundings.Variable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".agentctl_history") : null);

    /// <summary>What was given to the shell itself, such as --socket, holds for each command in it.</summary>
    private static string[] SharedFlags(ParseResult parsed) =>
        [.. parsed.Tokens.Where(token => token.Value != Name).Select(token => token.Value)];
}
