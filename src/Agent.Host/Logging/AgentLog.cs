using Agent.Host.Settings;
using Agent.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Level = Microsoft.Extensions.Logging.LogLevel;
using RuntimeLevel = Agent.Runtime.Event.LogLevel;

namespace Agent.Host.Logging;

/// <summary>Structured logs on standard error, with a copy for those who follow them: the host's own, and what actors
/// log.</summary>
internal sealed class AgentLog : IDisposable
{
    /// <summary>The logger that carries what actors log; what of it is kept was decided where it was logged.</summary>
    public const string Actors = "actor";

    private readonly ILogger _actors;

    /// <summary>The log in the form that the settings say.</summary>
    public AgentLog(AgentSettings settings)
    {
        Levels = new LogLevels(settings.LogLevel);
        Factory = LoggerFactory.Create(builder => Configure(builder, settings));
        _actors = Factory.CreateLogger(Actors);
    }

    /// <summary>Makes the host's loggers.</summary>
    public ILoggerFactory Factory { get; }

    /// <summary>What is logged.</summary>
    public LogLevels Levels { get; }

    /// <summary>The last lines.</summary>
    public LogTail Tail { get; } = new();

    /// <summary>The host's word for a level of the runtime.</summary>
    public static Level LevelOf(RuntimeLevel level) => level switch
    {
        RuntimeLevel.DebugLevel => Level.Debug,
        RuntimeLevel.InfoLevel => Level.Information,
        RuntimeLevel.WarningLevel => Level.Warning,
        _ => Level.Error,
    };

    /// <summary>A line with what was thrown, where something was.</summary>
    public static string WithCause(string text, Exception? cause) => cause is null ? text : $"{text}\n{cause}";

    /// <summary>Takes what an actor logs, under the actor's path.</summary>
    public void Sink(LogEntry entry)
    {
        var (level, actor) = (LevelOf(entry.Level), LogLevels.LoggerOf(entry.Source));
        _actors.Log(level, entry.Exception, "{Actor}: {Text}", actor, entry.Message);
        Tail.Add(level, entry.Timestamp, actor, WithCause(entry.Message, entry.Exception));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Factory.Dispose();
        Tail.Dispose();
    }

    private void Configure(ILoggingBuilder builder, AgentSettings settings)
    {
        builder.SetMinimumLevel(Level.Trace);
        builder.AddFilter((logger, level) => logger == Actors || Levels.IsEnabled(logger ?? "", level));
        builder.AddProvider(Tail);
        // What a program prints for people goes to standard output; logs never do.
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = Level.Trace);
        if (settings.LogAsJson)
            builder.AddJsonConsole(options =>
                (options.UseUtcTimestamp, options.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else builder.AddSimpleConsole(options => (options.SingleLine, options.UseUtcTimestamp,
            options.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ "));
    }
}
