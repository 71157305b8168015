using Agent.Datastore.ChangeTable;
using Agent.Resources;

namespace Agent.Datastore.Sqlite;

/// <summary>Follows the change table and tells the watches of this
/// process; lives on the reading thread alone.</summary>
/// <remarks>
/// <c>PRAGMA data_version</c> changes when another connection has committed (also this process's writing one) and costs
/// next to nothing to ask. Only then is the newest revision asked for, and where it has risen (a lease that is renewed
/// leaves it) the table is read, from the common position of the feed; each row goes to the watches of its kind. A new
/// watch first catches up from its own revision to that position. Position, oldest row and rows are read in one
/// transaction, so a row that was pruned is noticed and never skipped.
/// </remarks>
internal sealed class ChangeFeed(ClusterFile file, SqliteDatastoreOptions options)
{
    private const int PageSize = 500;
    private const string NewestRevision = "SELECT coalesce(max(revision), 0) FROM change";

    private readonly List<ChangeWatch> _watches = [];
    private TimeSpan _pause = options.ShortestPoll;
    private long _seenVersion = -1;
    private long _position;
    private volatile bool _watched;

    /// <summary>Whether anybody watches; may be asked on any thread.</summary>
    public bool IsWatched => _watched;

    /// <summary>Adds a watch and delivers what it has missed.</summary>
    public void Add(ChangeWatch watch)
    {
        _watched = true;
        if (Attempt(watch, () => CatchUp(watch)) && !watch.IsDisposed) _watches.Add(watch);
        _watched = _watches.Count > 0;
        _seenVersion = -1;
    }

    /// <summary>Looks for changes and delivers them.</summary>
    /// <param name="idle">Whether a whole pause went by since the last look.</param>
    /// <returns>How long to wait until the next look, at most.</returns>
    public TimeSpan Poll(bool idle)
    {
        _watches.RemoveAll(watch => watch.IsDisposed);
        _watched = _watches.Count > 0;
        if (!_watched) return Timeout.InfiniteTimeSpan;
        var changed = false;
        if (!Attempt(null, () => changed = ReadNews())) changed = true;
        if (changed) _pause = options.ShortestPoll;
        else if (idle) _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 3 / 2, options.LongestPoll.Ticks));
        return _pause;
    }

    private bool ReadNews()
    {
        var version = file.ReadNumber("PRAGMA data_version");
        if (version == _seenVersion) return false;
        var isLost = _seenVersion < 0;
        _seenVersion = version;
        if (!isLost && file.ReadNumber(NewestRevision) == _position) return false;
        bool more;
        do
        {
            var page = ReadPage(_position, kind: null);
            if (page.GapReason is { } reason)
            {
                Expire(reason);
                return true;
            }

            more = page.Changes.Count == PageSize;
            if (page.Changes.Count > 0) _position = page.Changes[^1].Revision;
            foreach (var watch in _watches) watch.Deliver(page.Changes);
        }
        while (more);
        return true;
    }

    private void CatchUp(ChangeWatch watch)
    {
        if (_watches.Count == 0) _position = file.InTransaction(writes: false, Head);
        var from = watch.Position;
        while (true)
        {
            var page = ReadPage(from, watch.Kind);
            if (page.GapReason is { } reason)
            {
                watch.Expire(reason);
                return;
            }

            // What lies beyond the feed's position is left to the feed, unless the watch begins there.
            var past = page.Changes.FindAll(change => change.Revision <= _position);
            watch.Deliver(past);
            if (past.Count < PageSize) break;
            from = past[^1].Revision;
        }

        watch.Position = Math.Max(watch.Position, _position);
    }

    private Page ReadPage(long from, ResourceKind? kind) => file.InTransaction(writes: false, () =>
    {
        var head = Head();
        var forgotten = file.Number("SELECT coalesce(min(revision), 1) - 1 FROM change");
        if (from < forgotten || from > head)
            return new Page([], ChangeWatch.GapReason(forgotten, head, from));
        if (from == head) return new Page([], null);
        return new Page(kind is { } only
            ? file.Query(
                $"SELECT {ChangeRow.Columns} FROM change WHERE revision > $from"
                + $" AND kind = $kind AND api_version = $api_version ORDER BY revision LIMIT {PageSize}",
                ChangeRow.Read, ("$from", from), ("$kind", only.Kind), ("$api_version", only.ApiVersion))
            : file.Query(
                $"SELECT {ChangeRow.Columns} FROM change WHERE revision > $from ORDER BY revision LIMIT {PageSize}",
                ChangeRow.Read, ("$from", from)), null);
    });

    private long Head() => file.Number(NewestRevision);

    // A file that cannot be read ends the watches: their owners list again, and learn there what is wrong.
    private bool Attempt(ChangeWatch? watch, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (DatastoreUnavailableException failure)
        {
            watch?.Expire(failure.Message);
            Expire(failure.Message);
            return false;
        }
    }

    private void Expire(string reason)
    {
        foreach (var watch in _watches) watch.Expire(reason);
        _watches.Clear();
        _watched = false;
    }

    private readonly record struct Page(List<ChangeRow> Changes, string? GapReason);
}
