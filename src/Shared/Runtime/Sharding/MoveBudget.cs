namespace Agent.Runtime.Cluster.Sharding;

/// <summary>Bounds the moves of shards in any minute, for all types of a node together.</summary>
internal sealed class MoveBudget(int perMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<long> _moves = new();

    /// <summary>Takes one move; false where the minute has had its share.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            while (_moves.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= TimeSpan.FromMinutes(1))
                _moves.Dequeue();
            if (_moves.Count >= perMinute)
                return false;
            _moves.Enqueue(now);
            return true;
        }
    }
}
