using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Ipc;
using Agent.Planning;
using Level = Microsoft.Extensions.Logging.LogLevel;
using RuntimeLevel = Agent.Runtime.Event.LogLevel;

namespace Agent.Host.Logging;

/// <summary>What is logged, which <c>agentctl log level</c> changes while the agent runs: a level for all, and others
/// for actors whose path, or loggers whose name, begins with a given text.</summary>
/// <remarks>The cluster may set the level of BGP's actors (<c>logSeverityScreen</c>). What was set by <c>agentctl</c>
/// outweighs it, and so does an agent that is set to log everything.</remarks>
internal sealed class LogLevels(Level initial) : IBgpLog
{
    private static readonly (string Word, Level Level)[] Words =
    [
        ("debug", Level.Debug), ("info", Level.Information), ("warning", Level.Warning), ("error", Level.Error),
        ("critical", Level.Critical),
    ];

    private static readonly string[] BgpLoggers = ["/user/node/bgp", "/user/node/rib"];

    private readonly Lock _writing = new();
    private volatile State _state =
        new(null, ImmutableSortedDictionary.Create<string, Level>(StringComparer.Ordinal), null);

    // What agentctl has set, for all and for some; what the cluster has set for BGP.
    private sealed record State(Level? Chosen, ImmutableSortedDictionary<string, Level> Loggers, Level? OfBgp)
    {
        public Level? BgpWhereNotChosen => Chosen is null ? OfBgp : null;
    }

    /// <summary>The level of a word; null for an unknown one.</summary>
    public static Level? Parse(string word)
    {
        var found = Array.Find(Words, each => each.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
        return found.Word is null ? null : found.Level;
    }

    /// <summary>The word for a level.</summary>
    public static string WordOf(Level level) =>
        Array.Find(Words, each => each.Level == level).Word ?? "debug";

    /// <summary>An actor's path without its system; another logger's name as it is.</summary>
    public static string LoggerOf(string source) =>
        source.StartsWith("akka://", StringComparison.Ordinal) && source.IndexOf('/', 7) is var path and > 0
            ? source[path..]
            : source;

    /// <summary>Whether a logger's events of this level are logged. The longest matching beginning counts.</summary>
    public bool IsEnabled(string logger, Level level)
    {
        var state = _state;
        var (least, longest) = (state.Chosen ?? initial, -1);
        foreach (var (beginning, chosen) in state.Loggers)
        {
            if (beginning.Length > longest && logger.StartsWith(beginning, StringComparison.Ordinal))
                (least, longest) = (chosen, beginning.Length);
        }

        if (longest < 0 && state.BgpWhereNotChosen is { } ofBgp && IsOfBgp(logger)) least = ofBgp;
        return level >= least;
    }

    /// <summary>The same for what actors log.</summary>
    public bool IsEnabled(RuntimeLevel level, string source) => IsEnabled(LoggerOf(source), AgentLog.LevelOf(level));

    /// <summary>Sets the level of a logger, or of all others for null; a null level takes the logger's away.</summary>
    public void Set(string? logger, Level? level)
    {
        lock (_writing)
        {
            var before = _state;
            _state = (logger, level) switch
            {
                (null, _) => before with { Chosen = level },
                (_, { } chosen) => before with { Loggers = before.Loggers.SetItem(logger, chosen) },
                _ => before with { Loggers = before.Loggers.Remove(logger) },
            };
        }
    }

    /// <inheritdoc/>
    public void SetSeverity(LogSeverity? severity)
    {
        Level? level = initial <= Level.Debug ? null : severity switch
        {
            LogSeverity.Debug => Level.Debug,
            LogSeverity.Info => Level.Information,
            LogSeverity.Warning => Level.Warning,
            LogSeverity.Error => Level.Error,
            LogSeverity.Fatal => Level.Critical,
            _ => null,
        };
        lock (_writing) _state = _state with { OfBgp = level };
    }

    /// <summary>What holds now.</summary>
    public IpcReply.LogLevels Describe()
    {
        var state = _state;
        var loggers = state.Loggers;
        if (state.BgpWhereNotChosen is { } ofBgp)
        {
            foreach (var logger in BgpLoggers)
                if (!loggers.ContainsKey(logger)) loggers = loggers.Add(logger, ofBgp);
        }

        return new IpcReply.LogLevels(
            WordOf(state.Chosen ?? initial),
            [.. loggers.Select(each => new LoggerLevel(each.Key, WordOf(each.Value)))]);
    }

    private static bool IsOfBgp(string logger) =>
        Array.Exists(BgpLoggers, each => logger.StartsWith(each, StringComparison.Ordinal));
}
