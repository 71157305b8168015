namespace Agent.Primitives.Tests;

public sealed class PrefixTrieTests
{
    [Fact]
    public void The_longest_network_that_contains_an_address_is_found()
    {
        var trie = Of("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32");

        Assert.Equal("10.1.2.3/32", Longest(trie, "10.1.2.3"));
        Assert.Equal("10.1.2.0/24", Longest(trie, "10.1.2.4"));
        Assert.Equal("10.1.0.0/16", Longest(trie, "10.1.3.4"));
        Assert.Equal("10.0.0.0/8", Longest(trie, "10.2.0.1"));
        Assert.Equal("0.0.0.0/0", Longest(trie, "192.0.2.1"));
        Assert.Null(Longest(trie, "2001:db8::1"));
        Assert.False(trie.TryLongestMatch(default(IpAddr), out _, out _));
    }

    [Fact]
    public void A_network_is_covered_by_itself_and_not_by_what_lies_within()
    {
        var trie = Of("10.1.0.0/16", "10.1.2.0/24");

        Assert.True(trie.TryLongestMatch(IpPrefix.Parse("10.1.0.0/16"), out var match, out _));
        Assert.Equal(IpPrefix.Parse("10.1.0.0/16"), match);
        Assert.False(trie.TryLongestMatch(IpPrefix.Parse("10.0.0.0/8"), out _, out _));
        Assert.False(trie.TryGet(IpPrefix.Parse("10.1.2.0/25"), out _));
        Assert.True(trie.TryGet(IpPrefix.Parse("10.1.2.0/24"), out var value));
        Assert.Equal("10.1.2.0/24", value);
    }

    [Fact]
    public void What_lies_within_a_network_comes_in_order_the_network_first()
    {
        var trie = Of("10.1.2.0/24", "10.0.0.0/8", "10.1.0.0/16", "10.128.0.0/9", "11.0.0.0/8", "10.1.2.128/25", "2001:db8::/32");

        Assert.Equal(
            ["10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25"],
            trie.Within(IpPrefix.Parse("10.0.0.0/9")).Select(entry => entry.Key.ToString()));
        Assert.Equal(
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "10.128.0.0/9", "11.0.0.0/8", "2001:db8::/32"],
            trie.All().Select(entry => entry.Key.ToString()));
        Assert.True(trie.AnyWithin(IpPrefix.Parse("10.1.2.0/24")));
        Assert.False(trie.AnyWithin(IpPrefix.Parse("10.1.2.0/26")));
        Assert.False(trie.AnyWithin(IpPrefix.Parse("172.16.0.0/12")));
    }

    [Fact]
    public void A_network_that_was_never_set_is_refused_and_contains_nothing()
    {
        var trie = Of("10.0.0.0/8");

        Assert.Throws<ArgumentException>(() => trie.Set(default, "x"));
        Assert.False(trie.Remove(default));
        Assert.False(trie.AnyWithin(default));
        Assert.Empty(trie.Within(default));
    }

    [Fact]
    public void A_cleared_trie_is_empty_and_usable()
    {
        var trie = Of("10.0.0.0/8", "::/0");
        trie.Clear();
        Assert.Empty(trie.All());

        trie.Set(IpPrefix.Parse("10.0.0.0/8"), "again");

        Assert.Equal(1, trie.Count);
        Assert.Equal("again", Longest(trie, "10.2.0.1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_additions_and_removals_answer_like_a_search_through_a_list(int seed)
    {
        var random = new Random(seed);
        var trie = new PrefixTrie<int>();
        var list = new SortedDictionary<IpPrefix, int>();
        for (var step = 0; step < 3000; step++)
        {
            var prefix = Draw(random);
            if (random.Next(5) < 3)
            {
                trie.Set(prefix, step);
                list[prefix] = step;
            }
            else
            {
                Assert.Equal(list.Remove(prefix), trie.Remove(prefix));
            }

            var asked = Draw(random);
            var expected = list.Where(entry => entry.Key.Contains(asked)).OrderBy(entry => entry.Key.Length).Select(entry => (IpPrefix?)entry.Key).LastOrDefault();
            Assert.Equal(expected, trie.TryLongestMatch(asked, out var match, out var value) ? match : null);
            if (expected is { } found) Assert.Equal(list[found], value);
            Assert.Equal(list.Any(entry => asked.Contains(entry.Key)), trie.AnyWithin(asked));
            Assert.Equal(list.Count, trie.Count);
        }

        Assert.Equal(list, trie.All());
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        var trie = Of("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16");
        var address = IpAddr.Parse("10.1.2.3");
        trie.TryLongestMatch(address, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            trie.TryLongestMatch(address, out _, out _);
            trie.AnyWithin(IpPrefix.Host(address));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static IpPrefix Draw(Random random) => random.Next(4) == 0
        ? new IpPrefix(IpAddr.FromV6(new UInt128((ulong)random.Next(4) << 62, (ulong)random.Next(4))), random.Next(3) * 64)
        : new IpPrefix(IpAddr.FromV4((uint)random.Next(16) << 28 | (uint)random.Next(4)), random.Next(6) < 3 ? random.Next(6) : 32 - random.Next(3));

    private static PrefixTrie<string> Of(params string[] prefixes)
    {
        var trie = new PrefixTrie<string>();
        foreach (var prefix in prefixes) trie.Set(IpPrefix.Parse(prefix), prefix);
        return trie;
    }

    private static string? Longest(PrefixTrie<string> trie, string address) =>
        trie.TryLongestMatch(IpAddr.Parse(address), out _, out var value) ? value : null;
}
