
namespace Agent.Datastore.Contract;

/// <summary>What every backend's leases must do.</summary>
public abstract class LeaseContract : IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(3);
    private readonly List<IDatastore> _opened = [];

    /// <summary>A client of the test's one datastore, made on the first call; each further call is another client of the same data.</summary>
    protected abstract Task<IDatastore> ConnectAsync(int historyLimit);

    private async Task<ILeases> OpenAsync()
    {
        var datastore = await ConnectAsync(historyLimit: 10);
        _opened.Add(datastore);
        return datastore.Leases;
    }

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var datastore in _opened) await datastore.DisposeAsync();
    }

    [Fact]
    public async Task A_free_lease_is_taken()
    {
        var leases = await OpenAsync();

        var answer = await leases.AcquireAsync("shard/1", "a#1", Ttl, expectedVersion: null);

        var lease = new Lease("shard/1", "a#1", Ttl, 1);
        Assert.Equal(new LeaseResult.Held(lease), answer);
        Assert.Equal([lease], await leases.ListAsync(""));
    }

    [Fact]
    public async Task A_lease_that_is_held_stays_with_its_holder_and_the_answer_shows_the_record()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        var held = await HeldAsync(here.AcquireAsync("l", "a#1", Ttl, null));

        Assert.Equal(new LeaseResult.HeldBy(held), await there.AcquireAsync("l", "b#1", Ttl, null));
    }

    [Fact]
    public async Task A_record_watched_unchanged_for_a_ttl_is_overtaken_and_its_former_holder_has_lost_it()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        var old = await HeldAsync(here.AcquireAsync("l", "a#1", Ttl, null));
        var watched = Assert.IsType<LeaseResult.HeldBy>(await there.AcquireAsync("l", "b#1", Ttl, null)).Lease;

        var taken = await there.AcquireAsync("l", "b#1", Ttl, watched.Version);

        Assert.Equal(new LeaseResult.Held(new Lease("l", "b#1", Ttl, 2)), taken);
        Assert.Equal(new LeaseResult.Lost("l"), await here.RenewAsync(old));
    }

    [Fact]
    public async Task A_record_that_was_renewed_meanwhile_is_not_overtaken()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        var old = await HeldAsync(here.AcquireAsync("l", "a#1", Ttl, null));

        var renewed = await HeldAsync(here.RenewAsync(old));

        Assert.Equal(old with { Version = 2 }, renewed);
        Assert.Equal(new LeaseResult.HeldBy(renewed), await there.AcquireAsync("l", "b#1", Ttl, old.Version));
    }

    [Fact]
    public async Task A_holder_that_did_not_hear_the_answer_may_ask_again()
    {
        var leases = await OpenAsync();
        var first = await HeldAsync(leases.AcquireAsync("l", "a#1", Ttl, null));

        var again = await HeldAsync(leases.AcquireAsync("l", "a#1", Ttl, null));
        await HeldAsync(leases.RenewAsync(again));
        var renewedAgain = await HeldAsync(leases.RenewAsync(again));

        Assert.Equal((1, 2, 4), (first.Version, again.Version, renewedAgain.Version));
    }

    [Fact]
    public async Task Another_incarnation_of_the_same_node_is_another_holder()
    {
        var leases = await OpenAsync();
        var old = await HeldAsync(leases.AcquireAsync("l", "a#1", Ttl, null));

        Assert.Equal(new LeaseResult.HeldBy(old), await leases.AcquireAsync("l", "a#2", Ttl, null));
    }

    [Fact]
    public async Task A_lease_given_back_is_free_and_its_versions_go_on()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        var old = await HeldAsync(here.AcquireAsync("l", "a#1", Ttl, null));

        await here.ReleaseAsync(old);

        Assert.Equal([new Lease("l", "", Ttl, 2)], await there.ListAsync("l"));
        Assert.Equal(new LeaseResult.Lost("l"), await here.RenewAsync(old));
        Assert.Equal(new LeaseResult.Held(new Lease("l", "b#1", Ttl, 3)), await there.AcquireAsync("l", "b#1", Ttl, null));
    }

    [Fact]
    public async Task Giving_back_what_one_does_not_hold_changes_nothing()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        var old = await HeldAsync(here.AcquireAsync("l", "a#1", Ttl, null));
        var taken = await HeldAsync(there.AcquireAsync("l", "b#1", Ttl, old.Version));

        await here.ReleaseAsync(old);
        await here.ReleaseAsync(new Lease("never-was", "a#1", Ttl, 1));

        Assert.Equal([taken], await here.ListAsync(""));
    }

    [Fact]
    public async Task Renewing_a_lease_that_does_not_exist_is_told_lost()
    {
        var leases = await OpenAsync();

        Assert.Equal(new LeaseResult.Lost("l"), await leases.RenewAsync(new Lease("l", "a#1", Ttl, 1)));
    }

    [Fact]
    public async Task Leases_are_listed_by_prefix_in_order_of_names()
    {
        var leases = await OpenAsync();
        foreach (var name in new[] { "member/b", "member/a", "membership", "shard/1", "member/A%", "member_x" })
            await HeldAsync(leases.AcquireAsync(name, "h", Ttl, null));

        var members = await leases.ListAsync("member/");

        Assert.Equal(["member/A%", "member/a", "member/b"], members.Select(lease => lease.Name));
        Assert.Equal(6, (await leases.ListAsync("")).Count);
    }

    [Fact]
    public async Task A_time_to_live_below_a_second_is_refused()
    {
        var leases = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await leases.AcquireAsync("l", "a", TimeSpan.FromMilliseconds(999), null));
    }

    [Fact]
    public async Task Of_many_that_want_one_lease_exactly_one_gets_it()
    {
        var clients = new[] { await OpenAsync(), await OpenAsync(), await OpenAsync() };

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => Task.Run(() => clients[i % 3].AcquireAsync("l", $"h#{i}", Ttl, null))));

        var winner = Assert.Single(answers.OfType<LeaseResult.Held>()).Lease;
        Assert.Equal(11, answers.Count(answer => answer.Equals(new LeaseResult.HeldBy(winner))));
    }

    private static async Task<Lease> HeldAsync(Task<LeaseResult> answer) => Assert.IsType<LeaseResult.Held>(await answer).Lease;
}
