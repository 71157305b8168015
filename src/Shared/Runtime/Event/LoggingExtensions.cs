using System.Globalization;

namespace Agent.Runtime.Event;

/// <summary>The calls by which one logs. With arguments the text is a composite format (<c>{0}</c>), applied only where
/// the level is kept; without, it is taken as it stands.</summary>
public static class LoggingExtensions
{
    /// <summary>Logs a debug event.</summary>
    public static void Debug(this ILoggingAdapter log, string format) => Write(log, LogLevel.DebugLevel, null, format);

    /// <summary>Logs a debug event with an exception.</summary>
    public static void Debug(this ILoggingAdapter log, Exception? cause, string format) =>
        Write(log, LogLevel.DebugLevel, cause, format);

    /// <summary>Logs a debug event with arguments.</summary>
    public static void Debug(this ILoggingAdapter log, string format, object[] args) =>
        Write(log, LogLevel.DebugLevel, null, format, args);

    /// <summary>Logs a debug event with an exception and arguments.</summary>
    public static void Debug(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        Write(log, LogLevel.DebugLevel, cause, format, args);

    /// <summary>Logs a debug event with one argument.</summary>
    public static void Debug<T1>(
        this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, null, format, arg1);
    }

    /// <summary>Logs a debug event with an exception and one argument.</summary>
    public static void Debug<T1>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, cause, format, arg1);
    }

    /// <summary>Logs a debug event with two arguments.</summary>
    public static void Debug<T1, T2>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, null, format, arg1, arg2);
    }

    /// <summary>Logs a debug event with an exception and two arguments.</summary>
    public static void Debug<T1, T2>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, cause, format, arg1, arg2);
    }

    /// <summary>Logs a debug event with three arguments.</summary>
    public static void Debug<T1, T2, T3>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, null, format, arg1, arg2, arg3);
    }

    /// <summary>Logs a debug event with an exception and three arguments.</summary>
    public static void Debug<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, cause, format, arg1, arg2, arg3);
    }

    /// <summary>Logs a debug event with four arguments.</summary>
    public static void Debug<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, null, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs a debug event with an exception and four arguments.</summary>
    public static void Debug<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.DebugLevel))
            Write(log, LogLevel.DebugLevel, cause, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs an informational event.</summary>
    public static void Info(this ILoggingAdapter log, string format) => Write(log, LogLevel.InfoLevel, null, format);

    /// <summary>Logs an informational event with an exception.</summary>
    public static void Info(this ILoggingAdapter log, Exception? cause, string format) =>
        Write(log, LogLevel.InfoLevel, cause, format);

    /// <summary>Logs an informational event with arguments.</summary>
    public static void Info(this ILoggingAdapter log, string format, object[] args) =>
        Write(log, LogLevel.InfoLevel, null, format, args);

    /// <summary>Logs an informational event with an exception and arguments.</summary>
    public static void Info(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        Write(log, LogLevel.InfoLevel, cause, format, args);

    /// <summary>Logs an informational event with one argument.</summary>
    public static void Info<T1>(
        this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, null, format, arg1);
    }

    /// <summary>Logs an informational event with an exception and one argument.</summary>
    public static void Info<T1>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, cause, format, arg1);
    }

    /// <summary>Logs an informational event with two arguments.</summary>
    public static void Info<T1, T2>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, null, format, arg1, arg2);
    }

    /// <summary>Logs an informational event with an exception and two arguments.</summary>
    public static void Info<T1, T2>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, cause, format, arg1, arg2);
    }

    /// <summary>Logs an informational event with three arguments.</summary>
    public static void Info<T1, T2, T3>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, null, format, arg1, arg2, arg3);
    }

    /// <summary>Logs an informational event with an exception and three arguments.</summary>
    public static void Info<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, cause, format, arg1, arg2, arg3);
    }

    /// <summary>Logs an informational event with four arguments.</summary>
    public static void Info<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, null, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs an informational event with an exception and four arguments.</summary>
    public static void Info<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.InfoLevel))
            Write(log, LogLevel.InfoLevel, cause, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs a warning.</summary>
    public static void Warning(this ILoggingAdapter log, string format) =>
        Write(log, LogLevel.WarningLevel, null, format);

    /// <summary>Logs a warning with an exception.</summary>
    public static void Warning(this ILoggingAdapter log, Exception? cause, string format) =>
        Write(log, LogLevel.WarningLevel, cause, format);

    /// <summary>Logs a warning with arguments.</summary>
    public static void Warning(this ILoggingAdapter log, string format, object[] args) =>
        Write(log, LogLevel.WarningLevel, null, format, args);

    /// <summary>Logs a warning with an exception and arguments.</summary>
    public static void Warning(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        Write(log, LogLevel.WarningLevel, cause, format, args);

    /// <summary>Logs a warning with one argument.</summary>
    public static void Warning<T1>(
        this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, null, format, arg1);
    }

    /// <summary>Logs a warning with an exception and one argument.</summary>
    public static void Warning<T1>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, cause, format, arg1);
    }

    /// <summary>Logs a warning with two arguments.</summary>
    public static void Warning<T1, T2>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, null, format, arg1, arg2);
    }

    /// <summary>Logs a warning with an exception and two arguments.</summary>
    public static void Warning<T1, T2>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, cause, format, arg1, arg2);
    }

    /// <summary>Logs a warning with three arguments.</summary>
    public static void Warning<T1, T2, T3>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, null, format, arg1, arg2, arg3);
    }

    /// <summary>Logs a warning with an exception and three arguments.</summary>
    public static void Warning<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, cause, format, arg1, arg2, arg3);
    }

    /// <summary>Logs a warning with four arguments.</summary>
    public static void Warning<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, null, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs a warning with an exception and four arguments.</summary>
    public static void Warning<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.WarningLevel))
            Write(log, LogLevel.WarningLevel, cause, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs an error.</summary>
    public static void Error(this ILoggingAdapter log, string format) => Write(log, LogLevel.ErrorLevel, null, format);

    /// <summary>Logs an error with an exception.</summary>
    public static void Error(this ILoggingAdapter log, Exception? cause, string format) =>
        Write(log, LogLevel.ErrorLevel, cause, format);

    /// <summary>Logs an error with arguments.</summary>
    public static void Error(this ILoggingAdapter log, string format, object[] args) =>
        Write(log, LogLevel.ErrorLevel, null, format, args);

    /// <summary>Logs an error with an exception and arguments.</summary>
    public static void Error(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        Write(log, LogLevel.ErrorLevel, cause, format, args);

    /// <summary>Logs an error with one argument.</summary>
    public static void Error<T1>(
        this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, null, format, arg1);
    }

    /// <summary>Logs an error with an exception and one argument.</summary>
    public static void Error<T1>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, cause, format, arg1);
    }

    /// <summary>Logs an error with two arguments.</summary>
    public static void Error<T1, T2>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, null, format, arg1, arg2);
    }

    /// <summary>Logs an error with an exception and two arguments.</summary>
    public static void Error<T1, T2>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, cause, format, arg1, arg2);
    }

    /// <summary>Logs an error with three arguments.</summary>
    public static void Error<T1, T2, T3>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, null, format, arg1, arg2, arg3);
    }

    /// <summary>Logs an error with an exception and three arguments.</summary>
    public static void Error<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, cause, format, arg1, arg2, arg3);
    }

    /// <summary>Logs an error with four arguments.</summary>
    public static void Error<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, null, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs an error with an exception and four arguments.</summary>
    public static void Error<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(LogLevel.ErrorLevel))
            Write(log, LogLevel.ErrorLevel, cause, format, arg1, arg2, arg3, arg4);
    }

    /// <summary>Logs an event of any level.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, string format) => Write(log, level, null, format);

    /// <summary>Logs an event of any level, with an exception and arguments.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, Exception? cause, string format, object[] args) =>
        Write(log, level, cause, format, args);

    // A format that does not fit its arguments must not cost the event: it is logged as it stands, with the arguments
    // behind it.
    private static void Write(ILoggingAdapter log, LogLevel level, Exception? cause, string format,
        params object?[] args)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (!log.IsEnabled(level))
            return;
        var text = format;
        if (args.Length > 0)
        {
            try
            {
                text = string.Format(CultureInfo.InvariantCulture, format, args);
            }
            catch (FormatException)
            {
                text = $"{format} [{string.Join(", ", args)}]";
            }
        }

        log.Log(level, cause, text);
    }
}
