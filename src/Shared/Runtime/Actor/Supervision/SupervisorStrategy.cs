using Agent.Runtime.Cells;
using Agent.Runtime.Event;

namespace Agent.Runtime.Actor;

/// <summary>What a supervisor does with an actor that failed.</summary>
public enum Directive
{
    /// <summary>The actor goes on with its state; the failing message is lost.</summary>
    Resume,

    /// <summary>The actor goes on as a new instance; the failing message is lost.</summary>
    Restart,

    /// <summary>The supervisor fails in its turn, with the same cause.</summary>
    Escalate,

    /// <summary>The actor is stopped.</summary>
    Stop,
}

/// <summary>How a supervisor treats the failures of its children.</summary>
public abstract class SupervisorStrategy
{
    private readonly Func<Exception, Directive> _decider;
    private readonly int _maxRetries;
    private readonly TimeSpan? _window;

    private protected SupervisorStrategy(
        int? maxRetries, TimeSpan? window, Func<Exception, Directive>? decider, bool loggingEnabled)
    {
        _maxRetries = maxRetries ?? -1;
        _window = window is { Ticks: > 0 } ? window : null;
        _decider = decider ?? DecideByDefault;
        LoggingEnabled = loggingEnabled;
    }

    /// <summary>One for one without limit: a failure to start, a kill and a broken death pact stop the child,
    /// everything else restarts it.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DecideByDefault);

    /// <summary>One for one: every failure stops the child.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    /// <summary>Whether failures and what is done about them are logged.</summary>
    protected bool LoggingEnabled { get; set; }

    /// <summary>The decision for a child's failure.</summary>
    protected abstract Directive Handle(IActorRef child, Exception exception);

    /// <summary>Logs a failure and the decision: an error, or a warning where the child goes on as it is. What is
    /// passed on to the next supervisor is logged there.</summary>
    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        ArgumentNullException.ThrowIfNull(child);
        ArgumentNullException.ThrowIfNull(cause);
        if (!LoggingEnabled || directive == Directive.Escalate)
            return;
        var message = cause is ActorInitializationException { InnerException: { } inner }
            ? inner.Message
            : cause.Message;
        var level = directive == Directive.Resume ? LogLevel.WarningLevel : LogLevel.ErrorLevel;
        ((ActorCell)context).System.Publish(level, child.Path.ToString(), child.GetType(), cause, message);
    }

    /// <summary>Restarts a child.</summary>
    /// <param name="child">The child.</param>
    /// <param name="cause">The failure.</param>
    /// <param name="suspendFirst">True for a child that did not fail itself.</param>
    protected void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        if (suspendFirst)
            ((LocalActorRef)child).Suspend();
        ((LocalActorRef)child).Restart(cause);
    }

    /// <summary>Lets a child go on.</summary>
    protected void ResumeChild(IActorRef child, Exception exception) => ((LocalActorRef)child).Resume(exception);

    /// <summary>The decision of <see cref="DefaultStrategy"/>.</summary>
    internal static Directive DecideByDefault(Exception cause) =>
        cause is ActorInitializationException or ActorKilledException or DeathPactException
            ? Directive.Stop
            : Directive.Restart;

    /// <summary>Asks the decider.</summary>
    internal Directive Decide(Exception cause) => _decider(cause);

    /// <summary>Decides about a failure and carries the decision out; false where it is to be escalated.</summary>
    internal bool HandleFailure(ActorCell cell, Child failed, Exception cause)
    {
        var directive = Handle(failed.Ref, cause);
        LogFailure(cell, failed.Ref, cause, directive);
        switch (directive)
        {
            case Directive.Resume:
                ResumeChild(failed.Ref, cause);
                return true;
            case Directive.Escalate:
                return false;
            default:
                ProcessFailure(cell, directive == Directive.Restart, failed, cause);
                return true;
        }
    }

    /// <summary>Restarts or stops whom the strategy means.</summary>
    internal abstract void ProcessFailure(ActorCell cell, bool restart, Child failed, Exception cause);

    /// <summary>Counts one more restart of the child; false where that is more than is allowed.</summary>
    internal bool AllowsRestart(ActorCell cell, Child child) =>
        child.CountRestart(_maxRetries, _window, cell.System.Time);

    private protected int MaxRetries => _maxRetries;

    private protected int WindowMilliseconds => _window is { } window ? (int)window.TotalMilliseconds : -1;
}
