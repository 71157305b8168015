using Agent.Runtime.Actor;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>Where a shard is, as the store says.</summary>
internal abstract record Claim
{
    private Claim()
    {
    }

    /// <summary>It is this node's, from this epoch on.</summary>
    public sealed record Won(int Uid, long Epoch) : Claim;

    /// <summary>It is, or ought to be, at this member.</summary>
    public sealed record At(Address Home) : Claim;

    /// <summary>It cannot be said now; to be tried again.</summary>
    public sealed record Open(string Why) : Claim;
}

/// <summary>Finds out who owns a shard, and takes it where it is this node's to take.</summary>
/// <remarks>
/// Three rules keep it to one owner. A record is believed to be a dead member's only by a list of leases that was read
/// after it. Each start of a shard is preceded by a write of its own that raises the epoch, so that an earlier write
/// whose outcome is unknown can have no effect any more. And only a member whose lease stands may write.
/// </remarks>
internal sealed class ShardClaims(Cluster cluster, string typeName, string role)
{
    private ClusterSetup Setup => cluster.Setup;

    /// <summary>The member among these that a shard without owner goes to; null where there is none.</summary>
    public Address? Best(string shardId, IEnumerable<Member> members) => Rendezvous.Winner(
        $"{typeName}/{shardId}", members.Where(m => m.HasRole(role)).Select(m => m.Address),
        address => address.ToString());

    /// <summary>Finds the shard's owner, or becomes it.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="uid">The incarnation of this node that may own shards.</param>
    public async Task<Claim> ResolveAsync(string shardId, int uid)
    {
        var record = await cluster.Within(() => Setup.Shards.ReadAsync(typeName, shardId)).ConfigureAwait(false);
        var leases = await cluster.Within(() => Setup.Leases.ListAsync(MemberLease.Prefix)).ConfigureAwait(false);
        var members = leases.Select(MemberLease.Read).OfType<Member>().ToList();
        var self = new UniqueAddress(cluster.SelfAddress, uid);
        if (!members.Any(m => m.UniqueAddress.Equals(self)))
            return new Claim.Open("this node's membership has ended");
        var isOwn = record is not null && record.Owner == self.Address.ToString() && record.Incarnation == uid;
        if (!isOwn)
        {
            if (members.FirstOrDefault(m => IsOwner(m, record)) is { } owner)
                return new Claim.At(owner.Address);
            if (Best(shardId, members) is not { } best)
                return new Claim.Open($"no member has the role {role}");
            if (best != self.Address)
                return new Claim.At(best);
        }

        if (!cluster.Tenure.MayAct(uid))
            return new Claim.Open("this node's lease has run out");
        var epoch = record?.Epoch ?? 0;
        var claimed = new ShardRecord(typeName, shardId, self.Address.ToString(), uid, epoch + 1);
        return await cluster.Within(() => Setup.Shards.TryWriteAsync(claimed, epoch)).ConfigureAwait(false)
            ? new Claim.Won(uid, claimed.Epoch)
            : new Claim.Open("another node was faster");
    }

    /// <summary>Gives a shard back, of which nothing runs here any more. False where the record is of another epoch, so
    /// that there is nothing to give.</summary>
    public Task<bool> ReleaseAsync(string shardId, long epoch) => cluster.Within(
        () => Setup.Shards.TryWriteAsync(new ShardRecord(typeName, shardId, "", 0, epoch + 1), epoch));

    private static bool IsOwner(Member member, ShardRecord? record) =>
        record is not null && record.Owner == member.Address.ToString()
        && record.Incarnation == member.UniqueAddress.Uid;
}
