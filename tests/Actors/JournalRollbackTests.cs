using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Actors.Workloads;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>The journal of a node is replaced by an older copy while the agent is down: no address that a pod has is given to another, the
/// node says so, and everything comes right by itself.</summary>
public sealed class JournalRollbackTests
{
    private const int BlockLength = 29;
    private const string Pool = "{cidr: 10.48.0.0/25, blockSize: 29}";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void No_address_is_given_twice_whenever_the_copy_was_taken(int seed)
    {
        var random = new Random(seed);
        var cluster = SimulatedCluster.Of(2, seed, Pool);
        var node = cluster["a"];
        var living = new SortedDictionary<string, IpAddr>(StringComparer.Ordinal);
        var restore = node.CopyJournal();
        var (copyAt, steps) = (random.Next(30), 30 + random.Next(10));
        for (var step = 0; step < steps; step++)
        {
            if (step == copyAt) restore = node.CopyJournal();
            if (random.Next(12) == 0) Restart(node);
            if (random.Next(3) > 0 || living.Count == 0) living.Add($"c{step}", node.Added($"c{step}", $"p{step}"));
            else Remove(node, living, living.Keys.ElementAt(random.Next(living.Count)));
            if (random.Next(2) == 0) cluster.Advance(2);
        }

        node.Kill();
        restore();
        node.Start();
        for (var pod = 0; pod < 12; pod++)
        {
            var address = node.Added($"n{pod}", $"new{pod}");
            Assert.DoesNotContain(address, living.Values);
            living.Add($"n{pod}", address);
        }

        cluster.Advance(5);
        Assert.All(living.Values, address => Assert.Contains(node.Routes(), route => route.StartsWith($"{address} dev cali", StringComparison.Ordinal)));
        foreach (var container in living.Keys.ToList()) Remove(node, living, container);
        Restart(node);
        cluster.Advance(40 * 60);
        Assert.Empty(cluster.Published());
        Assert.DoesNotContain(Blocks(node), block => block.Contains("restored", StringComparison.Ordinal));
        Assert.Equal(Blocks(node).Length, cluster.Affinities().Length);
        for (var pod = 0; pod < 20; pod++) living.Add($"l{pod}", node.Added($"l{pod}", $"last{pod}"));
        Assert.Equal(20, living.Values.Distinct().Count());
    }

    [Fact]
    public void The_block_of_a_later_pod_is_left_to_its_pods_and_the_log_says_why_and_what_to_do()
    {
        var cluster = SimulatedCluster.Of(1, pool: Pool);
        var node = cluster["a"];
        var first = node.Added("one");
        cluster.Advance(5);
        var restore = node.CopyJournal();
        var second = node.Added("two", "other");
        cluster.Advance(5);

        node.Kill();
        restore();
        node.Start();

        var block = new IpPrefix(first, BlockLength);
        var line = Assert.Single(node.Log, line => line.Contains("is older than what was published from it", StringComparison.Ordinal));
        Assert.Contains($"(block {block}: published at sequence ", line, StringComparison.Ordinal);
        Assert.Contains("stop the agent and put the latest journal back", line, StringComparison.Ordinal);
        Assert.Equal([$"{first}", $"{second}"], AddressesOf(node));
        Assert.Contains($"blackhole {block}", node.Routes());
        Assert.NotEqual(block, new IpPrefix(node.Added("three", "third"), BlockLength));
        Assert.IsType<PodProtocol.Done>(node.Delete("two", "other"));
        cluster.Advance(5);
        Assert.DoesNotContain(cluster.Published(), line => line.Contains($" {second} ", StringComparison.Ordinal));

        // The next start finds nothing new, and the block stays as it is.
        node.Log.Clear();
        Restart(node);
        Assert.Empty(node.Log);
        Assert.NotEqual(block, new IpPrefix(node.Added("four", "fourth"), BlockLength));
    }

    [Fact]
    public void A_pod_that_was_never_published_is_found_by_its_route()
    {
        var cluster = SimulatedCluster.Of(1, pool: Pool);
        var node = cluster["a"];
        node.Added("one");
        node.Added("two", "other");
        cluster.Advance(5);
        var restore = node.CopyJournal();
        node.Fate.Fault = call => call.StartsWith("update IPAMBlock", StringComparison.Ordinal) ? new Datastore.DatastoreUnavailableException("away") : null;
        var third = node.Added("three", "third");

        node.Kill();
        restore();
        node.Start();
        cluster.Advance(5);

        Assert.Contains(node.Log, line => line.Contains("a pod has ", StringComparison.Ordinal));
        Assert.NotEqual(new IpPrefix(third, BlockLength), new IpPrefix(node.Added("four", "fourth"), BlockLength));
        // The host still has the pod: the block is kept, however long it lives.
        Assert.IsType<PodProtocol.Done>(node.Delete("one"));
        Assert.IsType<PodProtocol.Done>(node.Delete("two", "other"));
        cluster.Advance(40 * 60);
        Assert.Contains(Blocks(node), block => block.EndsWith(", restored", StringComparison.Ordinal));
        Assert.IsType<PodProtocol.Done>(node.Delete("three", "third"));
        cluster.Advance(40 * 60);
        Assert.DoesNotContain(Blocks(node), block => block.EndsWith(", restored", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_assigned_before_the_datastore_was_asked_and_without_one_the_journal_is_believed()
    {
        var cluster = SimulatedCluster.Of(1, pool: Pool);
        var node = cluster["a"];
        var first = node.Added("one");
        cluster.Advance(5);
        node.Kill();
        node.Start(settle: false);
        node.Fate.Fault = call => call.Split(' ')[0] is "get" or "list" or "create" or "update" or "delete"
            ? new Datastore.DatastoreUnavailableException("away")
            : null;
        cluster.Advance(15);

        var second = node.Added("two", "other");

        Assert.Equal(new IpPrefix(first, BlockLength), new IpPrefix(second, BlockLength));
        Assert.Contains(node.Log, line => line.Contains("cannot be compared with the datastore: away", StringComparison.Ordinal));
        node.Fate.Fault = _ => null;
        cluster.Advance(10);
        Assert.DoesNotContain(Blocks(node), block => block.EndsWith(", restored", StringComparison.Ordinal));
    }

    private static void Restart(SimulatedNode node)
    {
        node.Kill();
        node.Start();
    }

    private static void Remove(SimulatedNode node, SortedDictionary<string, IpAddr> living, string container)
    {
        var pod = container[0] switch { 'n' => "new", 'l' => "last", _ => "p" } + container[1..];
        Assert.IsType<PodProtocol.Done>(node.Delete(container, pod));
        living.Remove(container);
    }

    private static string[] Blocks(SimulatedNode node) =>
        [.. Assert.IsType<IpamProtocol.Description>(node.Ask("ipam", Describe.Instance)).Blocks];

    private static string[] AddressesOf(SimulatedNode node) =>
    [
        .. Assert.IsType<IpamProtocol.Allocations>(node.Ask("ipam", IpamProtocol.GetAllocations.Instance))
            .Items.Select(item => item.Address).Order().Select(address => address.ToString()),
    ];
}
