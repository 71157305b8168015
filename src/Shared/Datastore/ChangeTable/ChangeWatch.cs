using System.Globalization;
using Agent.Resources;

namespace Agent.Datastore.ChangeTable;

/// <summary>One watch of this process on a change table; all but its end happens on the one thread that follows the
/// table.</summary>
/// <param name="kind">What it watches.</param>
/// <param name="fromRevision">The first change that it delivers comes after this revision.</param>
/// <param name="onEvents">Who is told.</param>
public sealed class ChangeWatch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents)
    : IDisposable
{
    private volatile bool _disposed;

    /// <summary>What it watches.</summary>
    public ResourceKind Kind => kind;

    /// <summary>Changes up to this revision are not delivered any more.</summary>
    public long Position { get; set; } = fromRevision;

    /// <summary>Whether its owner, or an expiry, has ended it.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Why a watch at this position cannot go on with this history.</summary>
    /// <param name="forgotten">The last revision that the table no longer holds.</param>
    /// <param name="head">The newest revision.</param>
    /// <param name="position">Where the watch stood.</param>
    public static string GapReason(long forgotten, long head, long position) =>
        string.Create(CultureInfo.InvariantCulture,
        $"the history reaches from revision {forgotten} to {head}, the watch stood at {position}: list again");

    /// <summary>Delivers the changes of this kind that lie beyond the position, and moves it.</summary>
    public void Deliver(IReadOnlyList<ChangeRow> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var events = new List<WatchEvent>();
        foreach (var change in changes)
        {
            if (change.Revision <= Position) continue;
            Position = change.Revision;
            if (change.Kind == Kind) events.Add(change.Event);
        }

        if (events.Count > 0 && !_disposed) onEvents(events);
    }

    /// <summary>Tells the last event; nothing is delivered after it.</summary>
    public void Expire(string reason)
    {
        if (_disposed) return;
        _disposed = true;
        onEvents([new WatchEvent.Expired(reason)]);
    }

    /// <summary>Ends the watch; a batch whose delivery has begun may still arrive.</summary>
    public void Dispose() => _disposed = true;
}
