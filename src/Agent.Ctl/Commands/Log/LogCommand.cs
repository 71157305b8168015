using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Log;

/// <summary><c>log</c>: what the running agent logs, and how much of it.</summary>
internal static class LogCommand
{
    private static readonly string[] Levels = ["debug", "info", "warning", "error", "critical"];

    private static readonly Option<string?> Format = Documents.Flag();

    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Goes on with what is logged from now on, until Ctrl-C.",
    };

    private static readonly Option<string?> Level = new("--level")
    {
        Description = "Only lines of this level and above: debug, info, warning, error or critical.",
        HelpName = "level",
    };

    private static readonly Option<int> Last = new("--last", "-n")
    {
        Description = "At most so many lines of the past.",
        HelpName = "lines",
        DefaultValueFactory = _ => 100,
    };

    private static readonly Argument<string[]> Words = new("level")
    {
        Description = "Nothing to show what holds; a level for everything; or a logger and a level. A logger is the beginning "
            + "of an actor's path. 'default' takes a change back.",
        HelpName = "logger> <level",
        Arity = new ArgumentArity(0, 2),
    };

    static LogCommand()
    {
        Last.RequireAtLeast(0);
        Level.CompletionSources.Add(Levels);
        Words.CompletionSources.Add([.. Levels, "default"]);
    }

    internal static Command Build(Surroundings surroundings)
    {
        var peek = new Command(
            "peek",
            """
            Shows the last lines of the agent's log; the agent keeps a thousand. A reader that is too slow for the log misses lines and is
            told how many; the agent never waits.

            Examples:
              agentctl log peek
              agentctl log peek -f --level warning
            """)
        { Follow, Level, Last, Format };
        peek.SetAction((parsed, cancellation) => PeekAsync(parsed, surroundings, cancellation));

        var level = new Command(
            "level",
            """
            Shows or changes, while the agent runs, how much is logged. A restart brings back what the settings say.

            Examples:
              agentctl log level
              agentctl log level debug
              agentctl log level /user/node/bgp debug
              agentctl log level /user/node/bgp default
            """)
        { Words, Format };
        level.SetAction((parsed, cancellation) => LevelAsync(parsed, surroundings, cancellation));
        return new Command(
            "log",
            """
            Shows the log of the running agent, and changes how much is logged.

            Examples:
              agentctl log peek -f
              agentctl log level debug
            """)
        { peek, level };
    }

    private static async Task<int> PeekAsync(
        ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        var format = Documents.Format(parsed, Format);
        var request = new IpcRequest.LogPeek(
            parsed.GetValue(Last), parsed.GetValue(Follow), parsed.GetValue(Level));
        var parts = AgentQuestion.FollowAsync<IpcReply.LogLines>(parsed, surroundings, request, cancellation);
        await foreach (var part in parts.WithCancellation(cancellation))
        {
            if (part.Dropped > 0)
                surroundings.Error.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"({part.Dropped} lines were missed)"));
            foreach (var line in part.Lines) Write(surroundings.Output, format, line);
            surroundings.Output.Flush();
        }

        return request.Follow
            ? throw new CommandFailedException("the agent has ended, and its log with it; begin anew when it runs again")
            : 0;
    }

    // One object in a line, so that a stream can be read by a program.
    private static void Write(TextWriter output, string? format, LogLine line)
    {
        if (format == "json") output.WriteLine(JsonSerializer.Serialize(line, DocumentJson.Default.LogLine));
        else if (format == "yaml") output.Write("- " + Documents.Text(
            "yaml", JsonSerializer.SerializeToElement(line, DocumentJson.Default.LogLine))
            .TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal) + "\n");
        else
        {
            var time = line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            output.WriteLine($"{time} {line.Level,-8} {line.Logger}: {line.Text}");
        }
    }

    private static async Task<int> LevelAsync(
        ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        var request = parsed.GetValue(Words) switch
        {
            [var level] => new IpcRequest.LogLevel(level),
            [var logger, var level] => new IpcRequest.LogLevel(level, logger),
            _ => new IpcRequest.LogLevel(),
        };
        var reply = await AgentQuestion.AskAsync<IpcReply.LogLevels>(parsed, surroundings, request, cancellation);
        if (Documents.Write(surroundings.Output, Documents.Format(parsed, Format), reply)) return 0;
        new PagedTable(surroundings.Output, ["LOGGER", "LEVEL"]).Write(
        [
            ["(all others)", reply.Default], .. reply.Loggers.Select(each => (string[])[each.Logger, each.Level]),
        ]);
        return 0;
    }
}
