using System.Threading.Channels;
using Agent.Datastore.ChangeTable;
using Agent.PostgreSql;
using Npgsql;

namespace Agent.Datastore.PostgreSql;

/// <summary>Follows the change table and tells the watches of this process.</summary>
/// <remarks>
/// <para>Two loops. The listener keeps a connection on which it LISTENs, and wakes the reader at each NOTIFY and
/// whenever it has connected.
/// The reader, each time it is woken, reads the rows after the position of the watch that is furthest behind, and hands
/// them to all;
/// every watch skips what it has had. So a watch that begins in the past, a notification that was missed and a lost
/// connection take the same road, and no event is lost or told twice.</para>
/// <para>Both loops start with the first watch. While the server is away they try again, with growing pauses; the
/// watches wait, and expire
/// only if the table no longer reaches back to where they stood, or cannot be read.</para>
/// </remarks>
internal sealed class ChangeFeed(ClusterDatabase database, string channel, PostgresDatastoreOptions options)
    : IAsyncDisposable
{
    private const int PageSize = 500;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly List<ChangeWatch> _added = [];
    private readonly List<ChangeWatch> _watches = [];
    private Task? _loops;

    /// <summary>Adds a watch; it is told on the reader's loop what it has missed, and what happens from then
    /// on.</summary>
    public void Add(ChangeWatch watch)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(PostgresDatastore));
            _added.Add(watch);
            _loops ??= Task.WhenAll(Task.Run(ListenAsync), Task.Run(ReadAsync));
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Ends both loops; a batch whose delivery has begun arrives.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? loops;
        lock (_gate)
        {
            _stop.Cancel();
            loops = _loops;
        }

        if (loops is not null) await loops.ConfigureAwait(false);
        _stop.Dispose();
    }

    private Task ListenAsync() => UntilStoppedAsync(async connected =>
    {
        var connection = await database.OpenAsync(_stop.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await connection.CreateBatch().With($"LISTEN \"{channel}\"")
                .ExecuteNonQueryAsync(_stop.Token).ConfigureAwait(false);
            connected();
            while (true)
            {
                _wake.Writer.TryWrite(true);
                await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
        }
    });

    private Task ReadAsync() => UntilStoppedAsync(async connected =>
    {
        // What woke the reader before a failure was lost with it, so it looks once at the start of every attempt.
        do
        {
            while (await ReadPageAsync().ConfigureAwait(false)) connected();
            connected();
            await _wake.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
        }
        while (true);
    });

    /// <summary>Delivers what stands after the watch that is furthest behind; true if there may be more.</summary>
    private async Task<bool> ReadPageAsync()
    {
        try
        {
            return await DeliverPageAsync().ConfigureAwait(false);
        }
        catch (DatastoreUnavailableException failure) when (!PostgresFailure.LostConnection(failure.InnerException!))
        {
            // The server answers, but the table cannot be read: the owners list again, and learn there what is wrong.
            foreach (var watch in _watches) watch.Expire(failure.Message);
            return false;
        }
    }

    private async Task<bool> DeliverPageAsync()
    {
        lock (_gate)
        {
            _watches.AddRange(_added);
            _added.Clear();
        }

        _watches.RemoveAll(watch => watch.IsDisposed);
        if (_watches.Count == 0) return false;
        var furthestBehind = _watches.Min(watch => watch.Position);
        var page = await database
            .ReadAsync(batch => ReadAsync(batch, furthestBehind), _stop.Token).ConfigureAwait(false);
        foreach (var watch in _watches)
        {
            if (watch.Position < page.Forgotten || watch.Position > page.Head)
                watch.Expire(ChangeWatch.GapReason(page.Forgotten, page.Head, watch.Position));
            else
                watch.Deliver(page.Changes);
        }

        return page.Changes.Count == PageSize;
    }

    private async Task<Page> ReadAsync(NpgsqlBatch batch, long from)
    {
        await using var reader = await batch
            .With("SELECT (SELECT revision FROM head), (SELECT min(revision) - 1 FROM change)")
            .With($"SELECT {ChangeRow.Columns} FROM change WHERE revision > @from ORDER BY revision LIMIT {PageSize}",
                ("from", from))
            .ExecuteReaderAsync(_stop.Token).ConfigureAwait(false);
        var bounds = await reader.RowsAsync(
            row => (Head: row.GetInt64(0), Forgotten: row.IsDBNull(1) ? 0 : row.GetInt64(1)),
            _stop.Token).ConfigureAwait(false);
        var changes = await reader.RowsAsync(ChangeRow.Read, _stop.Token).ConfigureAwait(false);
        return new Page(bounds[0].Head, bounds[0].Forgotten, changes);
    }

    /// <summary>Tries the work again, with growing pauses, for as long as the server is away; it says when it got
    /// through.</summary>
    private async Task UntilStoppedAsync(Func<Action, Task> work)
    {
        var pause = ShortestPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await work(() => pause = ShortestPause).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is DatastoreUnavailableException || PostgresFailure.Is(failure))
            {
                try
                {
                    await Task.Delay(pause, options.Time, _stop.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, options.LongestReconnectPause.Ticks));
            }
        }
    }

    private sealed record Page(long Head, long Forgotten, List<ChangeRow> Changes);
}
