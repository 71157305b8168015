using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Actor;

/// <summary>Stopping an actor and knowing when it has.</summary>
public static class GracefulStopSupport
{
    /// <summary>Sends a <see cref="PoisonPill"/> and waits for the end.</summary>
    /// <returns>True once the actor has ended, also where it had before; false where it has not within the
    /// timeout.</returns>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) =>
        target.GracefulStop(timeout, PoisonPill.Instance);

    /// <summary>Sends a message that makes the actor stop, and waits for the end.</summary>
    /// <returns>True once the actor has ended, also where it had before; false where it has not within the
    /// timeout.</returns>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        var subject = (IInternalActorRef)target;
        if (subject.System is not { } system)
            return true;
        var promise = new PromiseRef<object>(system, target, timeout, "[{0}] has not stopped within {1}.");
        subject.SendSystemMessage(new Watch(subject, promise));
        target.Tell(stopMessage, ActorRefs.NoSender);
        try
        {
            return await promise.Result.ConfigureAwait(false) is Terminated;
        }
        catch (AskTimeoutException)
        {
            subject.SendSystemMessage(new Unwatch(subject, promise));
            return false;
        }
    }
}
