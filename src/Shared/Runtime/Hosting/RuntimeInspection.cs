using Agent.Runtime.Actor;
using Agent.Runtime.Cells;

namespace Agent.Runtime.Hosting;

/// <summary>What an actor is doing.</summary>
public enum ActorActivity
{
    /// <summary>Nothing waits for it.</summary>
    Idle,

    /// <summary>It handles a message, or one waits.</summary>
    Busy,

    /// <summary>Messages are held back: it has not begun, or failed and waits for its supervisor.</summary>
    Suspended,

    /// <summary>It was told to stop and waits for its children.</summary>
    Stopping,
}

/// <summary>An actor as the runtime sees it, at one moment.</summary>
/// <param name="Path">Its path without the system: <c>/user/node</c>.</param>
/// <param name="Type">The actor's class.</param>
/// <param name="Activity">What it is doing.</param>
/// <param name="Waiting">How many messages wait, about.</param>
/// <param name="Restarts">How often it failed and began anew.</param>
/// <param name="Children">How many children it has.</param>
public sealed record ActorSnapshot(
    string Path, Type Type, ActorActivity Activity, int Waiting, long Restarts, int Children);

/// <summary>Looks at a running system from outside; changes nothing and sends nothing.</summary>
public static class RuntimeInspection
{
    /// <summary>The actor of that path and those below it: parents before their children, children by name.</summary>
    /// <param name="system">The system.</param>
    /// <param name="path">The path, such as <c>/user/node</c>; <c>/</c> for the root.</param>
    /// <param name="depth">How many generations below it; 0 for the actor alone.</param>
    /// <returns>Nothing when there is no such actor.</returns>
    public static IReadOnlyList<ActorSnapshot> Tree(ActorSystem system, string path, int depth)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (system is not ActorSystemImpl { UserGuardian.Parent: LocalActorRef at })
            throw new ArgumentException("It is no system of this runtime.", nameof(system));
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at.Cell.Children.Find(name) is not { } child) return [];
            at = child.Ref;
        }

        var actors = new List<ActorSnapshot>();
        Visit(at, depth, actors);
        return actors;
    }

    private static void Visit(LocalActorRef actor, int depth, List<ActorSnapshot> into)
    {
        var (cell, mailbox) = (actor.Cell, actor.Cell.Mailbox);
        var children = cell.Children.Snapshot();
        var activity = cell.IsTerminating ? ActorActivity.Stopping
            : mailbox.IsSuspended ? ActorActivity.Suspended
            : mailbox.IsScheduled || mailbox.Count > 0 ? ActorActivity.Busy
            : ActorActivity.Idle;
        into.Add(new ActorSnapshot(
            actor.Path.ToStringWithoutAddress(), cell.Props.Type, activity, mailbox.Count, cell.Restarts,
            children.Count));
        if (depth <= 0) return;
        foreach (var child in children.OrderBy(static child => child.Ref.Path.Name, StringComparer.Ordinal))
            Visit(child.Ref, depth - 1, into);
    }
}
