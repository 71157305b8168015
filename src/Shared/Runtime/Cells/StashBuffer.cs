using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

/// <summary>Messages of one actor put aside. An actor may have several, each of its own use.</summary>
internal sealed class StashBuffer(ActorCell cell) : IStash
{
    private readonly Queue<Envelope> _aside = new();
    private long _last;

    public bool IsEmpty => _aside.Count == 0;

    public bool NonEmpty => _aside.Count > 0;

    public bool IsFull => false;

    public int Capacity => -1;

    public int Count => _aside.Count;

    public void Stash()
    {
        if (cell.MessageNumber == _last)
            throw new InvalidOperationException(
                $"[{cell.Self}] cannot stash the same message twice: [{cell.CurrentEnvelope.Message}]");
        _last = cell.MessageNumber;
        _aside.Enqueue(cell.CurrentEnvelope);
    }

    public void Unstash()
    {
        if (_aside.TryDequeue(out var envelope))
            PutBack(envelope);
    }

    public void UnstashAll() => UnstashAll(_ => true);

    /// <summary>Puts back those that the predicate takes, in order; the others are dropped.</summary>
    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        foreach (var envelope in _aside.Where(predicate).Reverse())
            PutBack(envelope);
        _aside.Clear();
    }

    /// <summary>Takes everything out.</summary>
    public IReadOnlyList<Envelope> ClearStash()
    {
        Envelope[] all = [.. _aside];
        _aside.Clear();
        return all;
    }

    /// <summary>Puts messages aside before those that are.</summary>
    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        Envelope[] all = [.. envelopes, .. _aside];
        _aside.Clear();
        foreach (var envelope in all)
            _aside.Enqueue(envelope);
    }

    private void PutBack(in Envelope envelope)
    {
        if (envelope.Message is Terminated terminated)
            cell.ExpectAgain(terminated);
        cell.Mailbox.Prepend(envelope);
    }
}
