using Agent.Runtime.Cells;

namespace Agent.Runtime.Actor;

/// <summary>A decision about a child's failure concerns that child alone.</summary>
public class OneForOneStrategy : SupervisorStrategy, IEquatable<OneForOneStrategy>
{
    /// <summary>The default decisions, without limit.</summary>
    protected OneForOneStrategy() : base(null, null, null, true)
    {
    }

    /// <summary>Decides by the function, without limit.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider) : base(null, null, localOnlyDecider, true)
    {
    }

    /// <summary>Decides by the function, without limit.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : base(null, null, localOnlyDecider, loggingEnabled)
    {
    }

    /// <summary>Decides by the function; a child that is to be restarted more often is stopped.</summary>
    /// <param name="maxNrOfRetries">How many restarts are allowed; null or -1 for any number.</param>
    /// <param name="withinTimeRange">In what time they are counted; null for ever.</param>
    /// <param name="localOnlyDecider">The decision for a cause.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange,
        Func<Exception, Directive> localOnlyDecider)
        : base(maxNrOfRetries, withinTimeRange, localOnlyDecider, true)
    {
    }

    /// <summary>Decides by the function; a child that is to be restarted more often is stopped.</summary>
    /// <param name="maxNrOfRetries">How many restarts are allowed; -1 for any number.</param>
    /// <param name="withinTimeMilliseconds">In what time they are counted; -1 for ever.</param>
    /// <param name="localOnlyDecider">The decision for a cause.</param>
    /// <param name="loggingEnabled">Whether failures are logged.</param>
    public OneForOneStrategy(
        int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider,
        bool loggingEnabled = true)
        : base(maxNrOfRetries, TimeSpan.FromMilliseconds(withinTimeMilliseconds), localOnlyDecider, loggingEnabled)
    {
    }

    /// <summary>How many restarts are allowed; -1 for any number.</summary>
    public int MaxNumberOfRetries => MaxRetries;

    /// <summary>In what time restarts are counted; -1 for ever.</summary>
    public int WithinTimeRangeMilliseconds => WindowMilliseconds;

    /// <summary>The same decisions with another limit.</summary>
    public OneForOneStrategy WithMaxNrOfRetries(int maxNrOfRetries) =>
        new(maxNrOfRetries, WindowMilliseconds, Decide, LoggingEnabled);

    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception) => Decide(exception);

    internal override void ProcessFailure(ActorCell cell, bool restart, Child failed, Exception cause)
    {
        if (restart && AllowsRestart(cell, failed))
            RestartChild(failed.Ref, cause, suspendFirst: false);
        else
            cell.Stop(failed.Ref);
    }

    /// <inheritdoc/>
    public bool Equals(OneForOneStrategy? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxRetries, WindowMilliseconds);
}
