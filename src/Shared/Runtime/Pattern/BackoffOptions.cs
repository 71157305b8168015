using Agent.Runtime.Actor;

namespace Agent.Runtime.Pattern;

/// <summary>Begins the options of a <see cref="BackoffSupervisor"/>.</summary>
public static class Backoff
{
    /// <summary>The child is started again after it failed. A child that stops of its own accord ends the supervisor
    /// too.</summary>
    /// <param name="childProps">The child.</param>
    /// <param name="childName">Its name.</param>
    /// <param name="minBackoff">The first pause; each further one is twice as long.</param>
    /// <param name="maxBackoff">The longest pause.</param>
    /// <param name="randomFactor">By what part of itself a pause may be longer at random: 0 for not at all, 0.2 for up
    /// to a fifth.</param>
    /// <param name="maxNrOfRetries">How often the child is started again; -1 for without limit. Then the supervisor
    /// stops.</param>
    public static BackoffOptions OnFailure(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff,
        double randomFactor, int maxNrOfRetries) =>
        new BackoffPlanOptions(
            new BackoffPlan(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries,
                OnStop: false));

    /// <summary>The child is started again after it stopped, whatever the reason.</summary>
    /// <inheritdoc cref="OnFailure"/>
    public static BackoffOptions OnStop(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff,
        double randomFactor, int maxNrOfRetries) =>
        new BackoffPlanOptions(
            new BackoffPlan(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries, OnStop: true));
}

/// <summary>How a <see cref="BackoffSupervisor"/> goes about it. Each call gives a changed copy.</summary>
public abstract class BackoffOptions
{
    private protected BackoffOptions()
    {
    }

    /// <summary>The count of restarts, and with it the pause, begins anew after the child has lived that long. Without
    /// this, after the first pause's length.</summary>
    public abstract BackoffOptions WithAutoReset(TimeSpan resetBackoff);

    /// <summary>The count of restarts begins anew when the child tells its parent
    /// <see cref="BackoffSupervisor.Reset"/>.</summary>
    public abstract BackoffOptions WithManualReset();

    /// <summary>Decides which failures start the child again: those for which the strategy says Restart.</summary>
    public abstract BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy);

    /// <summary>Every failure stops the child; with <see cref="Backoff.OnStop"/> it is then started again.</summary>
    public abstract BackoffOptions WithDefaultStoppingStrategy();

    /// <summary>What is answered during a pause; without this, messages are dead letters then.</summary>
    public abstract BackoffOptions WithReplyWhileStopped(object replyWhileStopped);

    /// <summary>How often the child is started again before the supervisor stops; -1 for without limit.</summary>
    public abstract BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries);

    /// <summary>After such a message the child's stop is final: the supervisor stops too.</summary>
    public abstract BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage);
}

/// <summary>The options as the supervisor reads them.</summary>
internal sealed record BackoffPlan(
    Props ChildProps, string ChildName, TimeSpan MinBackoff, TimeSpan MaxBackoff, double RandomFactor, int MaxRetries,
    bool OnStop)
{
    /// <summary>After what life of the child the count begins anew; null for by message.</summary>
    public TimeSpan? AutoReset { get; init; } = MinBackoff;

    public OneForOneStrategy Strategy { get; init; } = new(SupervisorStrategy.DecideByDefault);

    public object? ReplyWhileStopped { get; init; }

    public Func<object, bool>? IsFinalStop { get; init; }

    /// <summary>The pause before a start, by how many there have been.</summary>
    public TimeSpan PauseBefore(int restart, double chance)
    {
        var pause = MinBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(restart, 30)) * (1 + (chance * RandomFactor));
        return TimeSpan.FromMilliseconds(Math.Min(pause, MaxBackoff.TotalMilliseconds));
    }
}

/// <summary>The options as users change them.</summary>
internal sealed class BackoffPlanOptions(BackoffPlan plan) : BackoffOptions
{
    public BackoffPlan Plan { get; } = plan;

    public override BackoffOptions WithAutoReset(TimeSpan resetBackoff) => With(Plan with { AutoReset = resetBackoff });

    public override BackoffOptions WithManualReset() => With(Plan with { AutoReset = null });

    public override BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) =>
        With(Plan with { Strategy = supervisorStrategy });

    public override BackoffOptions WithDefaultStoppingStrategy() =>
        With(Plan with { Strategy = SupervisorStrategy.StoppingStrategy });

    public override BackoffOptions WithReplyWhileStopped(object replyWhileStopped) =>
        With(Plan with { ReplyWhileStopped = replyWhileStopped });

    public override BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries) =>
        With(Plan with { MaxRetries = maxNrOfRetries });

    public override BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) =>
        With(Plan with { IsFinalStop = isFinalStopMessage });

    private static BackoffPlanOptions With(BackoffPlan plan) => new(plan);
}
