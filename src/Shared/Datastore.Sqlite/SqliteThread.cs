using System.Collections.Concurrent;

namespace Agent.Datastore.Sqlite;

/// <summary>One thread that runs jobs in the order in which they came; a
/// connection lives and dies on one such thread.</summary>
/// <remarks>
/// Between jobs, and when none came for as long as it asked, the thread calls <c>between</c>, which says how long to
/// wait at most for the next job. Results are completed off the thread, so a continuation never holds it up.
/// </remarks>
internal sealed class SqliteThread : IAsyncDisposable
{
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<bool, TimeSpan> _between;

    /// <param name="name">The thread's name, for debuggers.</param>
    /// <param name="between">Called after each job (false) and after each wait in
    /// vain (true); gives the longest next wait.</param>
    public SqliteThread(string name, Func<bool, TimeSpan>? between = null)
    {
        _between = between ?? (_ => Timeout.InfiniteTimeSpan);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Queues work; cancellation takes effect only while it has not begun.</summary>
    /// <exception cref="ObjectDisposedException">The thread was told to end.</exception>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        var job = new Job<T>(work);
        if (cancellation.CanBeCanceled) job.CancelWith(cancellation);
        if (!TryAdd(job)) throw new ObjectDisposedException(nameof(SqliteDatastore), "the datastore was closed");
        return job.Result;
    }

    /// <summary>Queues work that nobody awaits and that must not fail; false when the thread was told to end.</summary>
    public bool TryPost(Action work) => TryAdd(new Posted(work));

    /// <summary>Runs what is queued, then ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
    }

    private bool TryAdd(Job job)
    {
        try
        {
            return !_jobs.IsAddingCompleted && _jobs.TryAdd(job);
        }
        catch (InvalidOperationException) when (_jobs.IsAddingCompleted)
        {
            return false;   // ended between the two questions
        }
    }

    private void Run()
    {
        var wait = Timeout.InfiniteTimeSpan;
        while (!_jobs.IsCompleted)
        {
            var came = _jobs.TryTake(out var job, wait);
            job?.Run();
            if (!_jobs.IsAddingCompleted) wait = _between(!came);
        }

        _ended.SetResult();
    }

    private abstract class Job
    {
        public abstract void Run();
    }

    private sealed class Posted(Action work) : Job
    {
        public override void Run() => work();
    }

    private sealed class Job<T>(Func<T> work) : Job
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _cancellation;
        private int _taken;

        public Task<T> Result => _result.Task;

        public void CancelWith(CancellationToken cancellation) =>
            _cancellation = cancellation.Register(() =>
            {
                if (Interlocked.Exchange(ref _taken, 1) == 0) _result.SetCanceled(cancellation);
            });

        public override void Run()
        {
            if (Interlocked.Exchange(ref _taken, 1) != 0) return;
            _cancellation.Dispose();
            try
            {
                _result.SetResult(work());
            }
#pragma warning disable CA1031 // Whatever the work throws belongs to the caller who awaits it, not to this thread.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _result.SetException(failure);
            }
        }
    }
}
