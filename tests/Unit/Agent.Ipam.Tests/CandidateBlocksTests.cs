using Agent.Ipam.Tests.Support;
using Agent.Primitives;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class CandidateBlocksTests
{
    [Theory]
    [InlineData("node1", 3957252814u)]
    [InlineData("host-a", 1258779341u)]
    public void The_seed_is_the_fnv1_hash_of_the_host(string host, uint seed) => Assert.Equal(seed, CandidateBlocks.Seed(host));

    [Fact]
    public void A_walk_goes_once_around_upward_from_its_start()
    {
        var walk = CandidateBlocks.Walk(Pool("p", "10.0.0.0/22", 26), CandidateBlocks.Seed("node1"), AddressSet.Empty).ToList();

        Assert.Equal(16, walk.Distinct().Count());
        for (var i = 1; i < walk.Count; i++)
            Assert.Equal((walk[0].Address.V4Value + 64u * (uint)i) % 1024, walk[i].Address.V4Value % 1024);
        Assert.All(walk, cidr => Assert.True(Net("10.0.0.0/22").Contains(cidr) && cidr.Length == 26));
    }

    [Fact]
    public void The_same_host_starts_at_the_same_block_and_hosts_of_similar_names_are_spread()
    {
        var pool = Pool("p", "10.0.0.0/16", 26);

        var starts = Enumerable.Range(0, 100).Select(i => First(pool, $"node{i}")).ToList();

        Assert.Equal(starts, Enumerable.Range(0, 100).Select(i => First(pool, $"node{i}")));
        Assert.True(starts.Distinct().Count() > 80);
        Assert.True(starts.Count(start => starts.Contains(new IpPrefix(start.Address.Value + 64 > Net("10.0.255.255/32").Address.Value
            ? start.Address : start.Address.Add(64), 26))) < 50);
    }

    [Fact]
    public void Blocks_that_are_reserved_altogether_are_passed_over_others_are_not()
    {
        var pool = Pool("p", "10.0.0.0/24", 26);

        for (ulong seed = 0; seed < 20; seed++)
        {
            var walk = CandidateBlocks.Walk(pool, seed, Reserve("10.0.0.0/25", "10.0.0.128/27")).Order();
            Assert.Equal([Net("10.0.0.128/26"), Net("10.0.0.192/26")], walk);
        }

        Assert.Empty(CandidateBlocks.Walk(pool, 1, Reserve("10.0.0.0/8")));
    }

    [Fact]
    public void A_huge_pool_most_of_which_is_reserved_is_walked_in_a_few_steps()
    {
        var pool = Pool("p", "fd00::/16", 122);
        var all = Reserve([.. Enumerable.Range(0, 106).Select(i => new IpPrefix(Ip("fd00::").Add(UInt128.One << (6 + i)), 122 - i).ToString())]);

        Assert.Equal([Net("fd00::/122")], CandidateBlocks.Walk(pool, 7, all));
    }

    [Fact]
    public void A_block_may_be_one_address_or_the_whole_pool()
    {
        Assert.Equal([Net("10.0.0.0/26")], CandidateBlocks.Walk(Pool("p", "10.0.0.0/26", 26), 9, AddressSet.Empty));
        Assert.Equal(4, CandidateBlocks.Walk(Pool("p", "10.0.0.0/30", 32), 9, AddressSet.Empty).Distinct().Count());
        Assert.Throws<ArgumentException>(() => CandidateBlocks.Walk(Pool("p", "10.0.0.0/27", 26), 9, AddressSet.Empty));
    }

    [Fact]
    public void Sixteen_of_32_hosts_get_a_block_each_of_a_pool_of_sixteen()
    {
        var pool = Pool("p", "10.0.0.0/22", 26);
        var cluster = new Cluster(new IpamConfiguration { StrictAffinity = true }, AddressSet.Empty, pool);

        var answers = Enumerable.Range(0, 32).Select(i => cluster.Assign($"host{i}", "pod")).ToList();

        Assert.Equal(16, answers.Select(answer => answer.Address).OfType<IpAddr>().Select(pool.BlockOf).Distinct().Count());
        Assert.All(answers.Skip(16), answer => Assert.Equal(
            "Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled", answer.Error));
    }

    private static IpPrefix First(Pool pool, string host) => CandidateBlocks.Walk(pool, CandidateBlocks.Seed(host), AddressSet.Empty).First();
}
