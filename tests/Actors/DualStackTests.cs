using Agent.Actors.Workloads;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Tests;

/// <summary>Pods with an address of each family: both or none, through ADD, restart and DEL (spec calico-ipam-cni-cli 4.5).</summary>
public sealed class DualStackTests
{
    private const string SixPool = "{cidr: 'fd00:10:48::/64', blockSize: 122}";

    [Fact]
    public void A_pod_has_an_address_of_each_family_and_keeps_both_over_a_restart()
    {
        var cluster = SimulatedCluster.Of(1);
        cluster.Apply(SimulatedCluster.Pool("six", SixPool));
        cluster.Advance(5);
        var node = cluster["a"];

        var added = Assert.IsType<PodProtocol.Added>(node.Ask("pods", Both(node, "one")));
        cluster.Advance(5);

        Assert.Equal([IpFamily.V4, IpFamily.V6], added.Addresses.Select(address => address.Family));
        string[] routes = [.. added.Addresses.Select(address => $"{IpPrefix.Host(address)} dev {added.HostInterface}")];
        Assert.Equal(routes, PodRoutes(node));
        string[] published = [.. added.Addresses.Select(address => $"host:a {address} {SimulatedCluster.NetworkName}.one")];
        Assert.Equal(published, cluster.Published());

        node.Kill();
        node.Start();
        cluster.Advance(15);

        Assert.Equal(routes, PodRoutes(node));
        Assert.IsType<PodProtocol.Done>(node.Delete("one"));
        cluster.Advance(5);
        Assert.Empty(PodRoutes(node));
        Assert.Empty(cluster.Published());
    }

    [Fact]
    public void Without_an_address_of_the_second_family_the_first_is_given_back()
    {
        var cluster = SimulatedCluster.Of(1);
        cluster.Apply(SimulatedCluster.Pool("six", "{cidr: 'fd00:10:48::/122', blockSize: 122}"));
        cluster.Apply("apiVersion: projectcalico.org/v3\nkind: IPReservation\nmetadata: {name: all}\nspec: {reservedCIDRs: ['fd00:10:48::/122']}\n");
        cluster.Advance(5);
        var node = cluster["a"];

        var refused = Assert.IsType<PodProtocol.Failed>(node.Ask("pods", Both(node, "one")));
        cluster.Advance(5);

        Assert.Equal(PodProtocol.Generic, refused.Code);
        Assert.StartsWith("failed to request IPv6 addresses: Assigned 0 out of 1 requested IPv6 addresses; ", refused.Message, StringComparison.Ordinal);
        Assert.Empty(cluster.Published());
        Assert.Empty(PodRoutes(node));
    }

    [Fact]
    public void A_repeated_ADD_that_cannot_have_a_second_family_leaves_the_pod_as_it_is()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        var address = node.Added("one");

        Assert.IsType<PodProtocol.Failed>(node.Ask("pods", Both(node, "one")));
        cluster.Advance(5);

        Assert.Equal([$"host:a {address} {SimulatedCluster.NetworkName}.one"], cluster.Published());
    }

    private static PodProtocol.Add Both(SimulatedNode node, string container) =>
        node.AddOf(container) with { Families = [IpFamily.V4, IpFamily.V6] };

    private static string[] PodRoutes(SimulatedNode node)
    {
        var links = node.Kernel.DumpLinksAsync().Result.ToImmutableDictionary(link => link.Index, link => link.Name);
        return
        [
            .. from route in node.Kernel.DumpRoutesAsync().Result
               where route.Protocol == RouteOwner.PodProtocol
               orderby route.Destination
               select $"{route.Destination} dev {links[route.OutInterface]}",
        ];
    }
}
