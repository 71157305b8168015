namespace Agent.Runtime.Cluster.Sharding;

/// <summary>One stay of a shard on this node, from the write of its record to the end of its actors. It is the gate of
/// its entities.</summary>
/// <param name="tenure">The node's right to act.</param>
/// <param name="uid">The incarnation of the node that owns the shard.</param>
/// <param name="epoch">The epoch of the shard's record.</param>
internal sealed class ShardTerm(Tenure tenure, int uid, long epoch)
{
    private volatile bool _closed;

    public long Epoch { get; } = epoch;

    /// <summary>Whether the shard's entities may act now; from any thread.</summary>
    public bool MayAct() => !_closed && tenure.MayAct(uid);

    /// <summary>Nothing of this stay acts any more, whatever becomes of the lease.</summary>
    public void Close() => _closed = true;
}
