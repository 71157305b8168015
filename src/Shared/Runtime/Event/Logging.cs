using Agent.Runtime.Actor;
using Agent.Runtime.Cells;

namespace Agent.Runtime.Event;

/// <summary>How much a log event matters.</summary>
public enum LogLevel
{
    /// <summary>For who looks for a fault.</summary>
    DebugLevel,

    /// <summary>What happens in the course of things.</summary>
    InfoLevel,

    /// <summary>Something is not as it should be; work goes on.</summary>
    WarningLevel,

    /// <summary>Something failed.</summary>
    ErrorLevel,
}

/// <summary>A log with a source. What is below the system's level costs nothing but the call.</summary>
public interface ILoggingAdapter
{
    /// <summary>Whether debug events are kept.</summary>
    bool IsDebugEnabled { get; }

    /// <summary>Whether informational events are kept.</summary>
    bool IsInfoEnabled { get; }

    /// <summary>Whether warnings are kept.</summary>
    bool IsWarningEnabled { get; }

    /// <summary>Whether errors are kept.</summary>
    bool IsErrorEnabled { get; }

    /// <summary>Whether events of this level are kept.</summary>
    bool IsEnabled(LogLevel logLevel);

    /// <summary>Logs a finished text, with an exception where there is one.</summary>
    void Log(LogLevel logLevel, Exception? cause, string format);
}

/// <summary>Makes loggers.</summary>
public static class Logging
{
    /// <summary>The log of an actor; its path is the source.</summary>
    public static ILoggingAdapter GetLogger(this IActorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new BusLogging((ActorSystemImpl)context.System, context.Self.Path.ToString(), context.Props.Type);
    }

    /// <summary>A log with another source: an actor, a type, a text.</summary>
    public static ILoggingAdapter GetLogger(ActorSystem system, object logSourceObj)
    {
        ArgumentNullException.ThrowIfNull(logSourceObj);
        return new BusLogging((ActorSystemImpl)system, SimpleName(logSourceObj),
            logSourceObj as Type ?? logSourceObj.GetType());
    }

    /// <summary>The type of the events of a level on the event stream.</summary>
    public static Type ClassFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => typeof(Debug),
        LogLevel.InfoLevel => typeof(Info),
        LogLevel.WarningLevel => typeof(Warning),
        LogLevel.ErrorLevel => typeof(Error),
        _ => throw new ArgumentOutOfRangeException(nameof(logLevel), logLevel, "Not a log level."),
    };

    /// <summary>The level of a name: DEBUG, INFO, WARNING or ERROR in any case.</summary>
    /// <exception cref="ArgumentException">The name is none of these.</exception>
    public static LogLevel LogLevelFor(string logLevel)
    {
        ArgumentNullException.ThrowIfNull(logLevel);
        return logLevel.ToUpperInvariant() switch
        {
            "DEBUG" => LogLevel.DebugLevel,
            "INFO" => LogLevel.InfoLevel,
            "WARNING" => LogLevel.WarningLevel,
            "ERROR" => LogLevel.ErrorLevel,
            _ => throw new ArgumentException($"Unknown LogLevel: [{logLevel}]; use DEBUG, INFO, WARNING or ERROR.",
                nameof(logLevel)),
        };
    }

    /// <summary>The name of a level, as <see cref="LogLevelFor(string)"/> reads it.</summary>
    public static string StringFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO",
        LogLevel.WarningLevel => "WARNING",
        LogLevel.ErrorLevel => "ERROR",
        _ => throw new ArgumentOutOfRangeException(nameof(logLevel), logLevel, "Not a log level."),
    };

    /// <summary>The name of a source: an actor's path, a text itself, a type's short name.</summary>
    public static string SimpleName(object o) => o switch
    {
        IActorRef actor => actor.Path.ToString(),
        string text => text,
        Type type => SimpleName(type),
        _ => SimpleName(o?.GetType() ?? typeof(object)),
    };

    /// <summary>A type's short name, without the arity of a generic.</summary>
    public static string SimpleName(Type t)
    {
        ArgumentNullException.ThrowIfNull(t);
        var tick = t.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? t.Name : t.Name[..tick];
    }
}

/// <summary>A log event, as it is published on the event stream.</summary>
internal abstract record LogEvent(LogLevel Level, string LogSource, Type LogClass, Exception? Cause, string Message,
    DateTimeOffset Timestamp);

/// <summary>An error.</summary>
internal sealed record Error(string LogSource, Type LogClass, Exception? Cause, string Message,
    DateTimeOffset Timestamp)
    : LogEvent(LogLevel.ErrorLevel, LogSource, LogClass, Cause, Message, Timestamp);

/// <summary>A warning.</summary>
internal sealed record Warning(string LogSource, Type LogClass, Exception? Cause, string Message,
    DateTimeOffset Timestamp)
    : LogEvent(LogLevel.WarningLevel, LogSource, LogClass, Cause, Message, Timestamp);

/// <summary>An informational event.</summary>
internal sealed record Info(string LogSource, Type LogClass, Exception? Cause, string Message, DateTimeOffset Timestamp)
    : LogEvent(LogLevel.InfoLevel, LogSource, LogClass, Cause, Message, Timestamp);

/// <summary>A debug event.</summary>
internal sealed record Debug(string LogSource, Type LogClass, Exception? Cause, string Message,
    DateTimeOffset Timestamp)
    : LogEvent(LogLevel.DebugLevel, LogSource, LogClass, Cause, Message, Timestamp);

/// <summary>Logs to a system's event stream and its sink.</summary>
internal sealed class BusLogging(ActorSystemImpl system, string source, Type type) : ILoggingAdapter
{
    public bool IsDebugEnabled => IsEnabled(LogLevel.DebugLevel);

    public bool IsInfoEnabled => IsEnabled(LogLevel.InfoLevel);

    public bool IsWarningEnabled => IsEnabled(LogLevel.WarningLevel);

    public bool IsErrorEnabled => IsEnabled(LogLevel.ErrorLevel);

    public bool IsEnabled(LogLevel logLevel) => system.IsLogged(logLevel, source);

    public void Log(LogLevel logLevel, Exception? cause, string format) =>
        system.Publish(logLevel, source, type, cause, format);
}
