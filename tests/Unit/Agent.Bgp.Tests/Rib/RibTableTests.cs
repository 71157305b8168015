using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class RibTableTests
{
    [Fact]
    public void Prefixes_of_both_families_are_found_again_through_any_additions_and_removals()
    {
        var random = new Random(7);
        var table = new RibTable();
        var model = new SortedDictionary<IpPrefix, int>();
        for (var step = 0; step < 20_000; step++)
        {
            var prefix = Draw(random);
            if (random.Next(3) > 0)
            {
                var number = table.FindOrAdd(new PrefixKey(prefix));
                if (model.TryGetValue(prefix, out var before)) Assert.Equal(before, number);
                model[prefix] = number;
            }
            else if (model.Remove(prefix, out var number))
            {
                table.Remove(number);
            }
            else
            {
                Assert.Equal(-1, table.Find(new PrefixKey(prefix)));
            }
        }

        Assert.Equal(model.Count, table.Count);
        Assert.Equal(model.Values.Distinct().Count(), model.Count);
        foreach (var (prefix, number) in model)
        {
            Assert.Equal(number, table.Find(new PrefixKey(prefix)));
            Assert.Equal(prefix, table.ToPrefix(table.Prefix(number)));
        }
    }

    [Fact]
    public void Paths_are_removed_from_the_middle_and_their_places_used_again()
    {
        var table = new RibTable();
        var prefix = table.FindOrAdd(new PrefixKey(IpPrefix.Parse("10.0.0.0/8")));
        for (var i = 0; i < 3; i++) table.AddPath(prefix, new PathEntry { PathId = (uint)i });

        table.RemovePath(prefix, 1);
        Assert.Equal([2u, 0u], PathIds());
        table.AddPath(prefix, new PathEntry { PathId = 9 });

        Assert.Equal([9u, 2u, 0u], PathIds());
        Assert.Equal(1, table.Prefix(prefix).FirstPath);
        Assert.Equal(3, table.PathCount);

        List<uint> PathIds()
        {
            var ids = new List<uint>();
            for (var at = table.Prefix(prefix).FirstPath; at != PrefixEntry.NoPath; at = table.Path(at).Next) ids.Add(table.Path(at).PathId);
            return ids;
        }
    }

    [Fact]
    public void An_interned_value_keeps_its_number_until_its_last_use_is_released()
    {
        var interned = new Interned<string>();
        var a = interned.Acquire("a");
        Assert.Equal(a, interned.Acquire("a"));
        Assert.NotEqual(a, interned.Acquire("b"));

        Assert.False(interned.Release(a));
        Assert.Equal("a", interned[a]);
        Assert.True(interned.Release(a));
        Assert.Equal(a, interned.Acquire("c"));
        Assert.Equal(2, interned.Count);
        Assert.False(interned.Release(0));
    }

    private static IpPrefix Draw(Random random) => random.Next(4) == 0
        ? new IpPrefix(IpAddr.FromV6(new UInt128((ulong)random.Next(8), (ulong)random.Next(4))), random.Next(2) == 0 ? 64 : 128)
        : new IpPrefix(IpAddr.FromV4((uint)random.Next(16) << 28 | (uint)random.Next(16)), random.Next(2) == 0 ? 8 : 32);
}
