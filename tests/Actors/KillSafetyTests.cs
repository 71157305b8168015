using Agent.Actors.Workloads;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>
/// The agent is killed before and after each step of an operation (each call that it makes on a port), started again, and asked again as the
/// container runtime would: no address is given out twice, none that was acknowledged is lost, and nothing is left over in the end.
/// </summary>
public sealed class KillSafetyTests
{
    private const string Handle = SimulatedCluster.NetworkName + ".one";
    private const string OtherPool = "{cidr: 10.49.0.0/24, blockSize: 28, nodeSelector: zone == 'x'}";
    private const int MostSteps = 200;

    private static readonly string[] StepsOfAdd =
    [
        "list IPPool", "get Pod(default/web)", "list IPAMBlock", "create BlockAffinity", "create IPAMBlock", "update BlockAffinity",
        "journal Claimed", "journal Assigned", "wire", "update Pod(default/web)", "update IPAMBlock",
    ];

    public static TheoryData<bool, int> Kills => new()
    {
        { false, 1 },
        { false, 2 },
        { false, 3 },
        { true, 1 },
        { true, 2 },
        { true, 3 },
    };

    [Theory]
    [MemberData(nameof(Kills))]
    public void An_ADD_survives_a_kill_at_each_step(bool after, int seed)
    {
        for (var step = 1; ; step++)
        {
            Assert.True(step < MostSteps, "the operation does not come to an end");
            var cluster = NewCluster(seed);
            var node = cluster["a"];
            node.Fate.KillAt(step, after);
            var answer = node.Add("one");
            cluster.Advance(node.Fate.IsDead ? 0 : 5);
            if (!node.Fate.IsDead)
            {
                Assert.IsType<PodProtocol.Added>(answer);
                AssertContainsSteps(StepsOfAdd, node.Fate.Calls);
                return;
            }

            var acknowledged = (answer as PodProtocol.Added)?.Address;
            Restart(node);
            var recovered = AllocationsOf(node);
            if (acknowledged is { } kept) Assert.Equal([$"{kept} {Handle}"], recovered);
            var address = node.Added("one");
            Assert.Equal(acknowledged ?? address, address);
            Assert.Equal(recovered.Length > 0 ? recovered : [$"{address} {Handle}"], AllocationsOf(node));
            AssertUsable(cluster, node, address);
            AssertAllFreed(cluster, node);
        }
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public void A_DEL_survives_a_kill_at_each_step(bool after, int seed)
    {
        for (var step = 1; ; step++)
        {
            Assert.True(step < MostSteps, "the operation does not come to an end");
            var cluster = NewCluster(seed);
            var node = cluster["a"];
            var address = node.Added("one");
            cluster.Advance(5);
            node.Fate.KillAt(step, after);
            var answer = node.Delete("one");
            cluster.Advance(node.Fate.IsDead ? 0 : 5);
            if (!node.Fate.IsDead)
            {
                Assert.IsType<PodProtocol.Done>(answer);
                AssertContainsSteps(["unwire", "journal Released", "update IPAMBlock"], node.Fate.Calls);
                return;
            }

            Restart(node);
            if (answer is PodProtocol.Done) Assert.Empty(AllocationsOf(node));
            else AssertSubset(AllocationsOf(node), $"{address} {Handle}");
            Assert.IsType<PodProtocol.Done>(node.Delete("one"));
            Assert.Empty(AllocationsOf(node));
            AssertUsable(cluster, node, node.Added("two", "other"));
            Assert.IsType<PodProtocol.Done>(node.Delete("two", "other"));
            AssertAllFreed(cluster, node);
        }
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public void Giving_a_block_back_survives_a_kill_at_each_step(bool after, int seed)
    {
        for (var step = 1; ; step++)
        {
            Assert.True(step < MostSteps, "the operation does not come to an end");
            var cluster = NewCluster(seed);
            var node = cluster["a"];
            cluster.Apply(SimulatedCluster.Pool("other", OtherPool));
            cluster.Advance(5);
            var add = node.AddOf("one", pools: ["other"]);
            Assert.IsType<PodProtocol.Added>(node.Ask("pods", add));
            cluster.Advance(5);
            node.Fate.KillAt(step, after);
            var answer = node.Delete("one");
            cluster.Advance(node.Fate.IsDead ? 0 : 5);
            if (!node.Fate.IsDead)
            {
                Assert.IsType<PodProtocol.Done>(answer);
                AssertContainsSteps(
                    ["journal Released", "journal Sealed", "update BlockAffinity", "delete IPAMBlock", "delete BlockAffinity", "journal Unclaimed"],
                    node.Fate.Calls);
                return;
            }

            Restart(node);
            Assert.IsType<PodProtocol.Done>(node.Delete("one"));
            cluster.Advance(20);
            Assert.Empty(AllocationsOf(node));
            Assert.Empty(cluster.Affinities());
            Assert.Empty(cluster.Blocks());
            Assert.DoesNotContain(node.Routes(), route => route.StartsWith("blackhole", StringComparison.Ordinal));
            Assert.IsType<PodProtocol.Added>(node.Ask("pods", add));
            cluster.Advance(5);
            Assert.Single(cluster.Published());
        }
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public void A_block_that_was_given_back_as_the_agent_died_may_be_another_nodes_by_the_restart(bool after, int seed)
    {
        for (var step = 1; ; step++)
        {
            Assert.True(step < MostSteps, "the operation does not come to an end");
            // One block in the whole pool: whoever claims next gets the same one.
            var cluster = SimulatedCluster.Of(2, seed, "{cidr: 10.48.0.0/26, blockSize: 26}");
            var (first, second) = (cluster["a"], cluster["b"]);
            first.Added("one");
            cluster.Advance(5);
            cluster.Apply(SimulatedCluster.Pool("default", "{cidr: 10.48.0.0/26, blockSize: 26, nodeSelector: kubernetes.io/hostname == 'b'}"));
            cluster.Advance(1);
            first.Fate.KillAt(step, after);
            first.Delete("one");
            cluster.Advance(5);
            if (!first.Fate.IsDead) return;

            var claim = second.Ask("pods", second.AddOf("two", "other", pools: "default"));
            Restart(first);
            cluster.Advance(20);
            if (claim is PodProtocol.Added { Address: var address })
            {
                Assert.Equal(["host:b 10.48.0.0/26"], cluster.Blocks());
                Assert.Equal([$"host:b {address} {SimulatedCluster.NetworkName}.two"], cluster.Published());
                Assert.Equal(["b 10.48.0.0/26 Confirmed"], cluster.Affinities());
            }
            else Assert.DoesNotContain("host:b 10.48.0.0/26", cluster.Blocks());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Two_ADDs_that_wait_for_the_same_claim_get_different_addresses(int seed)
    {
        var cluster = NewCluster(seed);
        var node = cluster["a"];
        Task<object>[] answers = [.. Enumerable.Range(0, 8).Select(number => node.Begin("pods", node.AddOf($"c{number}", $"p{number}")))];
        cluster.Advance(10);

        var addresses = answers.Select(answer => Assert.IsType<PodProtocol.Added>(SimulatedNode.AnswerOf(answer)).Address).ToList();
        Assert.Equal(8, addresses.Distinct().Count());
        Assert.Equal(8, cluster.Published().Length);
        Restart(node);
        Assert.Equal(8, AllocationsOf(node).Length);
    }

    private static SimulatedCluster NewCluster(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        cluster.Apply(SimulatedCluster.Manifest("v1", "Pod", "web", "{}", ", namespace: default"));
        return cluster;
    }

    private static void Restart(SimulatedNode node)
    {
        node.Kill();
        node.Start();
    }

    /// <summary>The address is in use once, in the kernel, the journal and the publication, and its block is confirmed.</summary>
    private static void AssertUsable(SimulatedCluster cluster, SimulatedNode node, IpAddr address)
    {
        cluster.Advance(5);
        Assert.Contains(node.Routes(), route => route.StartsWith($"{address} dev cali", StringComparison.Ordinal));
        Assert.Contains($"blackhole {new IpPrefix(address, 26)}", node.Routes());
        Assert.Contains($"a {new IpPrefix(address, 26)} Confirmed", cluster.Affinities());
        Assert.DoesNotContain(cluster.Affinities(), row => !row.EndsWith("Confirmed", StringComparison.Ordinal));
        Assert.Equal(AllocationsOf(node), cluster.Published().Select(line => line["host:a ".Length..]));
    }

    private static void AssertAllFreed(SimulatedCluster cluster, SimulatedNode node)
    {
        Assert.IsType<PodProtocol.Done>(node.Delete("one"));
        cluster.Advance(5);
        Assert.Empty(AllocationsOf(node));
        Assert.Empty(cluster.Published());
        Assert.DoesNotContain(node.Routes(), route => route.Contains(" dev cali", StringComparison.Ordinal));
    }

    /// <summary>What the journal holds, as a node that starts reads it: every address with its handle.</summary>
    private static string[] AllocationsOf(SimulatedNode node) =>
    [
        .. Assert.IsType<Ipam.IpamProtocol.Allocations>(node.Ask("ipam", Ipam.IpamProtocol.GetAllocations.Instance))
            .Items.Select(item => $"{item.Address} {item.Handle}"),
    ];

    private static void AssertContainsSteps(string[] expected, IReadOnlyList<string> calls)
    {
        var next = 0;
        foreach (var call in calls)
            if (next < expected.Length && call.StartsWith(expected[next], StringComparison.Ordinal)) next++;
        Assert.True(next == expected.Length, $"'{expected[Math.Min(next, expected.Length - 1)]}' is missing in: {string.Join(", ", calls)}");
    }

    private static void AssertSubset(string[] actual, string only) => Assert.True(actual.Length == 0 || (actual is [var one] && one == only));
}
