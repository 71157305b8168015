using System.Globalization;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>The pure rules below membership and placement.</summary>
public sealed class PlacementRuleTests
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(3);
    private static readonly Address One = new("akka.tcp", "agent", "one", 1);
    private static readonly Address Two = new("akka.tcp", "agent", "two", 1);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static ClusterLease Lease(long version, string? holder = null) =>
        new(MemberLease.Name(One), holder ?? MemberLease.Holder(new UniqueAddress(One, 7), ["b", "a"]), TimeToLive, version);

    private static string Winner(string key, params IEnumerable<string> candidates) => Rendezvous.Winner(key, candidates, c => c)!;

    [Fact]
    public void A_hash_is_the_same_in_every_version()
    {
        Assert.Equal([13392653361490517524UL, 9303109089539462838UL], [StableHash.Of("a"), StableHash.Of("a", "b")]);
        Assert.NotEqual(StableHash.Of("ab", "c"), StableHash.Of("a", "bc"));
    }

    [Fact]
    public void A_candidate_that_goes_moves_its_own_keys_only()
    {
        string[] all = ["a", "b", "c", "d", "e"];
        var keys = Enumerable.Range(0, 1000).Select(k => k.ToString(CultureInfo.InvariantCulture)).ToList();
        Assert.All(keys.Where(k => Winner(k, all) != "c"), k => Assert.Equal(Winner(k, all), Winner(k, all.Except(["c"]))));
        Assert.All(keys.GroupBy(k => Winner(k, all)), share => Assert.InRange(share.Count(), 150, 250));
        Assert.All(keys, k => Assert.Equal(Winner(k, all), Winner(k, all.Reverse())));
    }

    [Fact]
    public void A_member_stands_in_its_lease_and_a_tombstone_is_none()
    {
        var member = MemberLease.Read(Lease(1))!;
        Assert.Equal((new UniqueAddress(One, 7), MemberStatus.Up), (member.UniqueAddress, member.Status));
        Assert.Equal(["a", "b"], member.Roles.Order());
        Assert.Null(MemberLease.Read(Lease(1, "")));
        Assert.Null(MemberLease.Read(Lease(1, MemberLease.Tombstone(new UniqueAddress(Two, 1)))));
        Assert.Null(MemberLease.Read(Lease(1, MemberLease.Holder(new UniqueAddress(Two, 1), ["a"]))));
    }

    [Fact]
    public void A_lease_expires_when_it_was_watched_unchanged_for_its_time_to_live()
    {
        var view = new MembershipView(TimeToLive);
        view.Take([Lease(1)], At(0), At(1));
        view.Take([Lease(1)], At(3.9), At(9));
        Assert.Empty(view.Expired(Two));
        view.Take([Lease(1)], At(4), At(4.1));
        Assert.Equal([Lease(1)], view.Expired(Two));
        view.Take([Lease(2)], At(5), At(5.1));
        Assert.Empty(view.Expired(Two));
    }

    [Fact]
    public void Old_news_of_a_lease_changes_nothing()
    {
        var view = new MembershipView(TimeToLive);
        view.Take([Lease(2)], At(0), At(0));
        view.Take([Lease(1, "")], At(5), At(5));
        Assert.Equal(new UniqueAddress(One, 7), Assert.Single(view.Others(Two)).Member.UniqueAddress);
        Assert.Empty(view.Expired(Two));
    }

    [Fact]
    public void A_renewed_member_is_as_old_as_when_it_was_first_seen()
    {
        var view = new MembershipView(TimeToLive);
        view.Take([Lease(1)], At(0), At(1));
        view.Take([Lease(2)], At(2), At(3));
        Assert.Equal(At(1), Assert.Single(view.Others(Two)).Since);
    }

    [Fact]
    public void A_tenure_ends_with_its_time_and_only_its_incarnation_has_it()
    {
        var world = new SeededWorld(1);
        var tenure = new Tenure(world.Time);
        Assert.False(tenure.MayAct(0));
        tenure.Extend(7, world.Time.GetTimestamp(), At(2));
        world.Advance(At(1.9));
        Assert.Equal((true, false), (tenure.MayAct(7), tenure.MayAct(8)));
        tenure.Extend(7, 0, At(1));
        Assert.True(tenure.MayAct(7));
        world.Advance(At(0.1));
        Assert.False(tenure.MayAct(7));
        tenure.Extend(7, world.Time.GetTimestamp(), At(2));
        tenure.End();
        Assert.False(tenure.MayAct(7));
    }

    [Fact]
    public void Moves_are_bounded_in_any_minute()
    {
        var world = new SeededWorld(1);
        var budget = new MoveBudget(2, world.Time);
        var taken = new List<bool> { budget.TryTake() };
        world.Advance(At(30));
        taken.AddRange([budget.TryTake(), budget.TryTake()]);
        world.Advance(At(30));
        taken.AddRange([budget.TryTake(), budget.TryTake()]);
        Assert.Equal([true, true, false, true, false], taken);
    }

    [Fact]
    public void An_unsafe_setup_is_refused()
    {
        var good = ClusterSetup.InMemory();
        good.Validate();
        Assert.All(
            [
                good with { HoldsLease = false }, good with { TimeToLive = At(0.5) }, good with { Margin = At(2) }, good with { BufferSize = 0 },
            ],
            bad => Assert.ThrowsAny<ArgumentException>(bad.Validate));
    }
}
