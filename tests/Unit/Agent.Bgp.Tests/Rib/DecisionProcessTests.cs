using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class DecisionProcessTests
{
    private static readonly RouteCandidate Plain = new()
    {
        Preference = RouteCandidate.LearnedPreference,
        Reachable = true,
        LocalPref = 100,
        PathLength = 2,
        Origin = Origin.Egp,
        Med = 10,
        NeighbourAs = 65001,
        External = false,
        IgpMetric = 5,
        RouterId = 50,
        ClusterListLength = 1,
        PeerAddress = IpAddr.Parse("10.0.0.50"),
        PeerName = "m",
        PathId = 5,
    };

    public static TheoryData<RouteReason, bool> Steps => new()
    {
        { RouteReason.Preference, false },
        { RouteReason.NextHopUnreachable, false },
        { RouteReason.LocalPref, false },
        { RouteReason.AsPathLength, false },
        { RouteReason.Origin, false },
        { RouteReason.Med, false },
        { RouteReason.ExternalOverInternal, false },
        { RouteReason.IgpMetric, false },
        { RouteReason.RouterId, true },
        { RouteReason.ClusterListLength, true },
        { RouteReason.PeerAddress, true },
        { RouteReason.PeerName, true },
        { RouteReason.PathId, true },
    };

    // Better in one step and worse in all behind it.
    [Fact]
    public void Deciding_among_routes_that_tie_to_the_last_step_allocates_nothing()
    {
        RouteCandidate[] candidates = [.. Enumerable.Range(0, 8).Select(static i => Plain with { PathId = (uint)i })];
        var verdicts = new RouteVerdict[candidates.Length];
        DecisionProcess.Select(candidates, verdicts);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var best = DecisionProcess.Select(candidates, verdicts);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((0, 0L), (best, allocated));
    }

    private static RouteCandidate Better(RouteReason step) => Plain with
    {
        Preference = (byte)(step == RouteReason.Preference ? 200 : 100),
        Reachable = step >= RouteReason.NextHopUnreachable,
        LocalPref = At(step, RouteReason.LocalPref, 101, 100, 99),
        PathLength = (int)At(step, RouteReason.AsPathLength, 1, 2, 3),
        Origin = (Origin)At(step, RouteReason.Origin, 0, 1, 2),
        Med = At(step, RouteReason.Med, 9, 10, 11),
        External = step == RouteReason.ExternalOverInternal,
        IgpMetric = At(step, RouteReason.IgpMetric, 4, 5, 6),
        RouterId = At(step, RouteReason.RouterId, 49, 50, 51),
        ClusterListLength = (int)At(step, RouteReason.ClusterListLength, 0, 1, 2),
        PeerAddress = IpAddr.FromV4(0x0a000000 + At(step, RouteReason.PeerAddress, 49, 50, 51)),
        PeerName = "lmn".Substring((int)At(step, RouteReason.PeerName, 0, 1, 2), 1),
        PathId = At(step, RouteReason.PathId, 4, 5, 6),
    };

    private static uint At(RouteReason step, RouteReason field, uint better, uint equal, uint worse) =>
        step == field ? better : step > field ? equal : worse;

    [Theory, MemberData(nameof(Steps))]
    public void Each_step_outweighs_all_behind_it_and_names_itself(RouteReason step, bool shares)
    {
        var verdicts = new RouteVerdict[2];
        var plain = Plain with { Reachable = step != RouteReason.NextHopUnreachable };

        Assert.Equal(1, DecisionProcess.Select([plain, Better(step)], verdicts));
        Assert.Equal([new RouteVerdict(step, shares), new RouteVerdict(RouteReason.Best, true)], verdicts);
        Assert.Equal(0, DecisionProcess.Select([Better(step), plain], verdicts));
        Assert.Equal([new RouteVerdict(RouteReason.Best, true), new RouteVerdict(step, shares)], verdicts);
    }

    [Fact]
    public void No_candidates_have_no_best() => Assert.Equal(-1, DecisionProcess.Select([], []));

    [Fact]
    public void A_single_candidate_is_the_best_even_when_unreachable()
    {
        var verdicts = new RouteVerdict[1];

        Assert.Equal(0, DecisionProcess.Select([Plain with { Reachable = false }], verdicts));
        Assert.Equal([new RouteVerdict(RouteReason.Best, true)], verdicts);
    }

    [Fact]
    public void Med_compares_within_one_neighbouring_as_only()
    {
        var verdicts = new RouteVerdict[2];

        Assert.Equal(0, DecisionProcess.Select([Plain with { RouterId = 1 }, Plain with { NeighbourAs = 65002, Med = 0 }], verdicts));
        Assert.Equal([new RouteVerdict(RouteReason.Best, true), new RouteVerdict(RouteReason.RouterId, true)], verdicts);
    }

    [Fact]
    public void Med_has_no_order_yet_the_best_is_the_same_in_any_order()
    {
        // Pairwise, a beats b by router id, b beats c by router id, and c beats a by MED.
        var a = Plain with { NeighbourAs = 1, Med = 20, RouterId = 1 };
        var b = Plain with { NeighbourAs = 2, Med = 10, RouterId = 2 };
        var c = Plain with { NeighbourAs = 1, Med = 10, RouterId = 3 };
        RouteCandidate[][] orders = [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]];

        foreach (var order in orders)
        {
            var verdicts = new RouteVerdict[3];
            Assert.Equal(b, order[DecisionProcess.Select(order, verdicts)]);
            Assert.Equal(new RouteVerdict(RouteReason.Med, false), verdicts[Array.IndexOf(order, a)]);
            Assert.Equal(new RouteVerdict(RouteReason.RouterId, true), verdicts[Array.IndexOf(order, c)]);
        }
    }
}
