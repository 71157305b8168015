using Agent.Runtime.Cells;

namespace Agent.Runtime.Actor;

/// <summary>A decision about a child's failure concerns all its siblings as well.</summary>
public class AllForOneStrategy : SupervisorStrategy, IEquatable<AllForOneStrategy>
{
    /// <summary>The default decisions, without limit.</summary>
    protected AllForOneStrategy() : base(null, null, null, true)
    {
    }

    /// <summary>Decides by the function, without limit.</summary>
    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider) : base(null, null, localOnlyDecider, true)
    {
    }

    /// <summary>Decides by the function; where a child is to be restarted more often all are stopped.</summary>
    /// <param name="maxNrOfRetries">How many restarts are allowed; null or -1 for any number.</param>
    /// <param name="withinTimeRange">In what time they are counted; null for ever.</param>
    /// <param name="localOnlyDecider">The decision for a cause.</param>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange,
        Func<Exception, Directive> localOnlyDecider)
        : base(maxNrOfRetries, withinTimeRange, localOnlyDecider, true)
    {
    }

    /// <summary>Decides by the function; where a child is to be restarted more often all are stopped.</summary>
    /// <param name="maxNrOfRetries">How many restarts are allowed; -1 for any number.</param>
    /// <param name="withinTimeMilliseconds">In what time they are counted; -1 for ever.</param>
    /// <param name="localOnlyDecider">The decision for a cause.</param>
    /// <param name="loggingEnabled">Whether failures are logged.</param>
    public AllForOneStrategy(
        int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider,
        bool loggingEnabled = true)
        : base(maxNrOfRetries, TimeSpan.FromMilliseconds(withinTimeMilliseconds), localOnlyDecider, loggingEnabled)
    {
    }

    /// <summary>How many restarts are allowed; -1 for any number.</summary>
    public int MaxNumberOfRetries => MaxRetries;

    /// <summary>In what time restarts are counted; -1 for ever.</summary>
    public int WithinTimeRangeMilliseconds => WindowMilliseconds;

    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception) => Decide(exception);

    internal override void ProcessFailure(ActorCell cell, bool restart, Child failed, Exception cause)
    {
        var children = cell.Children.Snapshot();
        if (restart && children.All(child => AllowsRestart(cell, child)))
        {
            foreach (var child in children)
                RestartChild(child.Ref, cause, suspendFirst: !ReferenceEquals(child, failed));
        }
        else
        {
            foreach (var child in children)
                cell.Stop(child.Ref);
        }
    }

    /// <inheritdoc/>
    public bool Equals(AllForOneStrategy? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxRetries, WindowMilliseconds);
}
