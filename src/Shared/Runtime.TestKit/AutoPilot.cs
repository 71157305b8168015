using Agent.Runtime.Actor;

namespace Agent.Runtime.TestKit;

/// <summary>Reacts to the messages of a test actor at once, on the actor's turn, before the test looks at
/// them.</summary>
public abstract class AutoPilot
{
    /// <summary>Answers that no further message is to be reacted to.</summary>
    public static NoAutoPilot NoAutoPilot => NoAutoPilot.Instance;

    /// <summary>Answers that the same pilot goes on.</summary>
    public static KeepRunning KeepRunning => KeepRunning.Instance;

    /// <summary>Reacts to one message.</summary>
    /// <returns>The pilot for the next message.</returns>
    public abstract AutoPilot Run(IActorRef sender, object message);
}

/// <summary>Ends the piloting.</summary>
public sealed class NoAutoPilot : AutoPilot
{
    private NoAutoPilot()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoAutoPilot Instance { get; } = new();

    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => this;
}

/// <summary>Stands for the pilot that returned it.</summary>
public sealed class KeepRunning : AutoPilot
{
    private KeepRunning()
    {
    }

    /// <summary>The one instance.</summary>
    public static KeepRunning Instance { get; } = new();

    /// <summary>Is an answer, not a pilot.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public override AutoPilot Run(IActorRef sender, object message) =>
        throw new InvalidOperationException(
            "KeepRunning is what a pilot returns to go on; it cannot be set as a pilot.");
}

/// <summary>A pilot that is a function.</summary>
public sealed class DelegateAutoPilot(Func<IActorRef, object, AutoPilot> autoPilotDelegate) : AutoPilot
{
    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => autoPilotDelegate(sender, message);
}
