using System.Net;
using Agent.Planning.Coordination;

namespace Agent.Planning.Tests.Coordination;

public sealed class CoordinatorChoiceTests
{
    private static KnownNode Node(string name, bool willing = true, bool ready = true, bool proved = true) =>
        new(new NodePresence(name, "agent-of-" + name, new IPEndPoint(IPAddress.Loopback, 7946), willing), ready, proved);

    private static KnownNode[] Nodes(int count) => [.. Enumerable.Range(1, count).Select(number => Node($"node{number}"))];

    [Theory]
    [InlineData(1, 8, 1)]
    [InlineData(3, 8, 3)]
    [InlineData(5, 8, 5)]
    [InlineData(5, 2, 2)]
    [InlineData(0, 2, 0)]
    public void As_many_are_chosen_as_are_wanted_and_there(int wanted, int nodes, int expected) =>
        Assert.Equal(expected, CoordinatorChoice.Choose("lab", wanted, Nodes(nodes)).Count);

    [Fact]
    public void Everybody_chooses_alike_in_whatever_order_the_nodes_are_known() =>
        Assert.Equal(CoordinatorChoice.Choose("lab", 3, Nodes(9)), CoordinatorChoice.Choose("lab", 3, Nodes(9).Reverse()));

    [Fact]
    public void A_node_that_goes_is_replaced_and_no_other_changes()
    {
        var before = CoordinatorChoice.Choose("lab", 3, Nodes(9));
        var gone = before[0];

        var after = CoordinatorChoice.Choose("lab", 3, Nodes(9).Where(node => node.Presence.Node != gone));

        Assert.Equal(3, after.Count);
        Assert.Equal(before.Remove(gone), before.Intersect(after));
    }

    [Fact]
    public void Neither_an_unwilling_node_nor_one_that_is_not_ready_is_chosen()
    {
        KnownNode[] nodes = [Node("a", willing: false), Node("b", ready: false, proved: false), Node("c")];

        Assert.Equal(["c"], CoordinatorChoice.Choose("lab", 5, nodes));
    }

    [Fact]
    public void In_doubt_only_those_that_were_seen_to_live_are_chosen()
    {
        KnownNode[] nodes = [Node("a", proved: false), Node("b", proved: false), Node("c")];

        Assert.Equal(["c"], CoordinatorChoice.Choose("lab", 1, nodes, onlyProved: true));
    }

    [Fact]
    public void Clusters_of_equal_names_spread_their_coordinators() =>
        Assert.True(
            Enumerable.Range(0, 20).Select(number => CoordinatorChoice.Choose($"cluster{number}", 1, Nodes(9))[0]).Distinct()
                .Count() > 3);
}
