using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Persistence;

/// <summary>The stash that a persistent actor's own code sees.</summary>
/// <remarks>Commands that wait for an event are in another, internal one. What is put back goes in front of those,
/// since they come from there to the mailbox one by one.</remarks>
internal sealed class EventsourcedStash(StashBuffer own, StashBuffer waiting) : IStash
{
    public bool IsEmpty => own.IsEmpty;

    public bool NonEmpty => own.NonEmpty;

    public bool IsFull => own.IsFull;

    public int Capacity => own.Capacity;

    public int Count => own.Count;

    public void Stash() => own.Stash();

    public void Unstash()
    {
        IReadOnlyList<Envelope> all = own.ClearStash();
        waiting.Prepend(all.Take(1));
        own.Prepend(all.Skip(1));
    }

    public void UnstashAll() => waiting.Prepend(own.ClearStash());
}
