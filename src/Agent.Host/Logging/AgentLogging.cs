using Agent.Host.Settings;
using Agent.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Level = Microsoft.Extensions.Logging.LogLevel;
using RuntimeLevel = Agent.Runtime.Event.LogLevel;

namespace Agent.Host.Logging;

/// <summary>Structured logs on standard error: the host's own, and what actors log.</summary>
internal static class AgentLogging
{
    /// <summary>A factory of loggers as the settings say.</summary>
    public static ILoggerFactory CreateFactory(AgentSettings settings) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(settings.LogLevel);
        // What a program prints for people goes to standard output; logs never do.
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = Level.Trace);
        if (settings.LogAsJson)
            builder.AddJsonConsole(options =>
                (options.UseUtcTimestamp, options.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else builder.AddSimpleConsole(options => (options.SingleLine, options.UseUtcTimestamp,
            options.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ "));
    });

    /// <summary>The least level that actors need to log.</summary>
    public static RuntimeLevel RuntimeLevelOf(Level level) => level switch
    {
        Level.Debug or Level.Trace => RuntimeLevel.DebugLevel,
        Level.Information => RuntimeLevel.InfoLevel,
        Level.Warning => RuntimeLevel.WarningLevel,
        _ => RuntimeLevel.ErrorLevel,
    };

    /// <summary>Passes on what actors log, under the actor's path.</summary>
    public static Action<LogEntry> Sink(ILoggerFactory logs)
    {
        var log = logs.CreateLogger("actor");
        return entry =>
        {
            var level = entry.Level switch
            {
                RuntimeLevel.DebugLevel => Level.Debug,
                RuntimeLevel.InfoLevel => Level.Information,
                RuntimeLevel.WarningLevel => Level.Warning,
                _ => Level.Error,
            };
            var path = entry.Source.IndexOf("/user/", StringComparison.Ordinal);
            log.Log(level, entry.Exception, "{Actor}: {Text}", path < 0 ? entry.Source : entry.Source[path..],
                entry.Message);
        };
    }
}
