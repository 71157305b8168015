using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Policy;

/// <summary>The ranges against the trie, which is asked for the longest match itself.</summary>
public sealed class PolicyRangesTests
{
    [Fact]
    public void A_prefix_within_one_range_has_its_longest_match_and_one_that_spans_several_has_networks_within()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var trie = new PrefixTrie<string>();
            for (var i = random.Next(12); i > 0; i--)
            {
                var network = Draw(random);
                trie.Set(network, network.ToString());
            }

            var ranges = new PolicyRanges<string>(trie.All());
            for (var i = 0; i < 100; i++)
            {
                var asked = Draw(random);
                trie.TryLongestMatch(asked, out _, out var expected);
                var within = trie.Within(asked).Any(each => each.Key != asked);

                var found = ranges.TryFind(asked.Address.V4Value, asked.Length, out var network);

                Assert.True(found || within, $"{asked} lies in one range");
                if (found) Assert.Equal(expected, network);
            }
        }
    }

    // Few bits vary, so that networks nest, touch and end together.
    private static IpPrefix Draw(Random random) =>
        new(IpAddr.FromV4((uint)random.Next(16) << 28 | (uint)random.Next(4) << 20), random.Next(0, 15));
}
