using System.Collections.Concurrent;
using System.Data.Common;

namespace Agent.Runtime.Sql;

/// <summary>The one thread that uses a journal's connection, and the group commit.</summary>
/// <remarks>
/// <para>Jobs are done in the order in which they are given. Writes that wait together become one transaction, hence
/// one fsync
/// for all the actors that wait for it; each is told only after the commit.</para>
/// <para>If a group fails, its writes are done again one by one, so that the failure of one is not that of its
/// neighbours.</para>
/// </remarks>
internal sealed class JournalThread : IDisposable
{
    private const int MaxGroup = 256;

    private readonly BlockingCollection<Job> _jobs = new(new ConcurrentQueue<Job>());
    private readonly JournalSession _session;
    private readonly Thread _thread;

    public JournalThread(JournalSession session)
    {
        _session = session;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal" };
        _thread.Start();
    }

    /// <summary>How many transactions were committed for writes; fewer than the writes if they were grouped.</summary>
    public long Commits { get; private set; }

    /// <summary>How many jobs wait for the one at hand.</summary>
    public int Waiting => _jobs.Count;

    /// <summary>Does this inside a transaction, perhaps together with other writes; completes when it is
    /// durable.</summary>
    /// <remarks>The work may be done more than once, each time after what it did before was rolled back.</remarks>
    public Task WriteAsync(Action<DbConnection> work) => Enqueue(new Job<bool>(c =>
    {
        work(c);
        return true;
    }, isWrite: true));

    /// <summary>Does this alone, outside of a transaction; it changes nothing and may be done twice.</summary>
    public Task<T> RunAsync<T>(Func<DbConnection, T> work) => Enqueue(new Job<T>(work, isWrite: false));

    /// <summary>Does what was given so far, then ends the thread.</summary>
    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
    }

    private Task<T> Enqueue<T>(Job<T> job)
    {
        try
        {
            _jobs.Add(job);
            return job.Done;
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            return Task.FromException<T>(
                new JournalException(JournalProblem.Closed, $"The journal {_session.Name} is closed.", e));
        }
    }

    private void Run()
    {
        var group = new List<Job>();
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            Job? single = first;
            if (first.IsWrite)
            {
                group.Add(first);
                single = null;
                while (group.Count < MaxGroup && _jobs.TryTake(out var next))
                {
                    if (!next.IsWrite)
                    {
                        single = next;
                        break;
                    }

                    group.Add(next);
                }

                WriteGroup(group);
                group.Clear();
            }

            single?.Settle(Attempt(() => _session.Read(connection =>
            {
                single.Work(connection);
                return true;
            })));
        }
    }

    private void WriteGroup(List<Job> group)
    {
        var failure = Commit(group);
        // Over a lost connection the whole group may have been kept after all: doing it again would not tell.
        if (failure is null or JournalException { Problem: JournalProblem.Unreachable } || group.Count == 1)
        {
            foreach (var job in group)
                job.Settle(failure);
            return;
        }

        foreach (var job in group)
            job.Settle(Commit([job]));
    }

    private Exception? Commit(List<Job> group) => Attempt(() =>
    {
        _session.InTransaction(connection =>
        {
            foreach (var job in group)
                job.Work(connection);
        });
        Commits++;
    });

    /// <summary>What went wrong, in the journal's words; null if nothing did.</summary>
    private Exception? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return _session.Explain(e);
        }
    }

    private abstract class Job(bool isWrite)
    {
        public bool IsWrite { get; } = isWrite;

        public abstract void Work(DbConnection connection);

        public abstract void Settle(Exception? failure);
    }

    private sealed class Job<T>(Func<DbConnection, T> work, bool isWrite) : Job(isWrite)
    {
        // Whoever awaits continues on a thread of his own: this one has others to serve.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Done => _done.Task;

        public override void Work(DbConnection connection) => _result = work(connection);

        public override void Settle(Exception? failure)
        {
            if (failure is null)
                _done.SetResult(_result);
            else
                _done.SetException(failure);
        }
    }
}
