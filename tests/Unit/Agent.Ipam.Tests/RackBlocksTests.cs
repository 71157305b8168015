using Agent.Primitives;

namespace Agent.Ipam.Tests;

/// <summary>The next block of a pool, as the one place that decides for all nodes sees it.</summary>
public sealed class RackBlocksTests
{
    private static readonly Pool Small = new() { Name = "small", Cidr = IpPrefix.Parse("10.0.0.0/24"), BlockSize = 26 };
    private static readonly Pool Large = new() { Name = "large", Cidr = IpPrefix.Parse("10.0.0.0/16"), BlockSize = 26 };

    private readonly SortedDictionary<IpPrefix, string> _taken = [];

    private string? Next(Pool pool, string rack = RackBlocks.NoRack, params string[] reserved)
    {
        var next = RackBlocks.Next(pool, new AddressSet(reserved.Select(IpPrefix.Parse)), _taken, rack);
        if (next is { } block) _taken.Add(block, rack);
        return next?.ToString();
    }

    [Fact]
    public void Without_racks_blocks_are_given_out_from_the_lowest()
    {
        Assert.Equal("10.0.0.0/26", Next(Small));
        Assert.Equal("10.0.0.64/26", Next(Small));
        _taken.Remove(IpPrefix.Parse("10.0.0.0/26"));
        Assert.Equal("10.0.0.0/26", Next(Small));
    }

    [Fact]
    public void A_pool_ends() => Assert.Equal(5, Enumerable.Range(0, 5).Select(_ => Next(Small)).Distinct().Count());

    [Fact]
    public void Racks_get_neighbouring_blocks()
    {
        Assert.Equal("10.0.0.0/26", Next(Large, "one"));
        Assert.Equal("10.0.4.0/26", Next(Large, "two"));
        Assert.Equal("10.0.0.64/26", Next(Large, "one"));
        Assert.Equal("10.0.4.64/26", Next(Large, "two"));
        Assert.Equal("10.0.8.0/26", Next(Large));
        Assert.Equal("10.0.8.64/26", Next(Large));
    }

    [Fact]
    public void A_rack_that_has_filled_its_group_begins_another()
    {
        var first = Enumerable.Range(0, 16).Select(_ => IpPrefix.Parse(Next(Large, "one")!)).ToList();

        Assert.All(first, block => Assert.True(IpPrefix.Parse("10.0.0.0/22").Contains(block)));
        Assert.Equal("10.0.4.0/26", Next(Large, "one"));
    }

    [Fact]
    public void When_groups_run_out_a_rack_takes_what_is_left()
    {
        Assert.Equal("10.0.0.0/26", Next(Small, "one"));
        Assert.Equal("10.0.0.64/26", Next(Small, "two"));
    }

    [Fact]
    public void Reserved_blocks_are_passed_over() =>
        Assert.Equal("10.0.0.128/26", Next(Small, reserved: "10.0.0.0/25"));

    [Fact]
    public void A_pool_of_IPv6_that_is_larger_than_memory_is_no_burden()
    {
        var pool = new Pool { Name = "six", Cidr = IpPrefix.Parse("fd00::/48"), BlockSize = 122 };

        Assert.Equal("fd00::/122 fd00::40/122 fd00::400/122", $"{Next(pool, "one")} {Next(pool, "one")} {Next(pool, "two")}");
    }

    [Theory]
    [InlineData("topology.kubernetes.io/zone=a", "a")]
    [InlineData("topology.kubernetes.io/zone=a,rack=r1", "r1")]
    [InlineData("rack=r1,topology.kubernetes.io/rack=r2", "r2")]
    [InlineData("color=red", RackBlocks.NoRack)]
    public void The_narrowest_label_names_the_rack(string labels, string expected) =>
        Assert.Equal(expected, RackBlocks.RackOf(labels.Split(',').ToDictionary(label => label.Split('=')[0], label => label.Split('=')[1])));
}
