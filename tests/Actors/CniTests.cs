using Agent.Actors.Workloads;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>CNI requests as the container runtime makes them: repeated, out of order, at once.</summary>
public sealed class CniTests
{
    private static string Interface(string pod = "web") => HostInterfaceName.For("default", pod);

    [Fact]
    public void A_repeated_ADD_gives_the_same_address_and_the_pod_keeps_one_link()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];

        var first = node.Added("one");
        var second = node.Added("one");
        cluster.Advance(5);

        Assert.Equal(first, second);
        Assert.Equal([$"{first} dev {Interface()}"], PodRoutes(node));
        Assert.Single(cluster.Published());
    }

    [Fact]
    public void A_new_sandbox_of_a_pod_gets_its_own_address_and_keeps_the_link_when_the_old_one_is_deleted()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        var old = node.Added("old");
        var young = node.Added("young");

        Assert.NotEqual(old, young);
        Assert.IsType<PodProtocol.Done>(node.Delete("old"));
        cluster.Advance(5);

        Assert.Equal([$"{young} dev {Interface()}"], PodRoutes(node));
        Assert.Equal([$"host:a {young} {SimulatedCluster.NetworkName}.young"], cluster.Published());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_DEL_of_the_old_sandbox_during_the_ADD_of_the_new_one_leaves_the_new_ones_link(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        var node = cluster["a"];
        node.Added("old");

        var add = node.Begin("pods", node.AddOf("young"));
        var delete = node.Begin("pods", SimulatedNode.DeleteOf("old"));
        cluster.Advance(5);

        Assert.IsType<PodProtocol.Done>(SimulatedNode.AnswerOf(delete));
        Assert.Equal([$"{Assert.IsType<PodProtocol.Added>(SimulatedNode.AnswerOf(add)).Address} dev {Interface()}"], PodRoutes(node));
    }

    [Fact]
    public void A_DEL_after_a_restart_leaves_the_link_of_a_newer_sandbox()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        node.Added("old");
        var young = node.Added("young");
        node.Kill();
        StartWithoutJournal(cluster, node);

        Assert.Equal(new PodProtocol.Failed(PodProtocol.TryAgain, "the agent is still reading its journal; try again"), node.Delete("old"));
        node.Fate.Fault = _ => null;
        cluster.Advance(15);
        Assert.IsType<PodProtocol.Done>(node.Delete("old"));
        cluster.Advance(5);

        Assert.Equal([$"{young} dev {Interface()}"], PodRoutes(node));
        Assert.Equal([$"host:a {young} {SimulatedCluster.NetworkName}.young"], cluster.Published());
    }

    [Fact]
    public void A_DEL_of_a_container_that_was_never_added_succeeds()
    {
        var node = SimulatedCluster.Of(1)["a"];

        Assert.IsType<PodProtocol.Done>(node.Delete("never"));
        Assert.IsType<PodProtocol.Done>(node.Delete("never", withNamespace: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_ADDs_for_one_container_at_once_are_carried_out_one_after_the_other(int seed)
    {
        var cluster = SimulatedCluster.Of(1, seed);
        var node = cluster["a"];

        var add = node.AddOf("one");
        var (first, second) = (node.Begin("pods", add), node.Begin("pods", add));
        cluster.Advance(5);

        var address = Assert.IsType<PodProtocol.Added>(SimulatedNode.AnswerOf(first)).Address;
        Assert.Equal(address, Assert.IsType<PodProtocol.Added>(SimulatedNode.AnswerOf(second)).Address);
        Assert.Equal([$"host:a {address} {SimulatedCluster.NetworkName}.one"], cluster.Published());
    }

    [Fact]
    public void An_address_of_a_DEL_is_forgotten_by_connection_tracking_before_it_is_free()
    {
        var node = SimulatedCluster.Of(1)["a"];
        var address = node.Added("one");
        node.Fate.Count();

        node.Delete("one");

        Assert.Equal(address, Assert.Single(node.Kernel.Flushed));
        Assert.Equal(["unwire", "journal Released"], node.Fate.Calls.Where(call => call is "unwire" or "journal Released"));
    }

    [Fact]
    public void CHECK_knows_the_containers_that_have_an_address()
    {
        var node = SimulatedCluster.Of(1)["a"];
        var added = node.AddOf("one");
        node.Ask("pods", added);

        Assert.IsType<PodProtocol.Done>(node.Ask("pods", new PodProtocol.Check(added.Sandbox)));
        Assert.Equal(
            new PodProtocol.Failed(PodProtocol.Generic, "container two has no address on this node"),
            node.Ask("pods", new PodProtocol.Check(added.Sandbox with { ContainerId = "two" })));
    }

    [Fact]
    public void GC_releases_what_the_runtime_does_not_know_with_link_and_route()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        var kept = node.Added("kept", "web");
        node.Added("leaked", "gone");
        var valid = ImmutableHashSet.Create("kept");

        Assert.IsType<PodProtocol.Done>(node.Ask("pods", new PodProtocol.Collect(SimulatedCluster.NetworkName, valid)));
        cluster.Advance(5);

        Assert.Equal([$"{kept} dev {Interface()}"], PodRoutes(node));
        Assert.Equal([$"host:a {kept} {SimulatedCluster.NetworkName}.kept"], cluster.Published());
    }

    [Fact]
    public void STATUS_is_not_available_until_the_journal_is_read()
    {
        var cluster = new SimulatedCluster(1);
        var node = cluster.AddNode("a", "10.0.0.11");
        StartWithoutJournal(cluster, node);

        Assert.Equal(PodProtocol.NotAvailable, Assert.IsType<PodProtocol.Failed>(node.Ask("pods", PodProtocol.GetReadiness.Instance)).Code);
        node.Fate.Fault = _ => null;
        cluster.Advance(15);
        Assert.IsType<PodProtocol.Done>(node.Ask("pods", PodProtocol.GetReadiness.Instance));
    }

    [Fact]
    public void A_full_pool_is_said_in_Calicos_words_and_leaves_nothing_behind()
    {
        var cluster = SimulatedCluster.Of(1, pool: "{cidr: 10.48.0.0/30, blockSize: 30}");
        var node = cluster["a"];
        IpAddr[] addresses = [.. Enumerable.Range(0, 4).Select(number => node.Added($"c{number}", $"p{number}"))];

        var answer = node.Add("c4", "p4");
        cluster.Advance(5);

        Assert.Equal(
            new PodProtocol.Failed(
                PodProtocol.Generic,
                "failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.48.0.0/30]"),
            answer);
        Assert.Equal(4, cluster.Published().Length);
        Assert.Equal(["a 10.48.0.0/30 Confirmed"], cluster.Affinities());
        Assert.IsType<PodProtocol.Done>(node.Delete("c4", "p4"));
        Assert.IsType<PodProtocol.Done>(node.Delete("c0", "p0"));
        Assert.Equal(addresses[0], node.Added("c5", "p5"));
    }

    [Fact]
    public void An_unknown_pool_in_the_annotation_is_an_error_that_names_it()
    {
        var cluster = SimulatedCluster.Of(1);
        cluster.Apply("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, annotations: {cni.projectcalico.org/ipv4pools: '[\"nowhere\"]'}}\nspec: {}\n");

        Assert.Equal(
            new PodProtocol.Failed(PodProtocol.Generic, "error parsing pool \"nowhere\": there is no IPPool of that name"),
            cluster["a"].Add("one"));
        Assert.Empty(cluster.Affinities());
    }

    private static void StartWithoutJournal(SimulatedCluster cluster, SimulatedNode node)
    {
        node.Start(settle: false);
        node.Fate.Fault = call => call == "replay ipam-a" ? new IOException("the disk is away for a test") : null;
        cluster.Advance(1);
    }

    private static string[] PodRoutes(SimulatedNode node) =>
        [.. node.Routes().Where(route => route.Contains(" dev cali", StringComparison.Ordinal))];
}
