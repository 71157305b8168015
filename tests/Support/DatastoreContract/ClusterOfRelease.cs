using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Contract;

/// <summary>A datastore with a resource, its change and a lease, and what a release with further versions of the tables finds in it.</summary>
public static class ClusterOfRelease
{
    public static async Task FillAsync(IDatastore opened)
    {
        await using var datastore = opened;
        Assert.IsType<LeaseResult.Held>(await datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null));
        await datastore.CreateAsync(APool("a")).WrittenAsync();
    }

    public static async Task<string> ContentAsync(IDatastore opened)
    {
        await using var datastore = opened;
        var all = await datastore.ListAsync(Pool);
        using var pools = new Recorder(datastore, Pool, 0);
        return $"{Assert.Single(all.Items).Text()} at {all.Revision}; {string.Join(", ", await pools.NextAsync(1))}; "
            + string.Join(", ", await datastore.Leases.ListAsync(""));
    }
}
