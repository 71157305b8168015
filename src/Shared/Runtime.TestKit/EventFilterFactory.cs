using System.Text.RegularExpressions;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.TestKit;

/// <summary>Makes expectations of log events and dead letters.</summary>
/// <remarks>A text given as <c>message</c> must be the whole text, as <c>start</c> its beginning, as <c>contains</c> a
/// part of it; all that are given must hold. The text of an event with an exception is its own or the exception's. A
/// <c>source</c> is the path of the actor that logs or for which the letter was.</remarks>
public class EventFilterFactory
{
    private readonly TestKitBase _testKit;
    private readonly ActorSystem _system;

    /// <summary>Expects of the kit's own system.</summary>
    public EventFilterFactory(TestKitBase testkit)
        : this(testkit, (testkit ?? throw new ArgumentNullException(nameof(testkit))).Sys)
    {
    }

    /// <summary>Expects of another system.</summary>
    public EventFilterFactory(TestKitBase testkit, ActorSystem system) => (_testKit, _system) = (testkit, system);

    /// <summary>An error, warning or debug event with an exception of this type, or of one derived from it.</summary>
    public IEventFilterApplier Exception<TException>(
        string? message = null, string? start = null, string? contains = null, string? source = null)
        where TException : Exception =>
        Exception(typeof(TException), message, start, contains, source);

    /// <inheritdoc cref="Exception{TException}(string, string, string, string)"/>
    public IEventFilterApplier Exception<TException>(Regex pattern, string? source = null)
        where TException : Exception =>
        Exception(typeof(TException), pattern, source);

    /// <summary>An event with an exception of this type, or of one derived from it.</summary>
    /// <param name="exceptionType">The type.</param>
    /// <param name="message">See the remarks on this class.</param>
    /// <param name="start">See the remarks on this class.</param>
    /// <param name="contains">See the remarks on this class.</param>
    /// <param name="source">See the remarks on this class.</param>
    /// <param name="checkInnerExceptions">Whether an exception inside the logged one counts, too.</param>
    public IEventFilterApplier Exception(
        Type exceptionType, string? message = null, string? start = null, string? contains = null,
        string? source = null,
        bool checkInnerExceptions = false) =>
        Exceptions(exceptionType, Text(message, start, contains), source, checkInnerExceptions);

    /// <inheritdoc cref="Exception(Type, string, string, string, string, bool)"/>
    public IEventFilterApplier Exception(Type exceptionType, Regex pattern, string? source = null,
        bool checkInnerExceptions = false) =>
        Exceptions(exceptionType, pattern.IsMatch, source, checkInnerExceptions);

    /// <summary>An error.</summary>
    public IEventFilterApplier Error(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    /// <summary>An error whose text the pattern matches.</summary>
    public IEventFilterApplier Error(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, pattern, source);

    /// <summary>A warning.</summary>
    public IEventFilterApplier Warning(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    /// <summary>A warning whose text the pattern matches.</summary>
    public IEventFilterApplier Warning(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, pattern, source);

    /// <summary>An informational event.</summary>
    public IEventFilterApplier Info(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    /// <summary>An informational event whose text the pattern matches.</summary>
    public IEventFilterApplier Info(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, pattern, source);

    /// <summary>A debug event. The system must be set up to keep these.</summary>
    public IEventFilterApplier Debug(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, message, start, contains, source);

    /// <summary>A debug event whose text the pattern matches.</summary>
    public IEventFilterApplier Debug(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, pattern, source);

    /// <summary>An event of this level.</summary>
    public IEventFilterApplier ForLogLevel(
        LogLevel logLevel, string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        Logged(logLevel, Text(message, start, contains), source);

    /// <summary>An event of this level whose text the pattern matches.</summary>
    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string? source = null) =>
        Logged(logLevel, pattern.IsMatch, source);

    /// <summary>A dead letter.</summary>
    public IEventFilterApplier DeadLetter() => Letters(_ => true, null);

    /// <summary>A dead letter with a message of this type.</summary>
    public IEventFilterApplier DeadLetter<TMessage>(string? source = null) => Letters(m => m is TMessage, source);

    /// <summary>A dead letter with a message of this type for which the predicate holds.</summary>
    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string? source = null) =>
        Letters(m => m is TMessage typed && isMatch(typed), source);

    /// <summary>A dead letter with a message of this type.</summary>
    public IEventFilterApplier DeadLetter(Type type, string? source = null) => Letters(type.IsInstanceOfType, source);

    /// <summary>A dead letter with a message of this type for which the predicate holds.</summary>
    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string? source = null) =>
        Letters(m => type.IsInstanceOfType(m) && isMatch(m), source);

    private static Func<string, bool> Text(string? message, string? start, string? contains) => text =>
        (message is null || text == message)
        && (start is null || text.StartsWith(start, StringComparison.Ordinal))
        && (contains is null || text.Contains(contains, StringComparison.Ordinal));

    private static bool TextIs(LogEvent e, Func<string, bool> isMatch) =>
        isMatch(e.Message) || (e.Cause is { } cause && isMatch(cause.Message));

    private static bool SourceIs(string actual, string? wanted) => wanted is null || actual == wanted;

    private EventFilterApplier Logged(LogLevel level, Func<string, bool> isMatch, string? source) =>
        Applier<LogEvent>(e => e.Level == level && TextIs(e, isMatch) && SourceIs(e.LogSource, source),
            $"a log event of {level}");

    private EventFilterApplier Exceptions(Type type, Func<string, bool> isMatch, string? source, bool checkInner) =>
        Applier<LogEvent>(
            e => IsCause(e.Cause, type, checkInner) && TextIs(e, isMatch) && SourceIs(e.LogSource, source),
            $"a logged {type}");

    private EventFilterApplier Letters(Predicate<object> isMatch, string? source) =>
        Applier<DeadLetter>(e => isMatch(e.Message) && SourceIs(e.Recipient.Path.ToString(), source), "a dead letter");

    private EventFilterApplier Applier<TEvent>(Predicate<TEvent> isMatch, string what) =>
        new(_testKit, _system, typeof(TEvent), e => e is TEvent typed && isMatch(typed), what);

    private static bool IsCause(Exception? cause, Type type, bool checkInner) =>
        cause is not null
        && (type.IsInstanceOfType(cause) || (checkInner && IsCause(cause.InnerException, type, checkInner)));
}
