using System.Text.RegularExpressions;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Contract;

/// <summary>A datastore of an older release, opened by one that has further versions of the tables: every step is taken, or none.</summary>
/// <remarks>The steps are written in SQL that every database understands, and each of them fails if it is taken twice.</remarks>
public abstract class UpgradeContract
{
    private const string Second = "ALTER TABLE resource ADD COLUMN note TEXT; UPDATE resource SET note = name;";
    private const string Third = "CREATE TABLE remark (content TEXT); INSERT INTO remark SELECT note FROM resource;";
    private const string Failing = "UPDATE resource SET note = 'lost'; DELETE FROM change; INSERT INTO nowhere VALUES (1);";

    private static readonly Lease ALease = new("l", "h", TimeSpan.FromSeconds(3), 1);

    /// <summary>The datastore as errors name it.</summary>
    protected abstract string Place { get; }

    /// <summary>The cluster that the datastore is opened for.</summary>
    protected string? Cluster { get; private set; }

    /// <summary>Opens the test's one datastore as an agent (which makes and upgrades tables) or as agentctl does, in a release that
    /// has these further upgrades.</summary>
    protected abstract Task<IDatastore> OpenAsync(bool asAgent, params string[] later);

    /// <summary>The first column of the first row, as another program gets it.</summary>
    protected abstract Task<string?> SqlAsync(string sql);

    [Fact]
    public async Task A_datastore_goes_from_version_to_version_and_keeps_what_it_holds()
    {
        var text = await FillAsync();
        await HoldsAsync(text, Second);
        Assert.Equal("a", await SqlAsync("SELECT note FROM resource"));
        await HoldsAsync(text, Second, Third);
        Assert.Equal("a", await SqlAsync("SELECT content FROM remark"));
    }

    [Fact]
    public async Task A_datastore_that_was_left_out_of_a_release_takes_both_steps_at_once()
    {
        var text = await FillAsync();
        await HoldsAsync(text, Second, Third);
        Assert.Equal("a", await SqlAsync("SELECT content FROM remark"));
    }

    [Fact]
    public async Task A_new_datastore_takes_every_step()
    {
        await (await OpenAsync(asAgent: true, Second, Third)).DisposeAsync();
        Assert.Equal("0", await SqlAsync("SELECT count(*) FROM remark"));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_version_and_content_as_they_were()
    {
        var text = await FillAsync();

        var failure = await RefusalAsync(asAgent: true, Second, Failing);

        Assert.Matches($"^cluster datastore {Regex.Escape(Place)} stays at (schema|version) 1: the step to (schema|version) 3 failed \\(", failure);
        Assert.Contains("nowhere", failure, StringComparison.Ordinal);
        Assert.EndsWith(
            "and nothing was changed; mend that and start again, or go on with the release that wrote it", failure, StringComparison.Ordinal);
        // The release that wrote it reads it as before, and the next one can try again.
        await HoldsAsync(text);
        Assert.Equal("1", await SqlAsync("SELECT count(*) FROM change"));
        await HoldsAsync(text, Second, Third);
    }

    [Fact]
    public async Task A_newer_datastore_is_refused_with_what_to_do_and_left_as_it_is()
    {
        var text = await FillAsync();
        await (await OpenAsync(asAgent: true, Second, Third)).DisposeAsync();

        foreach (var refusal in new[] { await RefusalAsync(asAgent: true, Second), await RefusalAsync(asAgent: false) })
        {
            Assert.Matches(" has (schema|version) 3, this program knows (schema |)[12] at most: use the newer release that wrote it$", refusal);
        }

        await HoldsAsync(text, Second, Third);
    }

    [Fact]
    public async Task A_datastore_of_another_cluster_is_refused_before_it_is_upgraded()
    {
        Cluster = "east";
        var text = await FillAsync();

        Cluster = "west";
        // The step would fail: it is not even tried.
        var refusal = await RefusalAsync(asAgent: true, Second, Failing);

        Assert.Contains(" belongs to the cluster 'east', not 'west': ", refusal, StringComparison.Ordinal);
        Cluster = "east";
        await HoldsAsync(text);
        await HoldsAsync(text, Second, Third);
    }

    [Fact]
    public async Task Agentctl_does_not_upgrade()
    {
        var text = await FillAsync();

        Assert.Matches(
            " has (schema|version) 1, which only the agent brings to (schema|version) 2: start it once$", await RefusalAsync(asAgent: false, Second));

        await HoldsAsync(text);
    }

    [Fact]
    public async Task Of_several_that_upgrade_at_once_one_does_and_the_others_find_it_done()
    {
        var text = await FillAsync();

        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync(asAgent: true, Second, Third))));

        foreach (var store in stores)
        {
            Assert.Equal(text, (await store.GetAsync(APool("a").Key))!.Text());
            await store.DisposeAsync();
        }

        Assert.Equal("1", await SqlAsync("SELECT count(*) FROM remark"));
    }

    [Fact]
    public async Task An_agent_that_runs_during_an_upgrade_goes_on()
    {
        var text = await FillAsync();
        await using var running = await OpenAsync(asAgent: true);
        using var pools = new Recorder(running, Pool, 0);
        Assert.Equal(["put a @1"], await pools.NextAsync(1));

        await using var newer = await OpenAsync(asAgent: true, Second, Third);

        Assert.Equal(text, (await running.GetAsync(APool("a").Key))!.Text());
        Assert.Equal(2, (await running.CreateAsync(APool("b")).WrittenAsync()).Revision);
        Assert.Equal(3, (await newer.CreateAsync(APool("c")).WrittenAsync()).Revision);
        Assert.Equal(["put b @2", "put c @3"], await pools.NextAsync(2));
    }

    private async Task<string> FillAsync()
    {
        await using var datastore = await OpenAsync(asAgent: true);
        Assert.Equal(new LeaseResult.Held(ALease), await datastore.Leases.AcquireAsync("l", "h", TimeSpan.FromSeconds(3), null));
        return (await datastore.CreateAsync(APool("a")).WrittenAsync()).Text();
    }

    private async Task HoldsAsync(string text, params string[] later)
    {
        await using var datastore = await OpenAsync(asAgent: true, later);
        var all = await datastore.ListAsync(Pool);
        Assert.Equal((text, 1), (Assert.Single(all.Items).Text(), all.Revision));
        Assert.Equal([ALease], await datastore.Leases.ListAsync(""));
    }

    private async Task<string> RefusalAsync(bool asAgent, params string[] later) =>
        (await Assert.ThrowsAsync<DatastoreUnavailableException>(() => OpenAsync(asAgent, later))).Message;
}
