using System.Collections.Immutable;
using Agent.Ipc;
using Level = Microsoft.Extensions.Logging.LogLevel;
using RuntimeLevel = Agent.Runtime.Event.LogLevel;

namespace Agent.Host.Logging;

/// <summary>What is logged, which <c>agentctl log level</c> changes while the agent runs: a level for all, and others
/// for actors whose path, or loggers whose name, begins with a given text.</summary>
internal sealed class LogLevels(Level initial)
{
    private static readonly (string Word, Level Level)[] Words =
    [
        ("debug", Level.Debug), ("info", Level.Information), ("warning", Level.Warning), ("error", Level.Error),
        ("critical", Level.Critical),
    ];

    private volatile State _state =
        new(initial, ImmutableSortedDictionary.Create<string, Level>(StringComparer.Ordinal));

    private sealed record State(Level Default, ImmutableSortedDictionary<string, Level> Loggers);

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
        var (least, longest) = (state.Default, -1);
        foreach (var (beginning, chosen) in state.Loggers)
        {
            if (beginning.Length > longest && logger.StartsWith(beginning, StringComparison.Ordinal))
                (least, longest) = (chosen, beginning.Length);
        }

        return level >= least;
    }

    /// <summary>The same for what actors log.</summary>
    public bool IsEnabled(RuntimeLevel level, string source) => IsEnabled(LoggerOf(source), AgentLog.LevelOf(level));

    /// <summary>Sets the level of a logger, or of all others for null; a null level takes the logger's away.</summary>
    public void Set(string? logger, Level? level)
    {
        var before = _state;
        _state = (logger, level) switch
        {
            (null, { } chosen) => before with { Default = chosen },
            (null, null) => before with { Default = initial },
            (_, { } chosen) => before with { Loggers = before.Loggers.SetItem(logger, chosen) },
            _ => before with { Loggers = before.Loggers.Remove(logger) },
        };
    }

    /// <summary>What holds now.</summary>
    public IpcReply.LogLevels Describe()
    {
        var state = _state;
        return new IpcReply.LogLevels(
            WordOf(state.Default), [.. state.Loggers.Select(each => new LoggerLevel(each.Key, WordOf(each.Value)))]);
    }
}
